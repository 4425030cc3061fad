/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Pools that a file system is mounted for, from a device (fs) or from the network (netfs). [job] */

#include "drivers/pool.h"

G_GNUC_WARN_UNUSED_RESULT bool storage_mount(const RvPoolDef *def, RvOperation *op, GError **error);
G_GNUC_WARN_UNUSED_RESULT bool storage_unmount(const RvPoolDef *def, RvOperation *op,
                                               GError **error);
/* Whether what the pool's source names is what is mounted at its folder now. */
bool storage_is_mounted(const RvPoolDef *def);
/* A new file system on its device. */
G_GNUC_WARN_UNUSED_RESULT bool storage_mount_format(const RvPoolDef *def, RvPoolBuild how,
                                                    RvOperation *op, GError **error);
