/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/storage/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"

enum { CHUNK = 1 << 20 };

static bool go_on(RvOperation *op, uint64_t done, uint64_t total, GError **error)
{
    op->progress(op, done, total);
    if (!g_cancellable_is_cancelled(op->cancel))
        return true;
    rv_error_set(error, RV_ERR_OPERATION_ABORTED, "it was cancelled");
    return false;
}

static bool write_at(int fd, const void *bytes, size_t len, uint64_t at, GError **error)
{
    return rv_fd_write_all_at(fd, bytes, len, at, "the volume", error);
}

bool storage_write_zeros(int fd, uint64_t from, uint64_t to, RvOperation *op, GError **error)
{
    g_autofree char *zeros = g_malloc0(CHUNK);
    for (uint64_t at = from; at < to; at += CHUNK) {
        if (!go_on(op, at, to, error) || !write_at(fd, zeros, MIN(CHUNK, to - at), at, error))
            return false;
    }
    return true;
}

bool storage_allocate(int fd, uint64_t len, RvOperation *op, GError **error)
{
    if (len == 0)
        return true;
    int result;
    do
        result = fallocate(fd, 0, 0, (off_t)len);
    while (result < 0 && errno == EINTR);
    if (result == 0)
        return true;
    if (errno == ENOSYS || errno == EOPNOTSUPP)
        return storage_write_zeros(fd, 0, len, op, error);
    rv_error_set_errno(error, errno, "cannot allocate %" G_GUINT64_FORMAT " bytes", len);
    return false;
}

bool storage_copy_reflink(int fd, int from, GError **error)
{
    if (ioctl(fd, FICLONE, from) == 0)
        return true;
    rv_error_set_errno(error, errno, "cannot share blocks with the volume that is copied");
    return false;
}

/* Copies what is between two places, in which there is no hole. */
static bool copy_range(int fd, int from, uint64_t at, uint64_t end, RvOperation *op, GError **error)
{
    g_autofree char *bytes = g_malloc(CHUNK);
    while (at < end) {
        if (!go_on(op, at, end, error))
            return false;
        ssize_t n = pread(from, bytes, MIN(CHUNK, end - at), (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            rv_error_set_errno(error, errno, "cannot read the volume that is copied");
            return false;
        }
        if (n == 0)
            break;
        if (!write_at(fd, bytes, (size_t)n, at, error))
            return false;
        at += (uint64_t)n;
    }
    return true;
}

bool storage_copy_raw(int fd, int from, const RvVolumeDef *def, RvOperation *op, GError **error)
{
    off_t len = lseek(from, 0, SEEK_END);
    uint64_t capacity = MAX(def->capacity, (uint64_t)MAX(len, 0));
    if (len < 0 || ftruncate(fd, (off_t)capacity) < 0) {
        rv_error_set_errno(error, errno, "cannot extend volume '%s'", def->name);
        return false;
    }
    if (def->allocation >= capacity && !storage_allocate(fd, capacity, op, error))
        return false;
    for (off_t at = 0; at < len;) {
        off_t data = lseek(from, at, SEEK_DATA);
        if (data < 0 && errno == ENXIO)
            break;
        /* Where holes are not known, all is data. */
        off_t hole = data < 0 ? len : lseek(from, data, SEEK_HOLE);
        data = data < 0 ? at : data;
        hole = hole <= data ? len : hole;
        if (!copy_range(fd, from, (uint64_t)data, (uint64_t)hole, op, error))
            return false;
        at = hole;
    }
    return true;
}
