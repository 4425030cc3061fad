/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/process.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"

enum { STAT_MAX = 4096 };

/* The text of a small file of /proc/PID. */
static char *read_proc(pid_t pid, const char *name, GError **error)
{
    char path[64];
    g_snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
    return rv_file_read(path, STAT_MAX, NULL, error);
}

/* Field `number` of /proc/PID/stat, counted as in proc(5), 3 at least. The second one, the name,
 * may hold blanks and parentheses; the rest begins behind the last parenthesis. */
static const char *stat_field(const char *stat, int number)
{
    const char *at = strrchr(stat, ')');
    for (int field = 2; at && field < number; field++) {
        at = strchr(at, ' ');
        if (at)
            at++;
    }
    return at;
}

bool rv_process_start_time(pid_t pid, uint64_t *ret_start_time, GError **error)
{
    enum { START_TIME = 22 };

    g_autofree char *stat = read_proc(pid, "stat", error);
    if (!stat)
        return false;
    const char *field = stat_field(stat, START_TIME);
    if (!field || !g_ascii_isdigit(*field)) {
        rv_error_set(error, RV_ERR_INTERNAL, "/proc/%d/stat has no start time", (int)pid);
        return false;
    }
    *ret_start_time = g_ascii_strtoull(field, NULL, 10);
    return true;
}

int rv_process_open(const RvProcessId *id, GError **error)
{
    rv_autofd int pidfd = pidfd_open(id->pid, 0);
    if (pidfd < 0 && errno != ESRCH && errno != EINVAL) {
        rv_error_set_errno(error, errno, "cannot open process %d", (int)id->pid);
        return -1;
    }

    /* First bound by the pidfd, then looked at: it cannot change hands in between. */
    uint64_t start_time;
    if (pidfd < 0 || !rv_process_start_time(id->pid, &start_time, NULL)) {
        rv_error_set(error, RV_ERR_OPERATION_INVALID, "process %d is gone", (int)id->pid);
        return -1;
    }
    if (start_time != id->start_time) {
        rv_error_set(error, RV_ERR_OPERATION_INVALID,
                     "process %d is gone, another one has its number now", (int)id->pid);
        return -1;
    }
    return rv_fd_steal(&pidfd);
}

bool rv_process_signal(int pidfd, int signum, GError **error)
{
    if (pidfd_send_signal(pidfd, signum, NULL, 0) == 0 || errno == ESRCH)
        return true;
    rv_error_set_errno(error, errno, "cannot send signal %d", signum);
    return false;
}

static bool poll_end(int pidfd, int timeout_ms)
{
    gint64 deadline = g_get_monotonic_time() + (gint64)timeout_ms * 1000;
    for (;;) {
        struct pollfd ready = {.fd = pidfd, .events = POLLIN};
        int polled = poll(&ready, 1, timeout_ms);
        if (polled >= 0 || errno != EINTR)
            return polled > 0;
        if (timeout_ms > 0)
            timeout_ms = (int)MAX((deadline - g_get_monotonic_time()) / 1000, 0);
    }
}

bool rv_process_wait(int pidfd, int timeout_ms, int *ret_status)
{
    if (!poll_end(pidfd, timeout_ms))
        return false;
    siginfo_t info = {0};
    int waited;
    do
        waited = waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG);
    while (waited < 0 && errno == EINTR);
    if (!ret_status)
        return true;
    if (waited < 0 || info.si_pid == 0)
        *ret_status = -1;
    else
        *ret_status = info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
    return true;
}

bool rv_process_usage(pid_t pid, uint64_t *ret_cpu_ns, uint64_t *ret_rss_kib)
{
    clockid_t clock;
    struct timespec cpu;
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &cpu) < 0)
        return false;

    g_autofree char *statm = read_proc(pid, "statm", NULL);
    const char *pages = statm ? strchr(statm, ' ') : NULL;
    if (!pages)
        return false;
    *ret_cpu_ns = (uint64_t)cpu.tv_sec * 1000000000 + (uint64_t)cpu.tv_nsec;
    *ret_rss_kib = g_ascii_strtoull(pages, NULL, 10) * ((uint64_t)sysconf(_SC_PAGESIZE) / 1024);
    return true;
}
