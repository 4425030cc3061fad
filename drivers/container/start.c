/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/start.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "drivers/container/binds.h"
#include "drivers/container/bundle.h"
#include "drivers/container/console.h"
#include "drivers/container/devices.h"
#include "drivers/container/filesystems.h"
#include "drivers/container/guest.h"
#include "drivers/container/host.h"
#include "drivers/container/loan.h"
#include "drivers/container/namespace.h"
#include "drivers/container/network.h"
#include "drivers/container/partition.h"
#include "drivers/container/profile.h"
#include "drivers/container/runtime.h"
#include "drivers/container/secrets.h"
#include "drivers/container/share.h"
#include "drivers/container/tune.h"

/*
 * A start that fails leaves what it made where it is: the core calls cleanup(), which finds all of
 * it by the container's UUID.
 */
typedef struct {
    RvGuest *guest;
    ContainerGuest *container;
    ContainerIds ids;
    ContainerShares shares;
    RvSpawn *spawn;
    char *runtime;
    int socket; /* where the runtime hands over the terminal */
    json_t *mounts, *devices;
    GArray *terminals; /* int, of consoles but the first */
} Start;

static void close_terminal(void *fd)
{
    rv_fd_close(fd);
}

static void start_clear(Start *start)
{
    container_ids_clear(&start->ids);
    container_shares_clear(&start->shares);
    rv_spawn_free(start->spawn);
    g_free(start->runtime);
    rv_fd_close(&start->socket);
    json_decref(start->mounts);
    json_decref(start->devices);
    g_array_unref(start->terminals);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Start, start_clear)

static bool make_folder(const ContainerGuest *container, GError **error)
{
    if (!rv_dir_remove(container->folder, error))
        return false;
    /* The container's root passes through, as a user of its own. */
    if (mkdir(container->folder, 0711) == 0 && chmod(container->folder, 0711) == 0)
        return true;
    rv_error_set_errno(error, errno, "cannot make '%s'", container->folder);
    return false;
}

/* Users of a container are strangers on the way to its folder. */
static bool check_way(const char *folder, GError **error)
{
    g_autofree char *path = g_path_get_dirname(folder);
    struct stat status;
    while (strcmp(path, "/") != 0) {
        if (stat(path, &status) == 0 && !(status.st_mode & S_IXOTH)) {
            rv_error_set(error, RV_ERR_OPERATION_FAILED,
                         "the container's users cannot pass through '%s' (mode %04o) to its root",
                         path, status.st_mode & 07777u);
            rv_error_remedy(error, "allow others to pass (chmod o+x), or run reeved with its run "
                                   "folder elsewhere");
            return false;
        }
        char *parent = g_path_get_dirname(path);
        g_free(path);
        path = parent;
    }
    return true;
}

static bool make_ids(Start *start, GError **error)
{
    const RvDomainDef *def = start->guest->def;
    bool own = def->idmap.uids->len == 0 && !container_profile_is_privileged(def);
    if (own && !container_ids_take(start->guest, &start->container->range, error))
        return false;
    container_ids_of(def, start->container->range, &start->ids);
    return container_profile_is_privileged(def) || check_way(start->container->folder, error);
}

static bool write_bundle(Start *start, const ContainerRoot *root, GError **error)
{
    const ContainerBundle bundle = {
        .guest = start->guest,
        .folder = start->container->folder,
        .cgroup = start->container->cgroup,
        .ids = &start->ids,
        .shares = &start->shares,
        .root = root->path,
        .mounts = start->mounts,
        .devices = start->devices,
        .uid = root->uid,
        .gid = root->gid,
    };
    return container_bundle_write(&bundle, error);
}

static bool refuse_runtime(Start *start, const char *why, GError **error)
{
    rv_error_set(error, RV_ERR_OPERATION_FAILED,
                 "'%s' says that it made the container '%s', but %s", start->runtime,
                 start->guest->def->name, why);
    rv_error_remedy(error,
                    "name an OCI runtime (crun, runc): container_runtime in reeved.conf, or the "
                    "domain's <emulator>");
    return false;
}

/* What the runtime made is the first process, which it left waiting. Another one is not to be taken
 * for it: it will be killed one day. */
static bool take_process(Start *start, GError **error)
{
    ContainerGuest *container = start->container;
    g_autofree char *path = g_build_filename(container->folder, "pid", NULL);
    g_autofree char *text = rv_file_read(path, 32, NULL, NULL);
    RvProcessId process = {.pid = text ? (pid_t)g_ascii_strtoull(text, NULL, 10) : 0};
    if (process.pid <= 0)
        return refuse_runtime(start, "not which process is its first", error);
    if (!rv_process_start_time(process.pid, &process.start_time, error))
        return false;
    if (!container_cgroup_holds(container->cgroup, process.pid))
        return refuse_runtime(start, "its first process is not in the container's cgroup", error);
    container->process = process;
    container->pidfd = rv_process_open(&container->process, error);
    /* As libvirt's driver has it: its library finds the cgroups of a container by its id. */
    start->guest->id = start->guest->def->id = (int)container->process.pid;
    return container->pidfd >= 0;
}

static bool create(Start *start, RvOperation *op, GError **error)
{
    ContainerGuest *container = start->container;
    g_autofree char *socket = container_console_socket(container->folder);
    rv_spawn_arg(start->spawn, "--bundle");
    rv_spawn_arg(start->spawn, container->folder);
    rv_spawn_arg(start->spawn, "--console-socket");
    rv_spawn_arg(start->spawn, socket);
    rv_spawn_arg(start->spawn, "--pid-file");
    rv_spawn_arg_format(start->spawn, "%s/pid", container->folder);
    start->runtime = g_strdup(rv_spawn_args(start->spawn)[0]);
    start->socket = container_console_listen(container->folder, error);
    if (start->socket < 0 ||
        !container_runtime_run(start->guest, g_steal_pointer(&start->spawn), op->cancel, error)) {
        g_prefix_error(error, "cannot make the container '%s': ", start->guest->def->name);
        return false;
    }
    return take_process(start, error) &&
           container_console_take(start->guest, start->socket, error) &&
           container_console_take_others(start->guest, start->terminals, error);
}

static void hand_over_cgroup(const Start *start)
{
    unsigned uid, gid;
    if (container_ids_map(start->ids.uids, 0, &uid) && container_ids_map(start->ids.gids, 0, &gid))
        container_cgroup_hand_over(container_host(start->guest->host)->cgroups,
                                   start->container->cgroup, uid, gid);
}

bool container_start(RvGuest *guest, RvOperation *op, GError **error)
{
    ContainerGuest *container = container_guest_new(guest);
    guest->priv = container;
    g_auto(Start) start = {
        .guest = guest,
        .container = container,
        .shares = {-1, -1, -1},
        .socket = -1,
        .mounts = json_array(),
        .devices = json_array(),
        .terminals = g_array_new(FALSE, FALSE, sizeof(int)),
    };
    g_array_set_clear_func(start.terminals, close_terminal);
    g_auto(ContainerRoot) root = {0};
    container_console_name(guest->def);
    if (!container_partition_check(container_host(guest->host)->cgroups, guest->def->partition,
                                   error) ||
        !make_folder(container, error) || !make_ids(&start, error) ||
        !container_shares_open(guest, &start.shares, error) ||
        !(start.spawn = container_runtime_command(guest, "create", error)) ||
        !container_filesystems_prepare(guest, &start.ids, start.spawn, &root, start.mounts,
                                       error) ||
        !container_devices_prepare(guest, &start.ids, start.spawn, start.mounts, start.devices,
                                   error) ||
        !container_console_open_others(guest, &start.ids, start.mounts, start.terminals, error) ||
        !container_secrets_prepare(guest, container->folder, &start.ids, root.uid, root.gid,
                                   start.mounts, error) ||
        !write_bundle(&start, &root, error) || !create(&start, op, error) ||
        !container_tune_start(guest, error) ||
        !container_binds_mount(guest, &start.ids, container->process.pid, error) ||
        !container_network_plug(guest, container->process.pid, error) ||
        !container_loan_give(guest, container->process.pid, error))
        return false;
    hand_over_cgroup(&start);
    container_guest_watch(container);
    return true;
}
