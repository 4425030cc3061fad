/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The file systems of a container: its root, and what stands below it. */

#include <jansson.h>

#include "base/process.h"
#include "drivers/container/ids.h"
#include "drivers/driver.h"

typedef struct {
    char *path;        /* of the root, in the runtime's mount namespace */
    unsigned uid, gid; /* of the first program, as the container's own files name them */
} ContainerRoot;
void container_root_clear(ContainerRoot *root);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ContainerRoot, container_root_clear)

/* [job] Opens all of them, and has `spawn` mount them in the guest's folder. Appends OCI mounts to
 * `mounts`. */
G_GNUC_WARN_UNUSED_RESULT bool container_filesystems_prepare(const RvGuest *guest,
                                                             const ContainerIds *ids,
                                                             RvSpawn *spawn, ContainerRoot *ret,
                                                             json_t *mounts, GError **error);
