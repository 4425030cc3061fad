/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A private /dev, made before the fork as mounts that are not attached anywhere yet. For spawn.c.
 */

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

/* See rv_spawn_private_dev(). *ret_dev becomes /dev and *ret_pts /dev/pts; both may be attached
 * once, in another mount namespace too, and vanish when closed before that. */
G_GNUC_WARN_UNUSED_RESULT bool rv_spawn_dev_make(const char *const *devices, uid_t owner,
                                                 gid_t group, int *ret_dev, int *ret_pts,
                                                 GError **error);
