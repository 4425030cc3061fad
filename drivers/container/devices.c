/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/devices.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "drivers/container/guest.h"

static bool is_node(const RvHostdev *hostdev)
{
    return hostdev->mode == RV_HOSTDEV_CAPABILITIES &&
           (hostdev->type == RV_HOSTDEV_STORAGE || hostdev->type == RV_HOSTDEV_MISC);
}

const char *container_devices_name(const char *path)
{
    const char *first = path + strspn(path, "/");
    const char *rest = strchr(first, '/');
    return rest && rest[strspn(rest, "/")] ? rest + strspn(rest, "/") : NULL;
}

static bool look_at(const RvHostdev *hostdev, struct stat *ret, GError **error)
{
    bool block = hostdev->type == RV_HOSTDEV_STORAGE;
    if (stat(hostdev->path, ret) < 0) {
        rv_error_set_errno(error, errno, "cannot find the device '%s'", hostdev->path);
        return false;
    }
    if (block ? !S_ISBLK(ret->st_mode) : !S_ISCHR(ret->st_mode)) {
        rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED, "'%s' is not a %s device", hostdev->path,
                     block ? "block" : "character");
        rv_error_remedy(error, "block devices are of type 'storage', character devices 'misc'");
        return false;
    }
    if (container_devices_name(hostdev->path))
        return true;
    rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED, "the device '%s' is in no folder",
                 hostdev->path);
    rv_error_remedy(error, "name it by its path in /dev");
    return false;
}

/* A file system of memory where, unlike in our run directory, nodes are devices. */
static int make_folder(GError **error)
{
    rv_autofd int fs = fsopen("tmpfs", FSOPEN_CLOEXEC);
    int mount = -1;
    if (fs >= 0 && fsconfig(fs, FSCONFIG_SET_STRING, "mode", "0711", 0) == 0 &&
        fsconfig(fs, FSCONFIG_SET_STRING, "size", "64k", 0) == 0 &&
        fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
        mount = fsmount(fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
    if (mount < 0)
        rv_error_set_errno(error, errno, "cannot make a folder for devices");
    return mount;
}

static bool make_node(int folder, const char *name, const struct stat *st, const ContainerIds *ids,
                      GError **error)
{
    unsigned uid, gid;
    if (!container_ids_map(ids->uids, 0, &uid) || !container_ids_map(ids->gids, 0, &gid)) {
        rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED, "the container has no root");
        return false;
    }
    if (mknodat(folder, name, (st->st_mode & S_IFMT) | 0700, st->st_rdev) == 0 &&
        fchownat(folder, name, uid, gid, AT_SYMLINK_NOFOLLOW) == 0)
        return true;
    rv_error_set_errno(error, errno, "cannot make a device for the container");
    return false;
}

bool container_devices_prepare(const RvGuest *guest, const ContainerIds *ids, RvSpawn *spawn,
                               json_t *mounts, json_t *rules, GError **error)
{
    const GPtrArray *hostdevs = guest->def->hostdevs;
    g_autofree char *folder = container_guest_folder(guest);
    g_autofree char *place = g_build_filename(folder, "devices", NULL);
    rv_autofd int nodes = -1;
    for (guint i = 0; i < hostdevs->len; i++) {
        const RvHostdev *hostdev = hostdevs->pdata[i];
        struct stat st;
        if (!is_node(hostdev))
            continue;
        g_autofree char *name = g_strdup_printf("%u", i);
        if (!look_at(hostdev, &st, error) || (nodes < 0 && (nodes = make_folder(error)) < 0) ||
            !make_node(nodes, name, &st, ids, error))
            return false;
        g_autofree char *source = g_build_filename(place, name, NULL);
        g_autofree char *target =
            g_build_filename("/dev", container_devices_name(hostdev->path), NULL);
        json_array_append_new(mounts,
                              json_pack("{s:s, s:s, s:s, s:[s]}", "destination", target, "type",
                                        "bind", "source", source, "options", "bind"));
        json_array_append_new(rules, json_pack("{s:b, s:s, s:I, s:I, s:s}", "allow", 1, "type",
                                               S_ISBLK(st.st_mode) ? "b" : "c", "major",
                                               (json_int_t)major(st.st_rdev), "minor",
                                               (json_int_t)minor(st.st_rdev), "access", "rw"));
    }
    if (nodes < 0)
        return true;
    if (mkdir(place, 0711) < 0) {
        rv_error_set_errno(error, errno, "cannot make '%s'", place);
        return false;
    }
    rv_spawn_attach(spawn, rv_fd_steal(&nodes), place);
    return true;
}
