/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/export.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <string.h>
#include <unistd.h>

#include "base/cgroup.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/process.h"
#include "drivers/container/exit.h"
#include "drivers/container/guest.h"
#include "drivers/container/host.h"

#define PROGRAM "qemu-storage-daemon"

enum { BEGIN_MS = 20000, LOOK_MS = 2, END_MS = 10000, LINE_MAX_BYTES = 8192 };

bool container_export_is_needed(const RvFilesystem *filesystem)
{
    return (filesystem->type == RV_FILESYSTEM_FILE || filesystem->type == RV_FILESYSTEM_VOLUME) &&
           filesystem->format &&
           strcmp(filesystem->format, "raw") != 0;
}

static char *cgroup_name(const RvGuest *guest)
{
    g_autofree char *own = container_guest_cgroup(guest);
    g_autofree char *name = g_path_get_basename(own);
    return g_strdup_printf("%s-images", name);
}

/* The image's own file is the lower of two layers, and locked by the program. */
static json_t *describe_image(const RvFilesystem *filesystem)
{
    json_t *file = json_pack("{s:s, s:s, s:s}", "driver", "file", "filename", filesystem->source,
                             "discard", "unmap");
    return json_pack("{s:s, s:s, s:o, s:b, s:s}", "driver", filesystem->format, "node-name",
                     "image", "file", file, "read-only", filesystem->read_only, "discard", "unmap");
}

static void add_argument(RvSpawn *spawn, const char *option, json_t *value)
{
    g_autofree char *text = json_dumps(value, JSON_COMPACT);
    rv_spawn_arg(spawn, option);
    rv_spawn_arg(spawn, text ? text : "");
    json_decref(value);
}

static RvSpawn *describe(const RvGuest *guest, const RvFilesystem *filesystem, const char *place,
                         GError **error)
{
    json_auto_t *image = describe_image(filesystem);
    if (!image) {
        rv_error_set(error, RV_ERR_INVALID_ARG, "the name of the image '%s' is not UTF-8",
                     filesystem->source);
        return NULL;
    }
    int mounts = container_host_mounts(guest->host, error);
    if (mounts < 0)
        return NULL;
    RvSpawn *spawn = rv_spawn_new(PROGRAM);
    rv_spawn_env(spawn, "LC_ALL", "C");
    rv_spawn_mount_namespace(spawn, mounts);
    add_argument(spawn, "--blockdev", json_incref(image));
    add_argument(spawn, "--export",
                 json_pack("{s:s, s:s, s:s, s:s, s:b, s:s}", "type", "fuse", "id", "export",
                           "node-name", "image", "mountpoint", place, "writable",
                           !filesystem->read_only, "allow-other", "off"));
    rv_spawn_arg(spawn, "--pidfile");
    rv_spawn_arg_format(spawn, "%s.pid", place);
    return spawn;
}

static bool check_host(const RvFilesystem *filesystem, GError **error)
{
    g_autofree char *path = g_find_program_in_path(PROGRAM);
    if (path && access("/dev/fuse", R_OK | W_OK) == 0)
        return true;
    rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED, "the image '%s' is of format %s, which takes %s",
                 filesystem->source, filesystem->format,
                 path ? "FUSE, and there is no '/dev/fuse'" : "the program " PROGRAM);
    rv_error_remedy(error, "%s, or make the image raw: qemu-img convert -O raw",
                    path ? "load the kernel's module (modprobe fuse)"
                         : "install it (Debian: qemu-system-common)");
    return false;
}

/* What it wrote: "...: Failed to get "write" lock". */
static void explain(const RvFilesystem *filesystem, const char *log, GError **error)
{
    g_autofree char *said = rv_file_read(log, LINE_MAX_BYTES, NULL, NULL);
    if (said && strstr(said, " lock")) {
        rv_error_set(error, RV_ERR_RESOURCE_BUSY, "the image '%s' is in use", filesystem->source);
        rv_error_remedy(error, "end what uses it, or make both of them <readonly/>");
    } else {
        rv_error_set(error, RV_ERR_OPERATION_FAILED, "cannot open the image '%s' as %s: %s",
                     filesystem->source, filesystem->format, said ? g_strchomp(said) : "unknown");
    }
}

static int open_new(const char *path, GError **error)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        rv_error_set_errno(error, errno, "cannot make '%s'", path);
    return fd;
}

static bool spawn_export(const RvGuest *guest, RvSpawn *spawn, const char *log, int *ret_pidfd,
                         GError **error)
{
    RvProcessId process;
    g_autofree char *name = cgroup_name(guest);
    int output = open_new(log, error);
    if (output < 0)
        return false;
    rv_spawn_output(spawn, output);
    g_autoptr(RvCgroup) cgroup = rv_cgroup_new(name, error);
    if (!cgroup)
        return false;
    rv_spawn_cgroup(spawn, cgroup);
    return rv_spawn_start(spawn, &process, ret_pidfd, error);
}

/* The program writes its pid when the file is there to be opened. 0: it has ended, or it is late. */
static pid_t await_export(const char *place, int pidfd)
{
    g_autofree char *path = g_strdup_printf("%s.pid", place);
    gint64 deadline = g_get_monotonic_time() + (gint64)BEGIN_MS * 1000;
    pid_t pid = 0;
    while (!pid && !rv_process_wait(pidfd, LOOK_MS, NULL) && g_get_monotonic_time() < deadline) {
        g_autofree char *text = rv_file_read(path, 32, NULL, NULL);
        pid = text && strchr(text, '\n') ? (pid_t)g_ascii_strtoull(text, NULL, 10) : 0;
    }
    return pid;
}

char *container_export_begin(const RvGuest *guest, const RvFilesystem *filesystem, GError **error)
{
    guint number = 0;
    if (!check_host(filesystem, error) ||
        !g_ptr_array_find(guest->def->filesystems, filesystem, &number))
        return NULL;
    g_autofree char *folder = container_guest_folder(guest);
    g_autofree char *place = g_strdup_printf("%s/image%u", folder, number);
    g_autofree char *log = g_strdup_printf("%s.log", place);
    rv_autofd int file = open_new(place, error), pidfd = -1;
    g_autoptr(RvSpawn) spawn = file < 0 ? NULL : describe(guest, filesystem, place, error);
    if (!spawn || !spawn_export(guest, spawn, log, &pidfd, error))
        return NULL;
    pid_t pid = await_export(place, pidfd);
    if (pid)
        return g_strdup_printf("/proc/%d/root%s", (int)pid, place);
    explain(filesystem, log, error);
    return NULL;
}

/* ---- The end -------------------------------------------------------------------------------- */

static bool is_of(const char *loop, const char *folder)
{
    g_autofree char *path = g_strdup_printf("/sys/block/%s/loop/backing_file", loop);
    g_autofree char *file = rv_file_read(path, LINE_MAX_BYTES, NULL, NULL);
    return file && g_str_has_prefix(file, folder);
}

static bool has_loop(const char *folder)
{
    bool found = false;
    g_autoptr(GDir) dir = g_dir_open("/sys/block", 0, NULL);
    const char *name;
    while (dir && !found && (name = g_dir_read_name(dir)))
        found = g_str_has_prefix(name, "loop") && is_of(name, folder);
    return found;
}

/* The kernel unmounts what nobody sees any more in its own time, and there is no event for it. */
static void await_unmounted(const char *folder)
{
    gint64 deadline = g_get_monotonic_time() + (gint64)END_MS * 1000;
    while (has_loop(folder) && g_get_monotonic_time() < deadline)
        g_usleep(2000);
}

static bool has_any(const RvDomainDef *def)
{
    for (guint i = 0; i < def->filesystems->len; i++)
        if (container_export_is_needed(def->filesystems->pdata[i]))
            return true;
    return false;
}

bool container_export_end(const RvGuest *guest, GError **error)
{
    if (!has_any(guest->def))
        return true;
    g_autofree char *folder = container_guest_folder(guest);
    g_autofree char *name = cgroup_name(guest);
    g_autoptr(RvCgroup) cgroup = rv_cgroup_new(name, error);
    if (!cgroup)
        return false;
    if (!rv_cgroup_is_empty(cgroup))
        await_unmounted(folder);
    bool good = rv_cgroup_destroy(cgroup, END_MS, error);
    container_exit_reap(name);
    return good;
}
