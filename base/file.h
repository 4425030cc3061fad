/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Small whole files: bounded reads and durable, atomic writes. Never on the I/O thread, but for
 * files of procfs, sysfs and cgroupfs, which cannot block. */

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

/* Reads at most `max` bytes; a longer file is an error. The text is NUL-terminated; free it. */
G_GNUC_WARN_UNUSED_RESULT char *rv_file_read(const char *path, size_t max, size_t *ret_len,
                                             GError **error);

/* Replaces `path` so that after a crash or power cut it holds either the old or the new text:
 * temporary file, fsync, rename, fsync of the directory. */
G_GNUC_WARN_UNUSED_RESULT bool rv_file_replace(const char *path, mode_t mode, const char *text,
                                               size_t len, GError **error);

/* Removes a file durably; one that is not there is success. */
G_GNUC_WARN_UNUSED_RESULT bool rv_file_remove(const char *path, GError **error);

/* Makes the name of a file durable, or that it is gone: fsync of the folder it is in. */
G_GNUC_WARN_UNUSED_RESULT bool rv_file_sync_folder(const char *path, GError **error);

/* The number of the block device that a path leads to. RV_ERR_CONFIG_UNSUPPORTED: it is none. */
G_GNUC_WARN_UNUSED_RESULT bool rv_file_block_device(const char *path, dev_t *ret_device,
                                                    GError **error);

/* Removes a folder and all that is in it, following no link; one that is not there is success. */
G_GNUC_WARN_UNUSED_RESULT bool rv_dir_remove(const char *path, GError **error);

/* Creates a directory and its missing parents. One that is there must be ours, and nobody else may
 * write to it: it may stand where anybody can make one before us. */
G_GNUC_WARN_UNUSED_RESULT bool rv_dir_create(const char *path, mode_t mode, GError **error);

/* A file name that is `name` where that is plain, of at most 200 bytes, and leaves no folder. */
char *rv_file_name_for(const char *name);
