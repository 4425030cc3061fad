/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A file system on a block device, as a mount that is attached nowhere yet. The device is in use as
 * long as the mount, or one made of it, is. */

#include <glib.h>
#include <stdbool.h>

/* [job] What kind of file system it is, its superblock says. -1: an error. */
G_GNUC_WARN_UNUSED_RESULT int container_blockfs_mount(const char *device, bool read_only,
                                                      GError **error);
