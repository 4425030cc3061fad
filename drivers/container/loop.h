/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A file as a block device. The kernel lets go of the device by itself when nobody has it open and
 * nothing of it is mounted any more, whatever becomes of us. Until then the file is locked by
 * flock(2): for writing against all others, else against who wants to write.
 */

#include <glib.h>
#include <stdbool.h>

/* [job] Opens a device of it. *ret_path (to be freed) is its name. -1: an error; RV_ERR_RESOURCE_BUSY:
 * somebody else has the file. */
G_GNUC_WARN_UNUSED_RESULT int container_loop_open(const char *file, bool read_only, char **ret_path,
                                                  GError **error);
