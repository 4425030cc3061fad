/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"

/* ---- Mount namespaces ----------------------------------------------------------------------- */

typedef struct {
    const char *without;
    int fd;
    GError *error;
} Making;

/* A thread of its own: a mount namespace is a thread's, and this one is not to come back. */
static void *make_namespace(void *data)
{
    Making *making = data;
    if (unshare(CLONE_FS | CLONE_NEWNS) < 0 ||
        mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0 ||
        (making->without && umount2(making->without, MNT_DETACH) < 0) ||
        (making->fd = open("/proc/thread-self/ns/mnt", O_RDONLY | O_CLOEXEC)) < 0)
        rv_error_set_errno(&making->error, errno, "cannot make a mount namespace for the runtime");
    return NULL;
}

int container_namespace_new(const char *without, GError **error)
{
    Making making = {.without = without, .fd = -1};
    GThread *thread = g_thread_new("mounts", make_namespace, &making);
    g_thread_join(thread);
    if (making.error)
        g_propagate_error(error, making.error);
    return making.fd;
}

/* ---- User namespaces ------------------------------------------------------------------------ */

static bool write_map(pid_t pid, const char *name, const GPtrArray *ranges, GError **error)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/%s", (int)pid, name);
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < ranges->len; i++) {
        const RvIdRange *range = ranges->pdata[i];
        g_string_append_printf(text, "%u %u %u\n", range->start, range->target, range->count);
    }
    rv_autofd int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd >= 0 && write(fd, text->str, text->len) == (ssize_t)text->len)
        return true;
    rv_error_set_errno(error, errno, "cannot map the container's users");
    return false;
}

/* Holds the namespace until it is killed. Should the daemon be, it goes with it: it has copies of the
 * daemon's sockets, whose clients would wait on them for ever. */
G_GNUC_NORETURN static void hold_namespace(pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    syscall(SYS_close_range, 0u, ~0u, 0u);
    while (getppid() == parent)
        pause();
    _exit(EXIT_SUCCESS);
}

int container_namespace_users(const GPtrArray *uids, const GPtrArray *gids, GError **error)
{
    struct clone_args args = {.flags = CLONE_NEWUSER, .exit_signal = SIGCHLD};
    pid_t parent = getpid(), pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
    if (pid == 0)
        hold_namespace(parent);
    if (pid < 0) {
        rv_error_set_errno(error, errno, "cannot make a user namespace");
        return -1;
    }
    int fd = -1;
    if (write_map(pid, "uid_map", uids, error) && write_map(pid, "gid_map", gids, error)) {
        g_autofree char *path = g_strdup_printf("/proc/%d/ns/user", (int)pid);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            rv_error_set_errno(error, errno, "cannot open the container's user namespace");
    }
    kill(pid, SIGKILL);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
    return fd;
}

/* ---- Those of a process --------------------------------------------------------------------- */

/* Whose rights the others need comes first; behind the mounts /proc is the container's own. */
bool container_namespace_open_all(pid_t pid, GArray *fds, GError **error)
{
    static const char *const names[] = {"user", "ipc", "uts", "net", "cgroup", "pid", "mnt"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_strdup_printf("/proc/%d/ns/%s", (int)pid, names[i]);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0) {
            rv_error_set_errno(error, errno, "cannot open '%s'", path);
            return false;
        }
        g_array_append_val(fds, fd);
    }
    return true;
}

/* ---- Mounts --------------------------------------------------------------------------------- */

bool container_namespace_show(int mount, int users, bool read_only, const char *path,
                              GError **error)
{
    struct mount_attr attr = {
        .attr_set = (read_only ? MOUNT_ATTR_RDONLY : 0) | (users >= 0 ? MOUNT_ATTR_IDMAP : 0),
        .propagation = MS_PRIVATE,
        .userns_fd = users >= 0 ? (uint64_t)users : 0,
    };
    if (mount_setattr(mount, "", AT_EMPTY_PATH, &attr, sizeof(attr)) == 0)
        return true;
    rv_error_set_errno(error, errno, "cannot show '%s' to the container's users", path);
    if (users >= 0)
        rv_error_remedy(error,
                        "its file system knows no mounts with other owners: keep it on ext4, "
                        "xfs, btrfs or tmpfs, or give the container an <idmap> and its files "
                        "to those users");
    return false;
}

int container_namespace_mount(const char *path, int users, bool read_only, GError **error)
{
    rv_autofd int mount = open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    if (mount < 0) {
        rv_error_set_errno(error, errno, "cannot open '%s' for the container", path);
        return -1;
    }
    return container_namespace_show(mount, users, read_only, path, error) ? rv_fd_steal(&mount)
                                                                          : -1;
}
