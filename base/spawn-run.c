/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"

/* How much of what a helper says on standard error goes into an error's text. */
enum { ERROR_TEXT_MAX = 4096 };

enum { OUTPUT, ERRORS, END, CANCEL, N_WATCHED };

typedef struct {
    const char *program;
    size_t max_output;
    GByteArray *output;
    GByteArray *errors;
    int output_fd; /* -1: at its end */
    int errors_fd;
    RvProcessId id;
    int pidfd;
} Run;

static void run_clear(Run *run)
{
    g_clear_pointer(&run->output, g_byte_array_unref);
    g_clear_pointer(&run->errors, g_byte_array_unref);
    rv_fd_close(&run->output_fd);
    rv_fd_close(&run->errors_fd);
    rv_fd_close(&run->pidfd);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Run, run_clear)

/* A pipe whose reading end does not block. */
static bool make_pipe(int *ret_read, int *ret_write, GError **error)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) {
        rv_error_set_errno(error, errno, "cannot make a pipe");
        return false;
    }
    *ret_read = ends[0];
    *ret_write = ends[1];
    return rv_fd_set_nonblocking(ends[0], error);
}

static bool run_begin(Run *run, RvSpawn *spawn, GError **error)
{
    int output = -1, errors = -1;
    bool piped =
        make_pipe(&run->output_fd, &output, error) && make_pipe(&run->errors_fd, &errors, error);
    rv_spawn_output(spawn, output);
    rv_spawn_errors(spawn, errors);
    return piped && rv_spawn_start(spawn, &run->id, &run->pidfd, error);
}

/* Reads what is there, keeping at most `max` bytes. False: there was more than that. */
static bool drain(int *fd, GByteArray *into, size_t max)
{
    bool fits = true;
    while (*fd >= 0) {
        guint8 chunk[16384];
        ssize_t got = read(*fd, chunk, sizeof(chunk));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && errno == EAGAIN)
            break;
        if (got <= 0) {
            rv_fd_close(fd);
            break;
        }
        size_t room = max - into->len;
        g_byte_array_append(into, chunk, (guint)MIN((size_t)got, room));
        if ((size_t)got > room) {
            fits = false;
            break; /* whoever writes without end would keep us here */
        }
    }
    return fits;
}

static bool drain_both(Run *run, GError **error)
{
    bool fits = drain(&run->output_fd, run->output, run->max_output);
    drain(&run->errors_fd, run->errors, ERROR_TEXT_MAX);
    if (!fits)
        rv_error_set(error, RV_ERR_OPERATION_FAILED, "'%s' wrote more than %zu bytes", run->program,
                     run->max_output);
    return fits;
}

/* Reads along until the program has ended. */
static bool await_end(Run *run, int timeout_ms, int cancel_fd, GError **error)
{
    gint64 deadline = g_get_monotonic_time() + (gint64)timeout_ms * 1000;
    for (;;) {
        struct pollfd watched[N_WATCHED] = {
            [OUTPUT] = {.fd = run->output_fd, .events = POLLIN},
            [ERRORS] = {.fd = run->errors_fd, .events = POLLIN},
            [END] = {.fd = run->pidfd, .events = POLLIN},
            [CANCEL] = {.fd = cancel_fd, .events = POLLIN},
        };
        gint64 left = deadline - g_get_monotonic_time();
        if (left <= 0) {
            rv_error_set(error, RV_ERR_OPERATION_TIMEOUT, "'%s' has not ended after %d ms",
                         run->program, timeout_ms);
            return false;
        }
        if (poll(watched, N_WATCHED, (int)((left + 999) / 1000)) < 0)
            continue; /* a signal */
        if (watched[CANCEL].revents) {
            rv_error_set(error, RV_ERR_OPERATION_ABORTED, "'%s' was cancelled", run->program);
            return false;
        }
        /* What it wrote before its end is in the pipes by now; later writers are not waited for. */
        if (!drain_both(run, error))
            return false;
        if (watched[END].revents)
            return true;
    }
}

/* What a program says goes to people's terminals. */
static char *readable(const GByteArray *said)
{
    char *text = said->len ? g_utf8_make_valid((const char *)said->data, said->len) : g_strdup("");
    for (char *at = text; *at; at++)
        if (g_ascii_iscntrl(*at) && *at != '\n' && *at != '\t')
            *at = ' ';
    return g_strstrip(text);
}

static bool judge(Run *run, int status, GError **error)
{
    if (status == 0)
        return true;
    g_autofree char *said = readable(run->errors);
    const char *joint = *said ? ": " : "";
    if (status > 128)
        rv_error_set(error, RV_ERR_OPERATION_FAILED, "'%s' was ended by signal %d%s%s",
                     run->program, status - 128, joint, said);
    else
        rv_error_set(error, RV_ERR_OPERATION_FAILED, "'%s' failed with exit code %d%s%s",
                     run->program, status, joint, said);
    return false;
}

char *rv_spawn_run(RvSpawn *spawn, size_t max_output, int timeout_ms, GCancellable *cancel,
                   GError **error)
{
    enum { KILL_TIMEOUT_MS = 5000 };

    g_auto(Run) run = {
        .program = rv_spawn_args(spawn)[0],
        .max_output = max_output,
        .output = g_byte_array_new(),
        .errors = g_byte_array_new(),
        .output_fd = -1,
        .errors_fd = -1,
        .pidfd = -1,
    };
    if (!run_begin(&run, spawn, error))
        return NULL;

    int cancel_fd = cancel ? g_cancellable_get_fd(cancel) : -1;
    bool ended = await_end(&run, timeout_ms, cancel_fd, error);
    if (cancel_fd >= 0)
        g_cancellable_release_fd(cancel);
    if (!ended)
        kill(-run.id.pid,
             SIGKILL); /* its whole session's group; not yet reaped, so still its pid */

    int status = -1;
    rv_process_wait(run.pidfd, KILL_TIMEOUT_MS, &status);
    if (!ended || !judge(&run, status, error))
        return NULL;
    g_byte_array_append(run.output, (const guint8 *)"", 1);
    return (char *)g_byte_array_free(g_steal_pointer(&run.output), FALSE);
}

char *rv_process_run(const char *const *argv, size_t max_output, int timeout_ms, GError **error)
{
    g_autoptr(RvSpawn) spawn = rv_spawn_new(argv[0]);
    for (int i = 1; argv[i]; i++)
        rv_spawn_arg(spawn, argv[i]);
    rv_spawn_env(spawn, "LC_ALL", "C");
    return rv_spawn_run(spawn, max_output, timeout_ms, NULL, error);
}
