/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Devices of the host that a container may use: <hostdev mode='capabilities'>, types storage and
 * misc. Their nodes are made for it alone and belong to its root; the host's own stay as they are. */

#include <jansson.h>

#include "base/process.h"
#include "drivers/container/ids.h"

/* Where the container finds a device, as libvirt has it: in its /dev, under the name that follows
 * the first folder of the path. NULL: nothing follows. Part of `path`. */
const char *container_devices_name(const char *path);

/* [job] Makes the nodes in the guest's folder, where only `spawn` sees them. Appends OCI mounts, and
 * rules for OCI's linux.resources.devices. */
G_GNUC_WARN_UNUSED_RESULT bool container_devices_prepare(const RvGuest *guest,
                                                         const ContainerIds *ids, RvSpawn *spawn,
                                                         json_t *mounts, json_t *rules,
                                                         GError **error);
