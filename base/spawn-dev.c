/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/spawn-dev.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"

/* What every program may expect, and all may use. Opening ptmx makes a terminal in the devpts that
 * is mounted on pts beside it: the host's, so that both sides know it by the same path. */
static const struct {
    const char *name;
    unsigned major;
    unsigned minor;
} common[] = {
    {"null", 1, 3},   {"zero", 1, 5},    {"full", 1, 7},
    {"random", 1, 8}, {"urandom", 1, 9}, {"ptmx", 5, 2},
};

static int new_tmpfs(GError **error)
{
    static const struct {
        const char *key;
        const char *value;
    } options[] = {{"mode", "0755"}, {"size", "64k"}, {"nr_inodes", "256"}, {"source", "reeve"}};

    rv_autofd int fs = fsopen("tmpfs", FSOPEN_CLOEXEC);
    bool good = fs >= 0;
    for (size_t i = 0; good && i < G_N_ELEMENTS(options); i++)
        good = fsconfig(fs, FSCONFIG_SET_STRING, options[i].key, options[i].value, 0) == 0;
    int mount = -1;
    if (good && fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
        mount = fsmount(fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
    if (mount < 0)
        rv_error_set_errno(error, errno, "cannot make a file system for a private /dev");
    return mount;
}

/* chmod() as well: our umask has taken its part of the mode. */
static bool make_node(int dir, const char *name, mode_t mode, dev_t device, GError **error)
{
    if (mknodat(dir, name, mode, device) == 0 && fchmodat(dir, name, mode & 07777, 0) == 0)
        return true;
    rv_error_set_errno(error, errno, "cannot make the device '%s' in a private /dev", name);
    return false;
}

static bool make_folder(int dir, const char *name, GError **error)
{
    if ((mkdirat(dir, name, 0755) == 0 || errno == EEXIST) && fchmodat(dir, name, 0755, 0) == 0)
        return true;
    rv_error_set_errno(error, errno, "cannot make the folder '%s' in a private /dev", name);
    return false;
}

/* A device of the host under the same name, "/dev/net/tun" in its folder. */
static bool make_host_device(int dir, const char *path, uid_t owner, gid_t group, GError **error)
{
    if (!g_str_has_prefix(path, "/dev/") || strstr(path, "/..")) {
        rv_error_set(error, RV_ERR_INVALID_ARG, "'%s' is not below /dev", path);
        return false;
    }
    struct stat st;
    if (stat(path, &st) < 0) {
        rv_error_set_errno(error, errno, "cannot find the device '%s'", path);
        return false;
    }
    if (!S_ISCHR(st.st_mode) && !S_ISBLK(st.st_mode)) {
        rv_error_set(error, RV_ERR_INVALID_ARG, "'%s' is not a device", path);
        return false;
    }

    const char *name = path + strlen("/dev/");
    for (const char *slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/')) {
        g_autofree char *folder = g_strndup(name, (gsize)(slash - name));
        if (!make_folder(dir, folder, error))
            return false;
    }
    if (!make_node(dir, name, (st.st_mode & S_IFMT) | 0600, st.st_rdev, error))
        return false;
    if (fchownat(dir, name, owner, group, AT_SYMLINK_NOFOLLOW) < 0) {
        rv_error_set_errno(error, errno, "cannot give the device '%s' to user %u", path, owner);
        return false;
    }
    return true;
}

bool rv_spawn_dev_make(const char *const *devices, uid_t owner, gid_t group, int *ret_dev,
                       int *ret_pts, GError **error)
{
    rv_autofd int dev = new_tmpfs(error);
    if (dev < 0)
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(common); i++)
        if (!make_node(dev, common[i].name, S_IFCHR | 0666,
                       makedev(common[i].major, common[i].minor), error))
            return false;
    if (!make_folder(dev, "pts", error))
        return false;
    for (size_t i = 0; devices && devices[i]; i++)
        if (!make_host_device(dev, devices[i], owner, group, error))
            return false;

    int pts = open_tree(AT_FDCWD, "/dev/pts", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    if (pts < 0) {
        rv_error_set_errno(error, errno, "cannot share /dev/pts");
        return false;
    }
    *ret_dev = rv_fd_steal(&dev);
    *ret_pts = pts;
    return true;
}
