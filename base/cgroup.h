/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One cgroup for each guest: the directory reeve/NAME, in the unified (v2) hierarchy and in those
 * v1 hierarchies that are of use to us, whichever of them the host has mounted.
 *
 * reeve/ is made in the topmost cgroup that we may write to, on the way from our own cgroup up to
 * the hierarchy's root. For root that is the hierarchy's root itself, so that guests stand beside
 * the daemon's own service and a service manager that ends the service does not end them. For a
 * user it is the subtree delegated to them. Where the only writable one is the service's own (a
 * unit with User= and Delegate=yes), guests live below it, and the unit needs KillMode=process.
 *
 * A cgroup lives until rv_cgroup_destroy(), whatever becomes of the daemon. None of this is for the
 * I/O thread but rv_cgroup_get_cpu_ns() and rv_cgroup_is_empty().
 */

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct RvCgroup RvCgroup;

/* Makes the cgroup `name`, or finds it again. The name is one path component, not chosen by a user:
 * a UUID. RV_ERR_OPERATION_UNSUPPORTED: no hierarchy can be written here, do without; any other
 * error is a failure. */
G_GNUC_WARN_UNUSED_RESULT RvCgroup *rv_cgroup_new(const char *name, GError **error);
void rv_cgroup_free(RvCgroup *cgroup); /* forgets it; the cgroup itself stays; holds no fds */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RvCgroup, rv_cgroup_free)

/* Kills all that is in it, waits at most timeout_ms, and removes it. One that is gone already is
 * success. RV_ERR_OPERATION_TIMEOUT: a process of it cannot die yet (the error names one). */
G_GNUC_WARN_UNUSED_RESULT bool rv_cgroup_destroy(RvCgroup *cgroup, int timeout_ms, GError **error);

/* How a new process gets in; the caller closes what it gets. The unified hierarchy: its directory,
 * for clone3(CLONE_INTO_CGROUP); *ret_fd is -1 where there is none. */
G_GNUC_WARN_UNUSED_RESULT bool rv_cgroup_open_unified(const RvCgroup *cgroup, int *ret_fd,
                                                      GError **error);

/* The v1 hierarchies: their cgroup.procs, to which a process writes its pid, or "0" for itself. The
 * first such move in a while waits for an RCU grace period, some 10 ms. */
enum { RV_CGROUP_V1_MAX = 3 };
G_GNUC_WARN_UNUSED_RESULT bool rv_cgroup_open_v1(const RvCgroup *cgroup, int fds[RV_CGROUP_V1_MAX],
                                                 unsigned *ret_n, GError **error);

/* Where its memory is limited, to be freed; NULL: nowhere. */
char *rv_cgroup_memory_folder(const RvCgroup *cgroup, bool *ret_v2);

bool rv_cgroup_set_pids_max(RvCgroup *cgroup, unsigned max);         /* false: no pids controller */
bool rv_cgroup_get_cpu_ns(const RvCgroup *cgroup, uint64_t *ret_ns); /* false: not accounted */
bool rv_cgroup_is_empty(const RvCgroup *cgroup);
