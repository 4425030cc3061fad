/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/volume.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "drivers/storage/folder.h"
#include "drivers/storage/image.h"
#include "model/xml-table.h"

/* ---- All of them ----------------------------------------------------------------------------- */

void rv_volume_entry_free(RvVolumeEntry *entry)
{
    if (!entry)
        return;
    g_free(entry->name);
    g_free(entry);
}

/* False: what has this mode is no volume. */
static bool type_of(mode_t mode, RvVolumeType *ret)
{
    *ret = S_ISDIR(mode) ? RV_VOLUME_DIR : S_ISBLK(mode) ? RV_VOLUME_BLOCK : RV_VOLUME_FILE;
    return S_ISREG(mode) || S_ISDIR(mode) || S_ISBLK(mode);
}

static bool type_of_entry(int folder, const struct dirent *entry, RvVolumeType *ret)
{
    struct stat st;
    if (entry->d_type == DT_REG)
        return type_of(S_IFREG, ret);
    if (entry->d_type == DT_DIR)
        return type_of(S_IFDIR, ret);
    if (entry->d_type != DT_LNK && entry->d_type != DT_UNKNOWN && entry->d_type != DT_BLK)
        return false;
    return fstatat(folder, entry->d_name, &st, 0) == 0 && type_of(st.st_mode, ret);
}

GPtrArray *rv_volume_scan(const RvPoolDef *pool, GError **error)
{
    int folder = storage_folder_open(pool->target, error);
    DIR *dir = folder >= 0 ? fdopendir(folder) : NULL;
    if (!dir) {
        rv_fd_close(&folder);
        return NULL;
    }
    GPtrArray *all = g_ptr_array_new_with_free_func((GDestroyNotify)rv_volume_entry_free);
    for (const struct dirent *entry; (entry = readdir(dir));) {
        RvVolumeType type;
        if (!storage_name_is_told(entry->d_name) || !type_of_entry(folder, entry, &type))
            continue;
        RvVolumeEntry *found = g_new(RvVolumeEntry, 1);
        *found = (RvVolumeEntry){type, g_strdup(entry->d_name)};
        g_ptr_array_add(all, found);
    }
    closedir(dir);
    return all;
}

/* ---- One of them ----------------------------------------------------------------------------- */

static char *timestamp(const struct timespec *time)
{
    return time->tv_nsec
               ? g_strdup_printf("%" PRId64 ".%09ld", (int64_t)time->tv_sec, time->tv_nsec)
               : g_strdup_printf("%" PRId64, (int64_t)time->tv_sec);
}

static void take_permissions(RvStoragePermissions *permissions, const struct stat *st)
{
    permissions->mode = (int)(st->st_mode & 0777);
    permissions->owner = st->st_uid;
    permissions->group = st->st_gid;
}

/* As if it were raw. */
static RvVolumeSizes measure(const struct stat *st, int fd)
{
    if (S_ISREG(st->st_mode)) {
        uint64_t length = (uint64_t)st->st_size;
        uint64_t taken = (uint64_t)st->st_blocks * 512;
        return (RvVolumeSizes){.capacity = length, .allocation = taken, .physical = length};
    }
    off_t end = S_ISBLK(st->st_mode) ? lseek(fd, 0, SEEK_END) : 0;
    uint64_t length = end > 0 ? (uint64_t)end : 0;
    return (RvVolumeSizes){.capacity = length, .allocation = length, .physical = length};
}

/* A guest sees what the image says, or the rest of the file. */
static uint64_t capacity_of(const RvHeader *header, uint64_t length)
{
    uint64_t capacity = header->capacity ? header->capacity : length;
    return capacity - MIN(header->payload, capacity);
}

bool rv_volume_measure(const char *path, const char *format, RvVolumeSizes *ret, GError **error)
{
    struct stat st;
    bool there = stat(path, &st) == 0;
    if (there && !S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode)) { /* to open it may do something */
        rv_error_set(error, RV_ERR_OPERATION_INVALID, "'%s' is neither a file nor a block device",
                     path);
        return false;
    }
    rv_autofd int fd = there ? open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK) : -1;
    if (fd < 0 || fstat(fd, &st) < 0) {
        rv_error_set_errno(error, errno, "cannot read '%s'", path);
        return false;
    }
    *ret = measure(&st, fd);
    g_auto(RvHeader) header = {.format = "raw"};
    storage_image_read_header(&header, fd);
    if (g_str_equal(header.format, format))
        ret->capacity = capacity_of(&header, ret->capacity);
    return true;
}

static void take_stat(const RvPoolDef *pool, RvVolumeDef *def, const struct stat *st, int fd)
{
    RvVolumeSizes sizes = measure(st, fd);
    RvVolumeImage *target = &def->target;
    take_permissions(&target->permissions, st);
    target->atime = timestamp(&st->st_atim);
    target->mtime = timestamp(&st->st_mtim);
    target->ctime = timestamp(&st->st_ctim);
    def->capacity = sizes.capacity;
    def->allocation = sizes.allocation;
    def->physical = sizes.physical;
    if (!g_strcmp0(pool->refresh_allocation, "capacity"))
        def->allocation = def->capacity;
}

static RvEncryption *make_encryption(const char *format)
{
    RvEncryption *encryption = rv_xml_new(&rv_encryption_xml);
    encryption->format = (RvEncryptionFormat)rv_encryption_format_from_string(format);
    return encryption;
}

static RvVolumeImage *make_backing(const RvPoolDef *pool, const RvHeader *header)
{
    RvVolumeImage *backing = rv_volume_image_new();
    backing->path = storage_image_backing_path(pool->target, header);
    if (!backing->path) {
        backing->path = g_strdup(header->backing);
        backing->format = g_strdup("raw");
        return backing;
    }
    struct stat st;
    g_auto(RvHeader) found = {.format = "raw"};
    rv_autofd int fd = open(backing->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    bool is_there = fd >= 0 && fstat(fd, &st) == 0;
    if (is_there && !header->backing_format)
        storage_image_read_header(&found, fd);
    backing->format = g_strdup(header->backing_format ? header->backing_format : found.format);
    if (is_there) {
        take_permissions(&backing->permissions, &st);
        backing->atime = timestamp(&st.st_atim);
        backing->mtime = timestamp(&st.st_mtim);
        backing->ctime = timestamp(&st.st_ctim);
    }
    return backing;
}

static void take_header(const RvPoolDef *pool, RvVolumeDef *def, const RvHeader *header)
{
    RvVolumeImage *target = &def->target;
    target->format = g_strdup(header->format);
    target->compat = g_strdup(header->compat);
    target->cluster_size = header->cluster_size;
    target->lazy_refcounts = header->lazy_refcounts;
    target->extended_l2 = header->extended_l2;
    target->has_features = header->compat && !g_str_equal(header->compat, "0.10");
    def->capacity = capacity_of(header, def->capacity);
    if (header->encryption)
        target->encryption = make_encryption(header->encryption);
    if (header->backing)
        def->backing = make_backing(pool, header);
}

RvVolumeDef *rv_volume_look(const RvPoolDef *pool, const char *name, GError **error)
{
    struct stat st;
    rv_autofd int folder = storage_folder_open(pool->target, error);
    rv_autofd int fd = folder >= 0 ? storage_open_look(folder, pool->target, name, error) : -1;
    if (fd < 0)
        return NULL;
    g_autoptr(RvVolumeDef) def = rv_volume_def_new();
    if (fstat(fd, &st) < 0 || !type_of(st.st_mode, &def->type)) {
        rv_error_set(error, RV_ERR_NO_STORAGE_VOL,
                     "no storage vol with matching name '%s': it is no file, directory or device",
                     name);
        return NULL;
    }
    def->name = g_strdup(name);
    def->target.path = g_strdup_printf("%s/%s", pool->target, name);
    def->key = g_strdup(def->target.path);
    take_stat(pool, def, &st, fd);
    if (def->type == RV_VOLUME_DIR) {
        def->target.format = g_strdup("dir");
    } else {
        g_auto(RvHeader) header = {.format = "raw"};
        storage_image_read_header(&header, fd);
        take_header(pool, def, &header);
    }
    return g_steal_pointer(&def);
}

int rv_volume_open(const RvPoolDef *pool, const char *name, bool writes, GError **error)
{
    struct stat st;
    rv_autofd int folder = storage_folder_open(pool->target, error);
    rv_autofd int fd = folder >= 0 ? storage_open(folder, pool->target, name,
                                                  writes ? O_RDWR : O_RDONLY, error)
                                   : -1;
    if (fd < 0)
        return -1;
    if (fstat(fd, &st) < 0 || (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))) {
        rv_error_set(error, RV_ERR_OPERATION_INVALID,
                     "volume '%s' is neither a file nor a block device", name);
        return -1;
    }
    if (fcntl(fd, F_SETFL, 0) < 0) {
        rv_error_set_errno(error, errno, "cannot use volume '%s'", name);
        return -1;
    }
    return rv_fd_steal(&fd);
}
