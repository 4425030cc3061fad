/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/xen/watcher.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/process.h"
#include "drivers/xen/toolstack.h"

/* One that ends at once is started again after a while only. */
enum { RESTART_MS = 1000, READ_BYTES = 16384, MAX_LINE = 16 << 20 };

struct XenWatcher {
    XenWatcherFuncs funcs;
    void *data;
    GThread *thread;
    int stop[2]; /* a pipe: closed at one end to stop the thread */

    GMutex lock; /* of what follows */
    GCond changed;
    int fd, pidfd; /* -1: it does not run */
    bool told;     /* the domains, once */
    char *failure; /* why it does not work; NULL: it does, as far as known */
    int64_t last_id;
    GHashTable *waiting; /* id -> Question */
};

typedef struct {
    json_t *answer; /* NULL: not yet */
    bool failed;    /* the process ended */
} Question;

/* ---- What it says --------------------------------------------------------------------------- */

static void take_domains(XenWatcher *watcher, const json_t *line)
{
    watcher->funcs.domains(watcher->data, json_object_get(line, "domains"));
    g_mutex_lock(&watcher->lock);
    watcher->told = true;
    g_clear_pointer(&watcher->failure, g_free);
    g_cond_broadcast(&watcher->changed);
    g_mutex_unlock(&watcher->lock);
}

static void take_failure(XenWatcher *watcher, const char *message)
{
    g_mutex_lock(&watcher->lock);
    g_free(watcher->failure);
    watcher->failure = g_strdup(message);
    g_cond_broadcast(&watcher->changed);
    g_mutex_unlock(&watcher->lock);
}

static void take_answer(XenWatcher *watcher, json_t *line)
{
    int64_t id = json_integer_value(json_object_get(line, "id"));
    g_mutex_lock(&watcher->lock);
    Question *question = g_hash_table_lookup(watcher->waiting, &id);
    if (question && !question->answer) {
        question->answer = json_incref(line);
        g_cond_broadcast(&watcher->changed);
    }
    g_mutex_unlock(&watcher->lock);
}

static void take_line(XenWatcher *watcher, const char *text, size_t len)
{
    json_t *line = json_loadb(text, len, 0, NULL);
    const char *event = json_string_value(json_object_get(line, "event"));
    const char *uuid = json_string_value(json_object_get(line, "uuid"));
    const char *reason = json_string_value(json_object_get(line, "reason"));
    const char *message = json_string_value(json_object_get(line, "message"));
    int domid = (int)json_integer_value(json_object_get(line, "domid"));
    rv_trace(RV_TRACE_DRIVER, "xen: watch: %.*s", (int)len, text);
    if (!event)
        take_answer(watcher, line);
    else if (strcmp(event, "domains") == 0)
        take_domains(watcher, line);
    else if (strcmp(event, "shutdown") == 0 && uuid)
        watcher->funcs.stopped(watcher->data, domid, uuid, reason ? reason : "");
    else if (strcmp(event, "death") == 0 && uuid)
        watcher->funcs.gone(watcher->data, domid, uuid);
    else if (strcmp(event, "failed") == 0)
        take_failure(watcher, message ? message : "libxl failed");
    json_decref(line);
}

/* Until it ends (true) or we do. */
static bool listen_to(XenWatcher *watcher, int fd)
{
    g_autoptr(GString) input = g_string_new(NULL);
    for (;;) {
        char chunk[READ_BYTES];
        struct pollfd fds[] = {{.fd = fd, .events = POLLIN}, {.fd = watcher->stop[0]}};
        if (poll(fds, G_N_ELEMENTS(fds), -1) < 0)
            continue;
        if (fds[1].revents)
            return false;
        ssize_t got = read(fd, chunk, sizeof(chunk));
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (got <= 0 || input->len > MAX_LINE)
            return true;
        g_string_append_len(input, chunk, got);
        char *end;
        while ((end = memchr(input->str, '\n', input->len))) {
            take_line(watcher, input->str, (size_t)(end - input->str));
            g_string_erase(input, 0, end - input->str + 1);
        }
    }
}

/* ---- Its process ---------------------------------------------------------------------------- */

static bool start(XenWatcher *watcher, GError **error)
{
    int ends[2], pidfd;
    RvProcessId id;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) {
        rv_error_set_errno(error, errno, "cannot make a socket");
        return false;
    }
    rv_autofd int own = ends[0];
    g_autoptr(RvSpawn) spawn = rv_spawn_new(xen_toolstack_program());
    rv_spawn_arg(spawn, "watch");
    rv_spawn_env(spawn, "LC_ALL", "C");
    rv_spawn_pass_fd(spawn, ends[1]);
    rv_spawn_errors(spawn, fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0));
    if (!rv_spawn_start(spawn, &id, &pidfd, error))
        return false;
    g_mutex_lock(&watcher->lock);
    watcher->fd = rv_fd_steal(&own);
    watcher->pidfd = pidfd;
    g_mutex_unlock(&watcher->lock);
    return true;
}

static void fail_question(void *key, void *value, void *data)
{
    ((Question *)value)->failed = true;
}

static void finish(XenWatcher *watcher)
{
    enum { KILL_MS = 5000 };
    GError *ignored = NULL;
    if (!rv_process_signal(watcher->pidfd, SIGKILL, &ignored))
        g_clear_error(&ignored);
    rv_process_wait(watcher->pidfd, KILL_MS, NULL);
    g_mutex_lock(&watcher->lock);
    rv_fd_close(&watcher->fd);
    rv_fd_close(&watcher->pidfd);
    g_hash_table_foreach(watcher->waiting, fail_question, NULL);
    g_cond_broadcast(&watcher->changed);
    g_mutex_unlock(&watcher->lock);
}

static void *run(void *data)
{
    XenWatcher *watcher = data;
    bool again = true;
    while (again) {
        g_autoptr(GError) error = NULL;
        int64_t begun = g_get_monotonic_time();
        if (start(watcher, &error)) {
            again = listen_to(watcher, watcher->fd);
            finish(watcher);
        } else {
            take_failure(watcher, error->message);
        }
        struct pollfd stop = {.fd = watcher->stop[0]};
        bool at_once = g_get_monotonic_time() - begun < RESTART_MS * 1000;
        if (again && at_once)
            again = poll(&stop, 1, RESTART_MS) <= 0;
        if (again)
            rv_log_debug("xen: the process that watches domains is started again");
    }
    return NULL;
}

XenWatcher *xen_watcher_new(const XenWatcherFuncs *funcs, void *data)
{
    XenWatcher *watcher = g_new0(XenWatcher, 1);
    watcher->funcs = *funcs;
    watcher->data = data;
    watcher->fd = watcher->pidfd = -1;
    g_mutex_init(&watcher->lock);
    g_cond_init(&watcher->changed);
    watcher->waiting = g_hash_table_new(g_int64_hash, g_int64_equal);
    int made = pipe2(watcher->stop, O_CLOEXEC);
    g_assert(made == 0); /* as for memory, there is nothing to go on with */
    watcher->thread = g_thread_new("xen-watcher", run, watcher);
    return watcher;
}

void xen_watcher_stop(XenWatcher *watcher)
{
    if (!watcher || !watcher->thread)
        return;
    rv_fd_close(&watcher->stop[1]);
    g_thread_join(g_steal_pointer(&watcher->thread));
    rv_fd_close(&watcher->stop[0]);
}

void xen_watcher_free(XenWatcher *watcher)
{
    if (!watcher)
        return;
    xen_watcher_stop(watcher);
    g_hash_table_unref(watcher->waiting);
    g_free(watcher->failure);
    g_cond_clear(&watcher->changed);
    g_mutex_clear(&watcher->lock);
    g_free(watcher);
}

/* ---- Asking --------------------------------------------------------------------------------- */

bool xen_watcher_await(XenWatcher *watcher, int timeout_ms, GError **error)
{
    int64_t deadline = g_get_monotonic_time() + (int64_t)timeout_ms * 1000;
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&watcher->lock);
    while (!watcher->told && !watcher->failure)
        if (!g_cond_wait_until(&watcher->changed, &watcher->lock, deadline))
            break;
    if (watcher->told)
        return true;
    rv_error_set(error, RV_ERR_INTERNAL, "%s",
                 watcher->failure ? watcher->failure : "libxl does not answer");
    return false;
}

static bool send_question(XenWatcher *watcher, const char *operation, json_t *arguments, int64_t id)
{
    json_t *line = json_pack("{s:I,s:s,s:O}", "id", (json_int_t)id, "operation", operation,
                             "arguments", arguments);
    char *text = json_dumps(line, JSON_COMPACT);
    json_decref(line);
    g_autofree char *whole = g_strconcat(text, "\n", NULL);
    free(text);
    size_t len = strlen(whole);
    /* A question is small: where there is no room for it, the process has hung for long. */
    return watcher->fd >= 0 &&
           send(watcher->fd, whole, len, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)len;
}

json_t *xen_watcher_ask(XenWatcher *watcher, const char *operation, json_t *arguments,
                        int timeout_ms, GError **error)
{
    int64_t deadline = g_get_monotonic_time() + (int64_t)timeout_ms * 1000;
    Question question = {0};
    if (!arguments)
        arguments = json_object();
    g_mutex_lock(&watcher->lock);
    int64_t id = ++watcher->last_id;
    g_hash_table_insert(watcher->waiting, &id, &question);
    bool sent = send_question(watcher, operation, arguments, id);
    while (sent && !question.answer && !question.failed)
        if (!g_cond_wait_until(&watcher->changed, &watcher->lock, deadline))
            break;
    g_hash_table_remove(watcher->waiting, &id);
    bool hangs = watcher->pidfd >= 0 && !question.answer && !question.failed;
    if (hangs && !rv_process_signal(watcher->pidfd, SIGKILL, NULL))
        rv_log_debug("xen: the process that watches domains had ended");
    g_mutex_unlock(&watcher->lock);
    json_decref(arguments);
    if (question.answer)
        return xen_toolstack_result(question.answer, error);
    rv_error_set(error, RV_ERR_OPERATION_TIMEOUT, "libxl did not answer '%s' within %d ms",
                 operation, timeout_ms);
    return NULL;
}

void xen_watcher_look(XenWatcher *watcher, unsigned after_ms)
{
    json_t *arguments = json_pack("{s:i}", "after-ms", (int)after_ms);
    g_mutex_lock(&watcher->lock);
    if (!send_question(watcher, "look", arguments, 0))
        rv_log_debug("xen: the process that watches domains does not run");
    g_mutex_unlock(&watcher->lock);
    json_decref(arguments);
}
