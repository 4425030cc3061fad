/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* File descriptors with an owner: `rv_autofd int fd = -1;` closes at the end of its scope. */

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void rv_fd_close(int *fd); /* closes *fd when >= 0, keeps errno, leaves -1 */
#define rv_autofd __attribute__((cleanup(rv_fd_close)))

static inline int rv_fd_steal(int *fd)
{
    int stolen = *fd;
    *fd = -1;
    return stolen;
}

G_GNUC_WARN_UNUSED_RESULT bool rv_fd_set_nonblocking(int fd, GError **error);

/* Writes all of `data` to a blocking fd. */
G_GNUC_WARN_UNUSED_RESULT bool rv_fd_write_all(int fd, const void *data, size_t len,
                                               GError **error);

/* The same at a place of a file or block device; `what` names it in errors. */
G_GNUC_WARN_UNUSED_RESULT bool rv_fd_write_all_at(int fd, const void *data, size_t len, uint64_t at,
                                                  const char *what, GError **error);
