/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/cgroup-dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"

/* A cgroup may hold as many processes as the host has pids: 2^22 of them in 8 bytes each. */
enum { PROCS_MAX = 32 << 20, STAT_MAX = 64 << 10 };

/* What is killed in one go, and so the descriptors that this takes. */
enum { KILL_BATCH = 256 };

int rv_cgroup_dir_write(const char *dir, const char *file, const char *text)
{
    g_autofree char *path = g_build_filename(dir, file, NULL);
    rv_autofd int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return errno;
    return write(fd, text, strlen(text)) < 0 ? errno : 0;
}

bool rv_cgroup_dir_read_number(const char *dir, const char *file, const char *key, uint64_t *ret)
{
    g_autofree char *path = g_build_filename(dir, file, NULL);
    g_autofree char *text = rv_file_read(path, STAT_MAX, NULL, NULL);
    g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", -1);
    size_t len = strlen(key);
    for (char **line = lines; *line; line++)
        if (strncmp(*line, key, len) == 0 && (*line)[len] == ' ')
            return g_ascii_string_to_unsigned(*line + len + 1, 10, 0, UINT64_MAX, ret, NULL);
    return false;
}

typedef void (*DirFunc)(const char *dir, void *data);

static void for_each_child(const char *dir, DirFunc func, void *data)
{
    DIR *stream = opendir(dir);
    struct dirent *entry;
    while (stream && (entry = readdir(stream))) {
        if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
            continue;
        g_autofree char *child = g_build_filename(dir, entry->d_name, NULL);
        func(child, data);
    }
    if (stream)
        closedir(stream);
}

/* DirFunc: appends the pids in `dir` and below it to a GArray of pid_t. */
static void collect_pids(const char *dir, void *data)
{
    GArray *pids = data;
    g_autofree char *path = g_build_filename(dir, "cgroup.procs", NULL);
    g_autofree char *text = rv_file_read(path, PROCS_MAX, NULL, NULL);
    const char *at = text ? text : "";
    while (*at) {
        char *end;
        pid_t pid = (pid_t)g_ascii_strtoull(at, &end, 10);
        if (pid > 0)
            g_array_append_val(pids, pid);
        at = *end ? end + 1 : end;
    }
    for_each_child(dir, collect_pids, pids);
}

static GArray *list_pids(const char *dir)
{
    GArray *pids = g_array_new(FALSE, FALSE, sizeof(pid_t));
    collect_pids(dir, pids);
    return pids;
}

static bool has_pid(const GArray *pids, pid_t pid)
{
    for (guint i = 0; i < pids->len; i++)
        if (g_array_index(pids, pid_t, i) == pid)
            return true;
    return false;
}

bool rv_cgroup_dir_is_empty(const char *dir)
{
    uint64_t populated;
    if (rv_cgroup_dir_read_number(dir, "cgroup.events", "populated", &populated))
        return populated == 0;
    g_autoptr(GArray) pids = list_pids(dir);
    return pids->len == 0;
}

static int ms_left(gint64 deadline)
{
    gint64 left = (deadline - g_get_monotonic_time() + 999) / 1000;
    return (int)CLAMP(left, 0, G_MAXINT);
}

/*
 * v2 tells when a cgroup becomes empty: its cgroup.events is then ready for POLLPRI. False where
 * there is no such file. The file must have been read, as a change since then is what is told.
 */
static bool await_empty_event(const char *dir, gint64 deadline)
{
    g_autofree char *path = g_build_filename(dir, "cgroup.events", NULL);
    rv_autofd int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    for (;;) {
        char text[256];
        ssize_t got = pread(fd, text, sizeof(text) - 1, 0);
        if (got < 0)
            return errno == ENODEV; /* removed meanwhile */
        text[got] = '\0';
        if (strstr(text, "populated 0") || ms_left(deadline) == 0)
            return true;
        struct pollfd ready = {.fd = fd, .events = POLLPRI};
        if (poll(&ready, 1, ms_left(deadline)) < 0 && errno != EINTR)
            return false;
    }
}

/*
 * Without cgroup.kill, one by one. Between reading a pid and opening it, the process may have gone
 * and its pid be a stranger's; a second look at the list tells, as the pidfd is by then bound to
 * whoever has the pid, and a stranger is not on the list.
 */
static void kill_and_await(const char *dir, const GArray *pids, gint64 deadline)
{
    struct pollfd ends[KILL_BATCH];
    guint n = MIN(pids->len, KILL_BATCH);
    for (guint i = 0; i < n; i++)
        ends[i] = (struct pollfd){pidfd_open(g_array_index(pids, pid_t, i), 0), POLLIN, 0};

    g_autoptr(GArray) still = list_pids(dir);
    for (guint i = 0; i < n; i++) {
        if (has_pid(still, g_array_index(pids, pid_t, i)))
            (void)pidfd_send_signal(ends[i].fd, SIGKILL, NULL, 0);
        else
            rv_fd_close(&ends[i].fd);
    }
    bool awaited = false;
    for (guint i = 0; i < n; i++) {
        awaited |= ends[i].fd >= 0;
        while (ends[i].fd >= 0 && poll(&ends[i], 1, ms_left(deadline)) < 0 && errno == EINTR)
            ;
        rv_fd_close(&ends[i].fd);
    }
    if (!awaited)
        g_usleep(1000); /* no descriptors left, or all ended by themselves: do not spin */
}

static bool timed_out(const char *dir, GError **error)
{
    g_autoptr(GArray) pids = list_pids(dir);
    if (pids->len == 0)
        rv_error_set(error, RV_ERR_OPERATION_TIMEOUT, "the cgroup '%s' is still in use", dir);
    else
        rv_error_set(error, RV_ERR_OPERATION_TIMEOUT,
                     "%u processes of the cgroup '%s' have not ended, process %d among them",
                     pids->len, dir, (int)g_array_index(pids, pid_t, 0));
    return false;
}

bool rv_cgroup_dir_kill(const char *dir, gint64 deadline, GError **error)
{
    if (rv_cgroup_dir_write(dir, "cgroup.kill", "1") == 0 && await_empty_event(dir, deadline) &&
        rv_cgroup_dir_is_empty(dir))
        return true;
    for (;;) {
        g_autoptr(GArray) pids = list_pids(dir);
        if (pids->len == 0)
            return true;
        if (ms_left(deadline) == 0)
            return timed_out(dir, error);
        kill_and_await(dir, pids, deadline);
    }
}

/* DirFunc. */
static void remove_below(const char *dir, void *data)
{
    if (rmdir(dir) == 0)
        return;
    for_each_child(dir, remove_below, data);
    rmdir(dir);
}

bool rv_cgroup_dir_remove(const char *dir, gint64 deadline, GError **error)
{
    enum { FIRST_PAUSE_US = 200, LAST_PAUSE_US = 10000 };

    for (int pause = FIRST_PAUSE_US;; pause = MIN(pause * 2, LAST_PAUSE_US)) {
        if (rmdir(dir) == 0 || errno == ENOENT)
            return true;
        if (errno != EBUSY) {
            rv_error_set_errno(error, errno, "cannot remove the cgroup '%s'", dir);
            return false;
        }
        for_each_child(dir, remove_below, NULL);
        if (rmdir(dir) == 0 || errno == ENOENT)
            return true;
        if (ms_left(deadline) == 0)
            return timed_out(dir, error);
        /* A process is off the list a moment before its cgroup may go; nothing tells of that. */
        g_usleep((gulong)pause);
    }
}
