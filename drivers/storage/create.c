/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* New volumes: made under a name that is no volume's, and renamed when they are whole. */

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "drivers/storage/copy.h"
#include "drivers/storage/folder.h"
#include "drivers/storage/image.h"
#include "drivers/volume.h"

enum { FILE_MODE = 0600, FOLDER_MODE = 0711 };

static bool set_owner(const RvVolumeDef *def, int fd, mode_t usual, GError **error)
{
    const RvStoragePermissions *wish = &def->target.permissions;
    mode_t mode = wish->mode >= 0 ? (mode_t)wish->mode : usual;
    if ((wish->owner >= 0 || wish->group >= 0) &&
        fchown(fd, (uid_t)wish->owner, (gid_t)wish->group) < 0) {
        rv_error_set_errno(error, errno, "cannot give volume '%s' to its owner", def->name);
        return false;
    }
    if (fchmod(fd, mode) < 0) {
        rv_error_set_errno(error, errno, "cannot set the mode of volume '%s'", def->name);
        return false;
    }
    return true;
}

/* btrfs alone knows it; libvirt takes it for a wish, too. */
static void set_nocow(int fd)
{
    int flags;
    if (ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0) {
        flags |= FS_NOCOW_FL;
        (void)ioctl(fd, FS_IOC_SETFLAGS, &flags);
    }
}

static bool refuse(GError **error, RvErrorCode code, const char *why)
{
    rv_error_set(error, code, "%s", why);
    return false;
}

static bool check(const RvVolumeDef *def, const RvVolumeMake *make, bool copies, GError **error)
{
    bool is_raw = !g_strcmp0(def->target.format, "raw");
    bool is_folder = !g_strcmp0(def->target.format, "dir");
    if (!storage_name_check(def->name, error))
        return false;
    if (def->target.encryption)
        return refuse(error, RV_ERR_CONFIG_UNSUPPORTED, "encrypted volumes cannot be made yet");
    if (is_folder && copies)
        return refuse(error, RV_ERR_INTERNAL, "cannot copy from volume to a directory volume");
    if ((is_raw || is_folder) && def->backing)
        return refuse(error, RV_ERR_NO_SUPPORT, is_raw
                          ? "backing storage not supported for raw volumes"
                          : "backing storage not supported for directories volumes");
    if (is_raw && make->preallocate)
        return refuse(error, RV_ERR_CONFIG_UNSUPPORTED,
                      "metadata preallocation is not supported for raw volumes");
    return is_folder || storage_image_format(def->target.format, error);
}

/* Whatever has the name already: an early word, publishing is what decides. */
static bool check_free(int folder, const RvPoolDef *pool, const char *name, GError **error)
{
    struct stat st;
    if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
        return true;
    rv_error_set(error, RV_ERR_OPERATION_INVALID, "volume target path '%s/%s' already exists",
                 pool->target, name);
    return false;
}

static bool create_folder(int folder, const RvVolumeDef *def, GError **error)
{
    g_auto(StorageNew) made = {.folder = folder, .fd = -1};
    if (!storage_new_folder(&made, folder, error))
        return false;
    rv_autofd int fd = openat(folder, made.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        rv_error_set_errno(error, errno, "cannot open the new volume '%s'", def->name);
        return false;
    }
    return set_owner(def, fd, FOLDER_MODE, error) && fsync(fd) == 0 &&
           storage_new_publish(&made, def->name, error);
}

static bool create_raw(int fd, const RvVolumeDef *def, RvOperation *op, GError **error)
{
    uint64_t allocation = MIN(def->allocation, def->capacity);
    if (def->target.nocow)
        set_nocow(fd);
    if (ftruncate(fd, (off_t)def->capacity) < 0) {
        rv_error_set_errno(error, errno, "cannot extend volume '%s'", def->name);
        return false;
    }
    return storage_allocate(fd, allocation, op, error);
}

bool rv_volume_create(const RvPoolDef *pool, const RvVolumeDef *def, const RvVolumeMake *make,
                      RvOperation *op, GError **error)
{
    rv_autofd int folder = storage_folder_open(pool->target, error);
    if (folder < 0 || !check(def, make, false, error) ||
        !check_free(folder, pool, def->name, error))
        return false;
    if (!g_strcmp0(def->target.format, "dir"))
        return create_folder(folder, def, error);
    g_auto(StorageNew) made = {.folder = folder, .fd = -1};
    bool is_raw = !g_strcmp0(def->target.format, "raw");
    return storage_new_file(&made, folder, error) &&
           (is_raw ? create_raw(made.fd, def, op, error)
                   : storage_image_create(made.fd, def, make, op, error)) &&
           set_owner(def, made.fd, FILE_MODE, error) &&
           storage_new_publish(&made, def->name, error);
}

/* ---- Copies ---------------------------------------------------------------------------------- */

static bool copy_content(int fd, const RvVolumeDef *def, const StorageOrigin *origin,
                         const RvVolumeMake *make, RvOperation *op, GError **error)
{
    g_auto(RvHeader) header = {.format = "raw"};
    storage_image_read_header(&header, origin->fd);
    bool was_raw = g_str_equal(header.format, "raw") || g_str_equal(header.format, "iso");
    if (def->target.nocow)
        set_nocow(fd);
    if (make->reflink)
        return storage_copy_reflink(fd, origin->fd, error);
    if (was_raw && !g_strcmp0(def->target.format, "raw"))
        return storage_copy_raw(fd, origin->fd, def, op, error);
    return storage_image_convert(fd, def, origin, make, op, error);
}

/* A copy has at least the size of what it is one of, and more if that was asked for. */
static bool grow(int fd, const RvVolumeDef *def, uint64_t capacity, RvOperation *op, GError **error)
{
    if (def->capacity <= capacity || !g_strcmp0(def->target.format, "raw"))
        return true;
    const StorageOrigin made = {.fd = fd, .folder = "/"};
    return storage_image_resize(&made, def->capacity, false, op, error);
}

bool rv_volume_copy(const RvPoolDef *pool, const RvVolumeDef *def, const RvPoolDef *from_pool,
                    const char *from, const RvVolumeMake *make, RvOperation *op, GError **error)
{
    g_autoptr(RvVolumeDef) was = rv_volume_look(from_pool, from, error);
    rv_autofd int origin = was ? rv_volume_open(from_pool, from, false, error) : -1;
    rv_autofd int folder = origin >= 0 ? storage_folder_open(pool->target, error) : -1;
    if (folder < 0 || !check(def, make, true, error) || !check_free(folder, pool, def->name, error))
        return false;
    g_autoptr(RvVolumeDef) wish = rv_volume_def_copy(def);
    if (wish->capacity == RV_VOLUME_SIZE_NONE || wish->capacity < was->capacity)
        wish->capacity = was->capacity;
    if (wish->allocation == RV_VOLUME_SIZE_NONE)
        wish->allocation = wish->capacity;
    const StorageOrigin source = {origin, from_pool->target, make->folders};
    g_auto(StorageNew) made = {.folder = folder, .fd = -1};
    return storage_new_file(&made, folder, error) &&
           copy_content(made.fd, wish, &source, make, op, error) &&
           grow(made.fd, wish, was->capacity, op, error) &&
           set_owner(wish, made.fd, FILE_MODE, error) &&
           storage_new_publish(&made, wish->name, error);
}
