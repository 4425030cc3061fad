/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What a child does between fork and exec. The child may share its lineage with a process of many
 * threads: only system calls here, no allocation, no locks, no GLib. For spawn.c.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct {
    int resource;
    uint64_t value;
} RvSpawnLimit;

/* All of it prepared by the parent. Descriptors may have any number; -1: not there. */
typedef struct {
    const char *program; /* with its path */
    char *const *argv;
    char *const *envp;
    int *fds; /* to become 3, 4, ... */
    int n_fds;
    int stdio[3];
    int unified_fd;    /* the cgroup's directory, where the child was not born in it */
    const int *v1_fds; /* the cgroup.procs that the child itself enters by */
    unsigned n_v1;
    int mount_namespace_fd; /* it runs in a copy of this one */
    const int *mounts;      /* to stand at `targets` there */
    const char *const *targets;
    unsigned n_mounts;
    pid_t parent; /* it is killed when that ends; 0: it is not */
    int dev_fd; /* the mount to become /dev */
    int pts_fd; /* the mount to become /dev/pts */
    const RvSpawnLimit *limits;
    unsigned n_limits;
    int umask; /* -1: as it is */
    bool confine;
    bool identity;
    uid_t uid;
    gid_t gid;
    int report_fd; /* where a failure is told, as an RvSpawnReport */
} RvSpawnPlan;

typedef struct {
    int step;
    int errnum;
} RvSpawnReport;

/* What the child could not do, for "cannot start X: cannot ...". */
const char *rv_spawn_step_text(int step);

_Noreturn void rv_spawn_child(RvSpawnPlan *plan);
