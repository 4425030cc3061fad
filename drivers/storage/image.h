/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Images of formats that qemu-img knows. It is given descriptors, and told every format; what an
 * image says of others is read by us, checked, and told to it, too: it follows nothing by itself.
 * [job]
 */

#include "base/process.h"
#include "drivers/storage/header.h"
#include "drivers/volume.h"

void storage_image_read_header(RvHeader *header, int fd);

/* The file that an image in this folder says it is an overlay of; NULL: it is not in our files. */
char *storage_image_backing_path(const char *folder, const RvHeader *header);

/* Whether an image of this format can be made; RV_ERR_CONFIG_UNSUPPORTED. */
G_GNUC_WARN_UNUSED_RESULT const char *storage_image_format(const char *format, GError **error);

/* Makes `fd` an image, empty or an overlay. */
G_GNUC_WARN_UNUSED_RESULT bool storage_image_create(int fd, const RvVolumeDef *def,
                                                    const RvVolumeMake *make, RvOperation *op,
                                                    GError **error);

/* An image that is there: a file in `folder`, and where what it is an overlay of may lie. */
typedef struct {
    int fd;
    const char *folder;
    const char *const *folders; /* NULL-terminated; NULL: nowhere */
} StorageOrigin;

/* Makes `fd` an image with the content of another. */
G_GNUC_WARN_UNUSED_RESULT bool storage_image_convert(int fd, const RvVolumeDef *def,
                                                     const StorageOrigin *origin,
                                                     const RvVolumeMake *make, RvOperation *op,
                                                     GError **error);

G_GNUC_WARN_UNUSED_RESULT bool storage_image_resize(const StorageOrigin *origin, uint64_t capacity,
                                                    bool shrink, RvOperation *op, GError **error);
