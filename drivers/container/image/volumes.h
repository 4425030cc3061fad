/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Volumes of an image: folders that a container writes to, even where its root is read-only. They are
 * part of what it has written, and stay from start to start. */

#include <jansson.h>

#include "drivers/container/ids.h"

/* [job] For a container with a read-only root, mounted as `mount`, which its runtime will find at
 * `path`: appends mounts of the image's volumes over themselves to `mounts`. Folders that are
 * missing are made; one that lies behind a link is refused. */
G_GNUC_WARN_UNUSED_RESULT bool container_image_add_volumes(const GPtrArray *volumes,
                                                           const ContainerIds *ids, int mount,
                                                           const char *path, json_t *mounts,
                                                           GError **error);
