/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Files that a guest uses, opened by the daemon and handed to the emulator as descriptors, so that
 * the guest's user needs no access to their paths and nothing changes owner. [job]
 */

#include <glib.h>
#include <stdbool.h>

#include "model/disk.h"

/* Opens a disk's source for what the disk may do with it. An error walks the path and names the
 * component that stands in the way. Images that refer to others are refused: only what the
 * definition lists is opened. */
G_GNUC_WARN_UNUSED_RESULT int kvm_image_open(const RvDisk *disk, GError **error);

/* Opens a file that a serial port writes to, at its end or emptied first. */
G_GNUC_WARN_UNUSED_RESULT int kvm_image_open_log(const char *path, bool append, GError **error);

/* Opens a file that the emulator only reads (a kernel) and that is to be opened again through
 * /proc/self/fd by another user: itself where everybody may read it, else a sealed copy in memory,
 * of at most 1 GiB. `what` names it in errors. */
G_GNUC_WARN_UNUSED_RESULT int kvm_image_open_boot(const char *path, const char *what,
                                                  bool other_user, GError **error);
