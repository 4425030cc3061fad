/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/pool.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "drivers/storage/folder.h"
#include "drivers/storage/mount.h"

enum { DEFAULT_MODE = 0711 };

/* What of a type is more than its folder. */
typedef struct {
    bool known;
    bool (*build)(const RvPoolDef *def, RvPoolBuild how, RvOperation *op, GError **error);
    bool (*start)(const RvPoolDef *def, RvOperation *op, GError **error);
    bool (*stop)(const RvPoolDef *def, RvOperation *op, GError **error);
    bool (*is_started)(const RvPoolDef *def);
} PoolType;

static const PoolType types[RV_POOL_TYPE_LAST] = {
    [RV_POOL_DIR] = {.known = true},
    [RV_POOL_FS] = {true, storage_mount_format, storage_mount, storage_unmount, storage_is_mounted},
    [RV_POOL_NETFS] = {true, NULL, storage_mount, storage_unmount, storage_is_mounted},
};

bool rv_pool_is_supported(const RvPoolDef *def, GError **error)
{
    if (!types[def->type].known) {
        rv_error_set(error, RV_ERR_NO_SUPPORT,
                     "pools of type '%s' can be defined, but not used yet",
                     rv_pool_type_to_string(def->type));
        rv_error_remedy(error, "pools of types dir, fs and netfs can");
    }
    return types[def->type].known;
}

/* ---- Its folder ------------------------------------------------------------------------------ */

static bool set_owner(const RvPoolDef *def, int fd, bool is_new, GError **error)
{
    const RvStoragePermissions *wish = &def->permissions;
    uid_t owner = (uid_t)wish->owner;
    gid_t group = (gid_t)wish->group;
    mode_t mode = wish->mode >= 0 ? (mode_t)wish->mode : DEFAULT_MODE;
    if ((wish->owner >= 0 || wish->group >= 0) && fchown(fd, owner, group) < 0) {
        rv_error_set_errno(error, errno, "cannot give '%s' to its owner", def->target);
        return false;
    }
    if ((is_new || wish->mode >= 0) && fchmod(fd, mode) < 0) {
        rv_error_set_errno(error, errno, "cannot set the mode of '%s'", def->target);
        return false;
    }
    return true;
}

static bool build_folder(const RvPoolDef *def, GError **error)
{
    if (!g_path_is_absolute(def->target)) {
        rv_error_set(error, RV_ERR_INVALID_ARG, "path '%s' is not absolute", def->target);
        return false;
    }
    g_autofree char *parent = g_path_get_dirname(def->target);
    if (g_mkdir_with_parents(parent, 0755) < 0) {
        rv_error_set_errno(error, errno, "cannot create path '%s'", parent);
        return false;
    }
    bool is_new = mkdir(def->target, 0700) == 0;
    if (!is_new && errno != EEXIST) {
        rv_error_set_errno(error, errno, "cannot create directory '%s'", def->target);
        return false;
    }
    rv_autofd int fd = storage_folder_open(def->target, error);
    return fd >= 0 && set_owner(def, fd, is_new, error);
}

/* ---- Life ------------------------------------------------------------------------------------ */

bool rv_pool_build(const RvPoolDef *def, RvPoolBuild how, RvOperation *op, GError **error)
{
    const PoolType *type = &types[def->type];
    if (!rv_pool_is_supported(def, error) || !build_folder(def, error))
        return false;
    return how == RV_POOL_BUILD_FOLDER || !type->build || type->build(def, how, op, error);
}

bool rv_pool_start(const RvPoolDef *def, RvOperation *op, GError **error)
{
    const PoolType *type = &types[def->type];
    if (!rv_pool_is_supported(def, error) || (type->start && !type->start(def, op, error)))
        return false;
    rv_autofd int fd = storage_folder_open(def->target, error);
    if (fd < 0) {
        rv_error_remedy(error, "make it, by pool-build");
        return false;
    }
    storage_folder_clean(fd);
    return true;
}

bool rv_pool_stop(const RvPoolDef *def, RvOperation *op, GError **error)
{
    const PoolType *type = &types[def->type];
    return !type->stop || type->stop(def, op, error);
}

bool rv_pool_is_started(const RvPoolDef *def)
{
    const PoolType *type = &types[def->type];
    struct stat st;
    return type->known && (!type->is_started || type->is_started(def)) &&
           stat(def->target, &st) == 0 && S_ISDIR(st.st_mode);
}

bool rv_pool_remove(const RvPoolDef *def, GError **error)
{
    if (!rv_pool_is_supported(def, error))
        return false;
    if (rmdir(def->target) < 0) {
        int fault = errno;
        rv_error_set_errno(error, fault, "failed to remove pool '%s'", def->target);
        if (fault == ENOTEMPTY || fault == EEXIST)
            rv_error_remedy(error, "delete its volumes first");
        return false;
    }
    return true;
}

bool rv_pool_measure(RvPoolDef *def, GError **error)
{
    struct statvfs space;
    struct stat st;
    rv_autofd int fd = storage_folder_open(def->target, error);
    if (fd < 0)
        return false;
    if (fstatvfs(fd, &space) < 0 || fstat(fd, &st) < 0) {
        rv_error_set_errno(error, errno, "cannot measure '%s'", def->target);
        return false;
    }
    def->capacity = (uint64_t)space.f_frsize * space.f_blocks;
    def->available = (uint64_t)space.f_frsize * space.f_bfree;
    def->allocation = def->capacity - def->available;
    def->permissions.mode = (int)(st.st_mode & 0777);
    def->permissions.owner = st.st_uid;
    def->permissions.group = st.st_gid;
    return true;
}
