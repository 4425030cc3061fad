/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/runtime.h"

#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "drivers/container/guest.h"
#include "drivers/container/host.h"

enum { DEADLINE_MS = 30000, OUTPUT_BYTES = 65536 };

static char *state_folder(const RvDriverHost *host)
{
    return g_build_filename(host->run_dir, "runtime", NULL);
}

/* Domains that were defined for libvirt's driver name its own program. */
static char *runtime_of(const RvGuest *guest, GError **error)
{
    const char *emulator = guest->def->emulator;
    if (emulator && !g_str_has_suffix(emulator, "/libvirt_lxc"))
        return g_strdup(emulator);
    return container_host_runtime(guest->host, error);
}

RvSpawn *container_runtime_lasting(const RvGuest *guest, const char *command, GError **error)
{
    g_autofree char *program = runtime_of(guest, error);
    int mounts = program ? container_host_mounts(guest->host, error) : -1;
    if (mounts < 0)
        return NULL;
    g_autofree char *state = state_folder(guest->host);
    RvSpawn *spawn = rv_spawn_new(program);
    rv_spawn_mount_namespace(spawn, mounts);
    rv_spawn_umask(spawn, 022); /* what it makes is for the container's users to see */
    rv_spawn_env(spawn, "LC_ALL", "C");
    rv_spawn_arg(spawn, "--root");
    rv_spawn_arg(spawn, state);
    g_autofree char *name = g_path_get_basename(program);
    if (strstr(name, "crun"))
        rv_spawn_arg(spawn, "--cgroup-manager=cgroupfs");
    rv_spawn_arg(spawn, command);
    return spawn;
}

RvSpawn *container_runtime_command(const RvGuest *guest, const char *command, GError **error)
{
    RvSpawn *spawn = container_runtime_lasting(guest, command, error);
    if (spawn)
        rv_spawn_end_with_us(spawn);
    return spawn;
}

bool container_runtime_run(const RvGuest *guest, RvSpawn *spawn, GCancellable *cancel,
                           GError **error)
{
    g_autofree char *id = container_guest_id(guest);
    rv_spawn_arg(spawn, id);
    g_autofree char *output = rv_spawn_run(spawn, OUTPUT_BYTES, DEADLINE_MS, cancel, error);
    rv_spawn_free(spawn);
    return output != NULL;
}

char *container_runtime_state(const RvGuest *guest)
{
    g_autofree char *state = state_folder(guest->host);
    g_autofree char *id = container_guest_id(guest);
    return g_build_filename(state, id, NULL);
}

/* Both runtimes keep the first program waiting at a FIFO of this name, and remove it when they let
 * it go. */
bool container_runtime_is_waiting(const RvGuest *guest)
{
    g_autofree char *state = container_runtime_state(guest);
    g_autofree char *fifo = g_build_filename(state, "exec.fifo", NULL);
    return access(fifo, F_OK) == 0;
}
