/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Files in a tree that somebody else may have filled or fills right now: the root of an image, of a
 * container, an unpacked archive. Every path is resolved by the kernel within the root, as if that
 * were "/": no link, no ".." and no absolute path leads out of it, and links of /proc are refused.
 * Nothing here is for the I/O thread.
 */

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

enum { RV_TREE_PATH_MAX = 4095, RV_TREE_DEPTH_MAX = 128 };

/* A path as the tree's own: without leading, doubled and trailing slashes and "."; "" is the root
 * itself. ".." anywhere, a path that is too long or too deep, or has a component longer than 255
 * bytes, is an error. Free it. */
G_GNUC_WARN_UNUSED_RESULT char *rv_tree_clean(const char *path, GError **error);

/* openat2() within the root; a link at the end is followed within it unless `flags` has O_NOFOLLOW.
 * Never blocks on a FIFO. -1 and errno. */
int rv_tree_open(int root, const char *path, int flags, mode_t mode);

/* The folder that a cleaned path other than "" is in, and the path's last component (within
 * `path`). With `make`, folders that are missing are made, with mode 0755, root's. */
G_GNUC_WARN_UNUSED_RESULT int rv_tree_parent(int root, const char *path, bool make,
                                             const char **ret_name, GError **error);

/* A whole regular file; a longer one than `max`, or anything but a regular file, is an error. */
G_GNUC_WARN_UNUSED_RESULT char *rv_tree_read(int root, const char *path, size_t max,
                                             size_t *ret_len, GError **error);
