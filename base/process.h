/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Processes that must be confined and may outlive us. A spawn is described first, completely, and
 * then done by one call; between fork and exec the child runs nothing but system calls.
 *
 * Every child gets its own session, default signal handling with nothing blocked, "/" as its
 * working directory, standard input from /dev/null, and no descriptor that was not passed to it.
 *
 * A process is known by (pid, start time): a pid alone may be somebody else's by now. Both are of
 * one boot of the host: what outlives a boot must not be read as one.
 *
 * Nothing here is for the I/O thread but rv_process_open(), rv_process_signal(),
 * rv_process_usage(), and rv_process_wait() with no time to wait.
 */

#include <gio/gio.h>
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

RvSpawn *rv_spawn_new(const char *program); /* without a slash: looked for in PATH */
void rv_spawn_free(RvSpawn *spawn); /* also closes the descriptors it was given */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RvSpawn, rv_spawn_free)

void rv_spawn_arg(RvSpawn *spawn, const char *arg);
void rv_spawn_arg_format(RvSpawn *spawn, const char *format, ...) G_GNUC_PRINTF(2, 3);
const char *const *rv_spawn_args(const RvSpawn *spawn); /* NULL-terminated, program first */
void rv_spawn_env(RvSpawn *spawn, const char *name, const char *value); /* else: empty + PATH */

/* Takes `fd` over; returns its number in the child, from 3 up in the order of the calls. All others
 * but 0, 1 and 2 are closed there. */
int rv_spawn_pass_fd(RvSpawn *spawn, int fd);
void rv_spawn_input(RvSpawn *spawn, int fd);  /* standard input; taken over */
void rv_spawn_output(RvSpawn *spawn, int fd); /* standard output and error; taken over */
void rv_spawn_errors(RvSpawn *spawn, int fd); /* standard error alone; taken over */

void rv_spawn_identity(RvSpawn *spawn, uid_t uid, gid_t gid); /* no supplementary groups */
void rv_spawn_confine(RvSpawn *spawn);      /* no capabilities in any set (the bounding set: where
                                               we are privileged), no_new_privs, umask 077, no core
                                               dumps */
void rv_spawn_private_dev(RvSpawn *spawn, const char *const *devices, uid_t owner, gid_t group);
                                            /* own mount namespace; /dev holds null zero full random
                                               urandom ptmx, the host's pts, and `devices` (paths
                                               below /dev, NULL-terminated, may be NULL), the latter
                                               with mode 0600 and owned by owner */
void rv_spawn_umask(RvSpawn *spawn, mode_t mask); /* else: ours, or 077 where it is confined */
void rv_spawn_mount_namespace(RvSpawn *spawn, int fd); /* runs in a copy of it; taken over */
void rv_spawn_attach(RvSpawn *spawn, int mount, const char *path); /* and there alone this mount
                                               (open_tree(2), fsmount(2); taken over) stands at path */
void rv_spawn_end_with_us(RvSpawn *spawn);  /* killed when the thread that starts it ends */
void rv_spawn_cgroup(RvSpawn *spawn, const RvCgroup *cgroup); /* not owned */
void rv_spawn_limit(RvSpawn *spawn, int resource, uint64_t value); /* RLIMIT_*, soft and hard */

/*
 * Starts it, once, and closes the descriptors it was given. On success *ret_pidfd (when not NULL)
 * becomes readable when it ends. A failure between fork and exec is reported here too, with the
 * step that failed; nothing is left then.
 *
 * The child is born in the cgroup's unified hierarchy, and moved into v1 ones while the program
 * already starts: what it forks in its first milliseconds may miss v1's limits, but is killed with
 * the cgroup. Where there is no unified hierarchy, the program begins after the move.
 */
G_GNUC_WARN_UNUSED_RESULT bool rv_spawn_start(RvSpawn *spawn, RvProcessId *ret_id, int *ret_pidfd,
                                              GError **error);

/*
 * Starts a helper program and waits for its end; its standard output (and error) are ours. Returns
 * the output, NUL-terminated. Killed, with its process group, and an error: more than max_output
 * bytes, not done after timeout_ms (RV_ERR_OPERATION_TIMEOUT), `cancel` (may be NULL) cancelled
 * (RV_ERR_OPERATION_ABORTED). Any end but exit(0) is an error, with what it said on standard error.
 */
G_GNUC_WARN_UNUSED_RESULT char *rv_spawn_run(RvSpawn *spawn, size_t max_output, int timeout_ms,
                                             GCancellable *cancel, GError **error);

/* What tells this process from others that had or will have its pid. */
G_GNUC_WARN_UNUSED_RESULT bool rv_process_start_time(pid_t pid, uint64_t *ret_start_time,
                                                     GError **error);

/* A pidfd for a process that is still the same one, or -1 (gone, or the pid was taken by another:
 * RV_ERR_OPERATION_INVALID). */
G_GNUC_WARN_UNUSED_RESULT int rv_process_open(const RvProcessId *id, GError **error);

/* Sends a signal by pidfd. A process already gone is success. */
G_GNUC_WARN_UNUSED_RESULT bool rv_process_signal(int pidfd, int signum, GError **error);

/* Waits until it has ended (a zombie has), at most timeout_ms (-1: for ever); false: it has not.
 * Reaps our own child; *ret_status (may be NULL) is then its exit code, or 128 + the signal that
 * ended it, as in a shell; -1 where it was not ours or had been reaped. */
bool rv_process_wait(int pidfd, int timeout_ms, int *ret_status);

/* CPU time of all its threads, ended ones too, in ns, and resident memory in KiB. */
bool rv_process_usage(pid_t pid, uint64_t *ret_cpu_ns, uint64_t *ret_rss_kib);

/* rv_spawn_run() of a program that needs nothing but arguments. Its messages are in English. */
G_GNUC_WARN_UNUSED_RESULT char *rv_process_run(const char *const *argv, size_t max_output,
                                               int timeout_ms, GError **error);
