/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Where this host keeps the cgroup hierarchies that we use. For cgroup.c and its tests. */

#include <glib.h>

/* "systemd" is v1's hierarchy without a controller, by which a service manager knows a service's
 * processes; on a v2 host it is not there. */
typedef enum {
    RV_HIERARCHY_UNIFIED,
    RV_HIERARCHY_MEMORY,
    RV_HIERARCHY_PIDS,
    RV_HIERARCHY_SYSTEMD,
    RV_HIERARCHY_LAST
} RvHierarchy;

typedef struct {
    char *mount; /* NULL: not mounted, or we are not below what is mounted */
    char *own;   /* our own cgroup below it: "" for its root, else "/a/b" */
} RvCgroupPlace;

/* From the texts of /proc/self/mountinfo and /proc/self/cgroup. */
void rv_cgroup_locate(const char *mountinfo, const char *self_cgroup,
                      RvCgroupPlace places[RV_HIERARCHY_LAST]);
void rv_cgroup_places_clear(RvCgroupPlace places[RV_HIERARCHY_LAST]);
