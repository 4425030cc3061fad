/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Volumes that are there: made longer or shorter, wiped, deleted. */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/process.h"
#include "drivers/storage/copy.h"
#include "drivers/storage/folder.h"
#include "drivers/storage/image.h"
#include "drivers/volume.h"

bool rv_volume_delete(const RvPoolDef *pool, const char *name, GError **error)
{
    struct stat st;
    rv_autofd int folder = storage_folder_open(pool->target, error);
    if (folder < 0)
        return false;
    if (!storage_name_is_told(name) || strchr(name, '/') ||
        fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return true;
    bool is_folder = S_ISDIR(st.st_mode);
    if (unlinkat(folder, name, is_folder ? AT_REMOVEDIR : 0) < 0 && errno != ENOENT) {
        int fault = errno;
        rv_error_set_errno(error, fault, "cannot %s '%s/%s'",
                           is_folder ? "remove directory" : "unlink file", pool->target, name);
        if (fault == ENOTEMPTY)
            rv_error_remedy(error, "a folder is deleted when nothing is in it");
        return false;
    }
    if (fsync(folder) < 0) {
        rv_error_set_errno(error, errno, "cannot sync '%s'", pool->target);
        return false;
    }
    return true;
}

/* ---- Length ---------------------------------------------------------------------------------- */

static bool new_capacity(const RvVolumeDef *was, const RvVolumeResize *resize, uint64_t *ret,
                         GError **error)
{
    uint64_t wish = resize->capacity;
    if (resize->delta && resize->shrink)
        wish = was->capacity - MIN(wish, was->capacity);
    else if (resize->delta)
        wish = wish > (uint64_t)INT64_MAX - was->capacity ? UINT64_MAX : was->capacity + wish;
    *ret = wish;
    if (wish > (uint64_t)INT64_MAX) {
        rv_error_set(error, RV_ERR_OVERFLOW, "no volume can be so large");
        return false;
    }
    if (wish < was->allocation && wish < was->capacity) {
        rv_error_set(error, RV_ERR_INVALID_ARG, "can't shrink capacity below existing allocation");
        return false;
    }
    if (wish < was->capacity && !resize->shrink) {
        rv_error_set(error, RV_ERR_INVALID_ARG,
                     "Can't shrink capacity below current capacity unless shrink flag explicitly "
                     "specified");
        return false;
    }
    return true;
}

static bool resize_raw(int fd, const char *name, uint64_t capacity, bool allocate, RvOperation *op,
                       GError **error)
{
    if (allocate && !storage_allocate(fd, capacity, op, error))
        return false;
    if (ftruncate(fd, (off_t)capacity) < 0 || fsync(fd) < 0) {
        rv_error_set_errno(error, errno, "cannot resize volume '%s'", name);
        return false;
    }
    return true;
}

bool rv_volume_resize(const RvPoolDef *pool, const char *name, const RvVolumeResize *resize,
                      RvOperation *op, GError **error)
{
    uint64_t capacity;
    g_autoptr(RvVolumeDef) was = rv_volume_look(pool, name, error);
    rv_autofd int fd = was ? rv_volume_open(pool, name, true, error) : -1;
    if (fd < 0 || !new_capacity(was, resize, &capacity, error))
        return false;
    if (!g_strcmp0(was->target.format, "raw") && !was->target.encryption)
        return resize_raw(fd, name, capacity, resize->allocate, op, error);
    if (resize->allocate) {
        rv_error_set(error, RV_ERR_OPERATION_UNSUPPORTED,
                     "preallocate is only supported for raw type volume");
        return false;
    }
    const StorageOrigin origin = {fd, pool->target, resize->folders};
    return storage_image_resize(&origin, capacity, capacity < was->capacity, op, error);
}

/* ---- Content --------------------------------------------------------------------------------- */

static const char *const wipe_patterns[] = {NULL,       "nnsa",     "dod",        "bsi",
                                            "gutmann",  "schneier", "pfitzner7",  "pfitzner33",
                                            "random"};
enum { WIPE_ZERO = 0, WIPE_TRIM = 9, MAX_OUTPUT = 64 << 10 };

static bool wipe_zero(int fd, RvOperation *op, GError **error)
{
    struct stat st;
    off_t end = lseek(fd, 0, SEEK_END);
    if (end < 0 || fstat(fd, &st) < 0) {
        rv_error_set_errno(error, errno, "cannot wipe the volume");
        return false;
    }
    /* Of a sparse file, what holes it had it has again. */
    bool sparse = S_ISREG(st.st_mode) && (off_t)st.st_blocks * 512 < end;
    bool done = sparse ? ftruncate(fd, 0) == 0 && ftruncate(fd, end) == 0
                       : storage_write_zeros(fd, 0, (uint64_t)end, op, error);
    if (!done || fsync(fd) < 0) {
        if (!error || !*error)
            rv_error_set_errno(error, errno, "cannot wipe the volume");
        return false;
    }
    return true;
}

static bool wipe_pattern(const RvPoolDef *pool, const char *name, const char *pattern,
                         RvOperation *op, GError **error)
{
    g_autoptr(RvSpawn) spawn = rv_spawn_new("scrub");
    rv_spawn_arg(spawn, "-f");
    rv_spawn_arg(spawn, "-p");
    rv_spawn_arg(spawn, pattern);
    rv_spawn_arg_format(spawn, "%s/%s", pool->target, name);
    g_autofree char *output = rv_spawn_run(spawn, MAX_OUTPUT, INT_MAX, op->cancel, error);
    if (!output)
        rv_error_remedy(error, "patterns need the program scrub; algorithm zero does not");
    return output != NULL;
}

bool rv_volume_wipe(const RvPoolDef *pool, const char *name, unsigned algorithm, RvOperation *op,
                    GError **error)
{
    if (algorithm == WIPE_TRIM) {
        rv_error_set(error, RV_ERR_ARGUMENT_UNSUPPORTED, "'trim' algorithm not supported");
        return false;
    }
    if (algorithm >= G_N_ELEMENTS(wipe_patterns)) {
        rv_error_set(error, RV_ERR_INVALID_ARG, "unsupported algorithm %u", algorithm);
        return false;
    }
    rv_autofd int fd = rv_volume_open(pool, name, true, error);
    if (fd < 0)
        return false;
    return algorithm == WIPE_ZERO ? wipe_zero(fd, op, error)
                                  : wipe_pattern(pool, name, wipe_patterns[algorithm], op, error);
}
