/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Users and groups of a container, by the names that its own files give them. */

#include <glib.h>
#include <stdbool.h>

/* [job] `root` is the container's root on the host; no link in it leads out of it. `user` and
 * `group` are names, numbers (also as +N), or NULL: root, or the user's own group. */
G_GNUC_WARN_UNUSED_RESULT bool container_accounts_find(const char *root, const char *user,
                                                       const char *group, unsigned *ret_uid,
                                                       unsigned *ret_gid, GError **error);
