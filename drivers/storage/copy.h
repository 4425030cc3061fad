/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The bytes of files: taken, copied and overwritten. All can be cancelled, and tell how far they
 * are. [job] */

#include "drivers/driver.h"
#include "model/volume.h"

/* The first so many bytes take space, whatever they are. */
G_GNUC_WARN_UNUSED_RESULT bool storage_allocate(int fd, uint64_t len, RvOperation *op,
                                                GError **error);
/* A raw image for the definition of another one; holes stay holes where the definition asks for
 * less than all. */
G_GNUC_WARN_UNUSED_RESULT bool storage_copy_raw(int fd, int from, const RvVolumeDef *def,
                                                RvOperation *op, GError **error);
G_GNUC_WARN_UNUSED_RESULT bool storage_copy_reflink(int fd, int from, GError **error);
G_GNUC_WARN_UNUSED_RESULT bool storage_write_zeros(int fd, uint64_t from, uint64_t to,
                                                   RvOperation *op, GError **error);
