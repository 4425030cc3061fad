/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Images of formats that the kernel does not know, seen as raw files. A qemu-storage-daemon shows
 * each by FUSE, in a mount namespace of its own, so that nothing of it is on the host; it runs in a
 * cgroup beside the container's, where the container's limits and pauses do not reach it.
 */

#include "drivers/driver.h"

bool container_export_is_needed(const RvFilesystem *filesystem);

/* [job] The raw file, a path that is good until the end. NULL: an error; RV_ERR_RESOURCE_BUSY:
 * somebody else has the image. */
G_GNUC_WARN_UNUSED_RESULT char *container_export_begin(const RvGuest *guest,
                                                       const RvFilesystem *filesystem,
                                                       GError **error);

/* [job] Ends all that a guest has, once what it has written is in its images. The container has
 * ended, if there ever was one. */
G_GNUC_WARN_UNUSED_RESULT bool container_export_end(const RvGuest *guest, GError **error);
