/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Processes that must be confined and may outlive us. A spawn is described first, completely, and
 * then done by one call; between fork and exec the child runs nothing but system calls.
 *
 * A process is known by (pid, start time, boot id): a pid alone may be somebody else's by now.
 */

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cgroup.h"

typedef struct {
    pid_t pid;
    uint64_t start_time; /* field 22 of /proc/PID/stat, clock ticks since boot */
} RvProcessId;

typedef struct RvSpawn RvSpawn;

RvSpawn *rv_spawn_new(const char *program);
void rv_spawn_free(RvSpawn *spawn); /* also closes the descriptors it was given */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RvSpawn, rv_spawn_free)

void rv_spawn_arg(RvSpawn *spawn, const char *arg);
void rv_spawn_arg_format(RvSpawn *spawn, const char *format, ...) G_GNUC_PRINTF(2, 3);
const char *const *rv_spawn_args(const RvSpawn *spawn); /* NULL-terminated, program first */
void rv_spawn_env(RvSpawn *spawn, const char *name, const char *value); /* else: empty + PATH */

/* Takes `fd` over; returns its number in the child. All others but 0, 1 and 2 are closed there. */
int rv_spawn_pass_fd(RvSpawn *spawn, int fd);
void rv_spawn_output(RvSpawn *spawn, int fd); /* standard output and error; taken over */

void rv_spawn_identity(RvSpawn *spawn, uid_t uid, gid_t gid); /* no supplementary groups */
void rv_spawn_confine(RvSpawn *spawn);      /* no capabilities in any set, no_new_privs, umask 077,
                                               no core dumps, own session */
void rv_spawn_private_dev(RvSpawn *spawn, const char *const *devices, uid_t owner, gid_t group);
                                            /* own mount namespace; /dev holds null zero full random
                                               urandom pts and `devices`, the latter owned by owner */
void rv_spawn_cgroup(RvSpawn *spawn, const RvCgroup *cgroup);
void rv_spawn_limit(RvSpawn *spawn, int resource, uint64_t value); /* RLIMIT_*, soft and hard */

/* Starts it. On success *ret_pidfd (when not NULL) becomes readable when it ends. A failure
 * between fork and exec is reported here too, with the step that failed. */
G_GNUC_WARN_UNUSED_RESULT bool rv_spawn_start(RvSpawn *spawn, RvProcessId *ret_id, int *ret_pidfd,
                                              GError **error);

/* A pidfd for a process that is still the same one, or -1 (gone, or the pid was taken by another:
 * RV_ERR_OPERATION_INVALID). */
G_GNUC_WARN_UNUSED_RESULT int rv_process_open(const RvProcessId *id, GError **error);

/* Sends a signal by pidfd. A process already gone is success. */
G_GNUC_WARN_UNUSED_RESULT bool rv_process_signal(int pidfd, int signum, GError **error);

/* Waits until it has ended (a zombie has), at most timeout_ms; false: it has not. Reaps our own
 * child; *ret_status (may be NULL) is then waitid()'s si_status, or -1 where it was not ours. */
bool rv_process_wait(int pidfd, int timeout_ms, int *ret_status);

/* CPU time in ns and resident memory in KiB, from procfs. */
bool rv_process_usage(pid_t pid, uint64_t *ret_cpu_ns, uint64_t *ret_rss_kib);

/* Runs a helper program to its end, collecting at most max_output bytes of its standard output. */
G_GNUC_WARN_UNUSED_RESULT char *rv_process_run(const char *const *argv, size_t max_output,
                                               int timeout_ms, GError **error);
