/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One cgroup in one hierarchy, known by its directory; v1 and v2 alike. For cgroup.c. Deadlines
 * are of g_get_monotonic_time(). */

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* Writes a control file. Returns 0 or an errno. */
int rv_cgroup_dir_write(const char *dir, const char *file, const char *text);

/* The number behind `key` in a file of "key number" lines. */
bool rv_cgroup_dir_read_number(const char *dir, const char *file, const char *key, uint64_t *ret);

/* No process is in it nor below it (a zombie is none); true as well where there is no such cgroup.
 */
bool rv_cgroup_dir_is_empty(const char *dir);

/* Kills all in it and below it, and waits until they are gone. */
G_GNUC_WARN_UNUSED_RESULT bool rv_cgroup_dir_kill(const char *dir, gint64 deadline, GError **error);

/* Removes it and what is below it. All processes must be on their way out. */
G_GNUC_WARN_UNUSED_RESULT bool rv_cgroup_dir_remove(const char *dir, gint64 deadline,
                                                    GError **error);
