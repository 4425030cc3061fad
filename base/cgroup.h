/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One cgroup for each guest, on cgroup v2, v1, or the hybrid of both; where no hierarchy can be
 * written (a plain user, a container), there is none, and rv_cgroup_new() says so.
 */

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct RvCgroup RvCgroup;

/* Makes (or finds again) the cgroup `name` below reeve's own in every usable hierarchy. */
G_GNUC_WARN_UNUSED_RESULT RvCgroup *rv_cgroup_new(const char *name, GError **error);
void rv_cgroup_free(RvCgroup *cgroup); /* forgets it; the cgroup itself stays */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RvCgroup, rv_cgroup_free)

/* Kills all that is in it, waits at most timeout_ms, and removes it. */
G_GNUC_WARN_UNUSED_RESULT bool rv_cgroup_destroy(RvCgroup *cgroup, int timeout_ms, GError **error);

/* Descriptors of the cgroup.procs files a child must write "0" to before exec, -1 ends the list.
 * Owned by the cgroup. */
const int *rv_cgroup_procs_fds(const RvCgroup *cgroup);

bool rv_cgroup_set_pids_max(RvCgroup *cgroup, unsigned max); /* false: no pids controller */
bool rv_cgroup_get_cpu_ns(const RvCgroup *cgroup, uint64_t *ret_ns);
bool rv_cgroup_is_empty(const RvCgroup *cgroup);
