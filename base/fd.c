/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"

void rv_fd_close(int *fd)
{
    if (*fd < 0)
        return;
    int saved = errno;
    close(*fd);
    *fd = -1;
    errno = saved;
}

bool rv_fd_set_nonblocking(int fd, GError **error)
{
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) {
        rv_error_set_errno(error, errno, "cannot make descriptor %d non-blocking", fd);
        return false;
    }
    return true;
}

bool rv_fd_write_all(int fd, const void *data, size_t len, GError **error)
{
    const char *at = data;
    while (len > 0) {
        ssize_t written = write(fd, at, len);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0) {
            rv_error_set_errno(error, errno, "cannot write");
            return false;
        }
        at += written;
        len -= (size_t)written;
    }
    return true;
}

bool rv_fd_write_all_at(int fd, const void *data, size_t len, uint64_t at, const char *what,
                        GError **error)
{
    for (size_t done = 0; done < len;) {
        ssize_t n = pwrite(fd, (const char *)data + done, len - done, (off_t)(at + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            rv_error_set_errno(error, n < 0 ? errno : ENOSPC, "cannot write %s", what);
            return false;
        }
        done += (size_t)n;
    }
    return true;
}
