/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/qmp.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "drivers/kvm/qmp-line.h"

/*
 * A call stays in the table until its reply has come, also when nobody waits for it any more: only
 * so can a reply nobody asked for be told from a late one. The table holds one reference to a
 * call, its waiter another.
 */
enum {
    READ_AT_ONCE = 64 * 1024,
    READ_A_ROUND = 256 * 1024, /* then others have their turn */
    READ_A_DRAIN = 1024 * 1024,
    KEEP_BUFFER = 256 * 1024,
    TRACED = 512,
};

struct QmpCall {
    int refs; /* of the lock */
    Qmp *qmp; /* a reference, the waiter's */
    uint64_t id;
    char *command;
    bool answered, late;
    char *reply;
    size_t reply_len;
};

struct Qmp {
    int refs;
    RvLoop *loop;
    int fd;
    const QmpHandler *handler;
    void *user;

    /* The loop's. */
    RvWatch *watch;
    GByteArray *in;
    size_t searched; /* of `in`, without a newline */
    bool greeted, told;
    unsigned events;
    int64_t window_us;

    GMutex lock; /* of the following */
    GCond answered;
    GString *out;
    bool closed;
    GError *broken;
    GHashTable *calls; /* id to QmpCall */
    uint64_t last_id;
    unsigned late;
};

static void call_unref(QmpCall *call)
{
    if (--call->refs > 0)
        return;
    g_free(call->command);
    g_free(call->reply);
    g_free(call);
}

Qmp *qmp_ref(Qmp *qmp)
{
    g_atomic_int_inc(&qmp->refs);
    return qmp;
}

void qmp_unref(Qmp *qmp)
{
    if (!qmp || !g_atomic_int_dec_and_test(&qmp->refs))
        return;
    g_hash_table_unref(qmp->calls);
    g_byte_array_unref(qmp->in);
    g_string_free(qmp->out, TRUE);
    g_clear_error(&qmp->broken);
    g_cond_clear(&qmp->answered);
    g_mutex_clear(&qmp->lock);
    rv_fd_close(&qmp->fd);
    g_free(qmp);
}

/* ---- On the loop -------------------------------------------------------------------------- */

G_GNUC_PRINTF(2, 3) static void break_off(Qmp *qmp, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *why = g_strdup_vprintf(format, args);
    va_end(args);

    g_mutex_lock(&qmp->lock);
    bool first = !qmp->broken;
    if (first)
        rv_error_set(&qmp->broken, RV_ERR_OPERATION_FAILED, "%s", why);
    g_cond_broadcast(&qmp->answered);
    g_mutex_unlock(&qmp->lock);

    g_clear_pointer(&qmp->watch, rv_watch_free);
    shutdown(qmp->fd, SHUT_RDWR);
    if (first && !qmp->told) {
        qmp->told = true;
        qmp->handler->closed(qmp->broken, qmp->user);
    }
}

static void take_reply(Qmp *qmp, const QmpLine *line, const char *text, size_t len)
{
    bool known = false;
    g_mutex_lock(&qmp->lock);
    QmpCall *call = line->has_id ? g_hash_table_lookup(qmp->calls, &line->id) : NULL;
    if (call) {
        known = true;
        if (call->late)
            qmp->late--;
        if (call->refs > 1) {
            call->reply = g_strndup(text, len);
            call->reply_len = len;
            call->answered = true;
        }
        g_hash_table_remove(qmp->calls, &line->id);
        g_cond_broadcast(&qmp->answered);
    }
    g_mutex_unlock(&qmp->lock);
    if (!known)
        break_off(qmp, "the emulator answered what it was not asked");
}

static bool is_flood(Qmp *qmp)
{
    int64_t now = g_get_monotonic_time();
    if (now - qmp->window_us > QMP_EVENT_WINDOW_S * G_USEC_PER_SEC) {
        qmp->window_us = now;
        qmp->events = 0;
    }
    return ++qmp->events > QMP_MAX_EVENTS;
}

static void take_event(Qmp *qmp, const char *text, size_t len)
{
    if (len > QMP_MAX_EVENT) {
        break_off(qmp, "the emulator sent an event of %zu bytes", len);
        return;
    }
    if (is_flood(qmp)) {
        break_off(qmp, "the emulator sent more than %d events within %d s", QMP_MAX_EVENTS,
                  QMP_EVENT_WINDOW_S);
        return;
    }
    json_t *event = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
    const char *name = json_string_value(json_object_get(event, "event"));
    json_t *data = json_object_get(event, "data");
    if (!name || (data && !json_is_object(data)))
        break_off(qmp, "the emulator sent an event that cannot be understood");
    else
        qmp->handler->event(name, data, qmp->user);
    json_decref(event);
}

static void take_line(Qmp *qmp, const char *text, size_t len)
{
    rv_trace(RV_TRACE_QMP, "qmp %d < %.*s", qmp->fd, (int)MIN(len, (size_t)TRACED), text);
    QmpLine line = qmp_line_scan(text, len);
    bool greeting = line.kind == QMP_LINE_GREETING;
    if (line.kind == QMP_LINE_BAD || greeting == qmp->greeted) {
        break_off(qmp, "the emulator's monitor does not speak QMP");
        return;
    }
    if (greeting)
        qmp->greeted = true;
    else if (line.kind == QMP_LINE_REPLY)
        take_reply(qmp, &line, text, len);
    else
        take_event(qmp, text, len);
}

static void take_lines(Qmp *qmp)
{
    size_t start = 0;
    const char *newline;
    /* A handler may close us: then the watch is gone. */
    while (qmp->watch && (newline = memchr(qmp->in->data + qmp->searched, '\n',
                                           qmp->in->len - qmp->searched)) != NULL) {
        const char *text = (const char *)qmp->in->data + start;
        size_t len = (size_t)(newline - text);
        start += len + 1;
        qmp->searched = start;
        if (len > QMP_MAX_LINE)
            break_off(qmp, "the emulator sent a line of %zu bytes", len);
        else if (len > 0 && !(len == 1 && text[0] == '\r'))
            take_line(qmp, text, len);
    }
    g_byte_array_remove_range(qmp->in, 0, (guint)start);
    qmp->searched = qmp->in->len;
    if (qmp->watch && qmp->in->len > QMP_MAX_LINE)
        break_off(qmp, "the emulator sent a line of more than %d bytes", QMP_MAX_LINE);
}

static void shrink(Qmp *qmp, size_t was)
{
    if (was <= KEEP_BUFFER || qmp->in->len > 0)
        return;
    g_byte_array_unref(qmp->in);
    qmp->in = g_byte_array_new();
}

/* False: nothing more for now, or broken. */
static bool read_some(Qmp *qmp)
{
    guint had = qmp->in->len;
    g_byte_array_set_size(qmp->in, had + READ_AT_ONCE);
    ssize_t n = recv(qmp->fd, qmp->in->data + had, READ_AT_ONCE, MSG_DONTWAIT);
    int errnum = errno;
    g_byte_array_set_size(qmp->in, had + (guint)MAX(n, 0));
    if (n > 0) {
        take_lines(qmp);
        shrink(qmp, had + (size_t)n);
        return qmp->watch && n == READ_AT_ONCE;
    }
    if (n == 0)
        break_off(qmp, "the emulator closed its monitor");
    else if (errnum != EAGAIN && errnum != EINTR)
        break_off(qmp, "the emulator's monitor failed: %s", g_strerror(errnum));
    return false;
}

static void read_at_most(Qmp *qmp, size_t max)
{
    for (size_t n = 0; n < max && qmp->watch; n += READ_AT_ONCE) {
        if (!read_some(qmp))
            return;
    }
}

/* With the lock held. */
static void flush(Qmp *qmp)
{
    while (qmp->out->len > 0) {
        ssize_t n = send(qmp->fd, qmp->out->str, qmp->out->len, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return; /* full: the loop goes on; broken: the loop will see it */
        g_string_erase(qmp->out, 0, n);
    }
}

static void watched(RvWatch *watch, uint32_t events, void *data)
{
    g_autoptr(Qmp) qmp = qmp_ref(data);
    if (events & EPOLLOUT) {
        g_mutex_lock(&qmp->lock);
        flush(qmp);
        bool more = qmp->out->len > 0;
        g_mutex_unlock(&qmp->lock);
        if (!more)
            rv_watch_set_events(qmp->watch, EPOLLIN);
    }
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        read_at_most(qmp, READ_A_ROUND);
}

static void watch_output(void *data)
{
    g_autoptr(Qmp) qmp = data;
    if (qmp->watch)
        rv_watch_set_events(qmp->watch, EPOLLIN | EPOLLOUT);
}

static void watch_input(void *data)
{
    g_autoptr(Qmp) qmp = data;
    g_mutex_lock(&qmp->lock);
    bool closed = qmp->closed;
    bool unsent = qmp->out->len > 0;
    g_mutex_unlock(&qmp->lock);
    if (!closed)
        qmp->watch = rv_watch_new(qmp->loop, qmp->fd, EPOLLIN | (unsent ? EPOLLOUT : 0), watched,
                                  qmp);
}

static void unwatch(void *data)
{
    g_autoptr(Qmp) qmp = data;
    qmp->told = true;
    g_clear_pointer(&qmp->watch, rv_watch_free);
    shutdown(qmp->fd, SHUT_RDWR);
}

void qmp_drain(Qmp *qmp)
{
    g_autoptr(Qmp) keep = qmp_ref(qmp);
    read_at_most(keep, READ_A_DRAIN);
}

/* ---- For any thread ----------------------------------------------------------------------- */

Qmp *qmp_new(RvLoop *loop, int fd, const QmpHandler *handler, void *user)
{
    Qmp *qmp = g_new0(Qmp, 1);
    qmp->refs = 1;
    qmp->loop = loop;
    qmp->fd = fd;
    qmp->handler = handler;
    qmp->user = user;
    qmp->in = g_byte_array_new();
    qmp->out = g_string_new(NULL);
    qmp->calls = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL,
                                       (GDestroyNotify)call_unref);
    g_mutex_init(&qmp->lock);
    g_cond_init(&qmp->answered);
    qmp_post(qmp, "qmp_capabilities", NULL);
    rv_loop_post(loop, watch_input, qmp_ref(qmp));
    return qmp;
}

void qmp_close(Qmp *qmp)
{
    g_mutex_lock(&qmp->lock);
    bool was_closed = qmp->closed;
    qmp->closed = true;
    if (!qmp->broken)
        rv_error_set(&qmp->broken, RV_ERR_OPERATION_INVALID, "the emulator's monitor is closed");
    g_cond_broadcast(&qmp->answered);
    g_mutex_unlock(&qmp->lock);
    if (was_closed)
        return;
    if (rv_loop_is_current(qmp->loop))
        unwatch(qmp_ref(qmp));
    else
        rv_loop_post(qmp->loop, unwatch, qmp_ref(qmp));
}

bool qmp_is_late(Qmp *qmp)
{
    g_mutex_lock(&qmp->lock);
    bool late = qmp->late > 0;
    g_mutex_unlock(&qmp->lock);
    return late;
}

bool qmp_is_broken(Qmp *qmp)
{
    g_mutex_lock(&qmp->lock);
    bool broken = qmp->broken != NULL;
    g_mutex_unlock(&qmp->lock);
    return broken;
}

static char *format_command(uint64_t id, const char *command, json_t *arguments)
{
    g_autofree char *text_id = g_strdup_printf("%" G_GUINT64_FORMAT, id);
    json_t *json = json_pack("{s:s}", "execute", command);
    if (arguments)
        json_object_set_new(json, "arguments", arguments);
    json_object_set_new(json, "id", json_string(text_id));
    char *text = json_dumps(json, JSON_COMPACT | JSON_PRESERVE_ORDER);
    json_decref(json);
    return text;
}

static void trace_command(const Qmp *qmp, const char *command, const char *text)
{
    if (strcmp(command, "set_password") == 0)
        text = "{\"execute\":\"set_password\", ...}";
    rv_trace(RV_TRACE_QMP, "qmp %d > %.*s", qmp->fd, TRACED, text);
}

QmpCall *qmp_send(Qmp *qmp, const char *command, json_t *arguments)
{
    QmpCall *call = g_new0(QmpCall, 1);
    call->refs = 1;
    call->qmp = qmp_ref(qmp);
    call->command = g_strdup(command);

    g_mutex_lock(&qmp->lock);
    call->id = ++qmp->last_id;
    char *text = format_command(call->id, command, arguments);
    bool sends = !qmp->broken && qmp->out->len < QMP_MAX_UNSENT;
    bool waits = false;
    if (sends) {
        trace_command(qmp, command, text);
        call->refs++;
        g_hash_table_insert(qmp->calls, &call->id, call);
        waits = qmp->out->len > 0;
        g_string_append(qmp->out, text);
        flush(qmp);
        waits = !waits && qmp->out->len > 0;
    }
    g_mutex_unlock(&qmp->lock);
    free(text);
    if (waits)
        rv_loop_post(qmp->loop, watch_output, qmp_ref(qmp));
    return call;
}

static void wake(GCancellable *cancel, void *data)
{
    Qmp *qmp = data;
    g_mutex_lock(&qmp->lock);
    g_cond_broadcast(&qmp->answered);
    g_mutex_unlock(&qmp->lock);
}

/* With the lock held: why a call has no answer. */
static void set_unanswered(const QmpCall *call, int deadline_ms, GCancellable *cancel,
                           GError **error)
{
    const Qmp *qmp = call->qmp;
    if (qmp->broken) {
        g_propagate_error(error, g_error_copy(qmp->broken));
        g_prefix_error(error, "%s: ", call->command);
    } else if (cancel && g_cancellable_is_cancelled(cancel)) {
        rv_error_set(error, RV_ERR_OPERATION_ABORTED, "'%s' was cancelled", call->command);
    } else {
        rv_error_set(error, RV_ERR_OPERATION_TIMEOUT,
                     "the emulator did not answer '%s' within %d.%03d s", call->command,
                     deadline_ms / 1000, deadline_ms % 1000);
        rv_error_remedy(error, "the emulator hangs: see what its storage does, or destroy it");
    }
}

/* Waits and lets the call go; its reply, or NULL. */
static char *await_reply(QmpCall *call, int deadline_ms, GCancellable *cancel, size_t *ret_len,
                         GError **error)
{
    Qmp *qmp = call->qmp;
    int64_t until = g_get_monotonic_time() + deadline_ms * G_TIME_SPAN_MILLISECOND;
    gulong handler = cancel ? g_cancellable_connect(cancel, G_CALLBACK(wake), qmp, NULL) : 0;

    g_mutex_lock(&qmp->lock);
    while (!call->answered && !qmp->broken && call->refs > 1 &&
           !(cancel && g_cancellable_is_cancelled(cancel)) &&
           g_cond_wait_until(&qmp->answered, &qmp->lock, until))
        ;
    char *reply = g_steal_pointer(&call->reply);
    *ret_len = call->reply_len;
    if (!reply) {
        set_unanswered(call, deadline_ms, cancel, error);
        call->late = call->refs > 1 && !qmp->broken;
        qmp->late += call->late;
    }
    call_unref(call);
    g_mutex_unlock(&qmp->lock);

    if (handler)
        g_cancellable_disconnect(cancel, handler);
    return reply;
}

static json_t *parse_reply(const char *command, const char *reply, size_t len, GError **error)
{
    json_t *json = json_loadb(reply, len, JSON_REJECT_DUPLICATES, NULL);
    json_t *result = json_object_get(json, "return");
    json_t *failure = json_object_get(json, "error");
    const char *what = json_string_value(json_object_get(failure, "desc"));
    if (result)
        json_incref(result);
    else if (what)
        rv_error_set(error, RV_ERR_OPERATION_FAILED, "QEMU refused '%s': %.1000s", command, what);
    else
        rv_error_set(error, RV_ERR_INTERNAL, "QEMU's answer to '%s' cannot be understood",
                     command);
    json_decref(json);
    return result;
}

json_t *qmp_wait(QmpCall *call, int deadline_ms, GCancellable *cancel, GError **error)
{
    g_autoptr(Qmp) qmp = call->qmp;
    g_autofree char *command = g_strdup(call->command);
    size_t len;
    g_autofree char *reply = await_reply(call, deadline_ms, cancel, &len, error);
    return reply ? parse_reply(command, reply, len, error) : NULL;
}

json_t *qmp_execute(Qmp *qmp, const char *command, json_t *arguments, int deadline_ms,
                    GCancellable *cancel, GError **error)
{
    return qmp_wait(qmp_send(qmp, command, arguments), deadline_ms, cancel, error);
}

bool qmp_command(Qmp *qmp, const char *command, json_t *arguments, int deadline_ms,
                 GCancellable *cancel, GError **error)
{
    json_t *result = qmp_execute(qmp, command, arguments, deadline_ms, cancel, error);
    json_decref(result);
    return result != NULL;
}

void qmp_post(Qmp *qmp, const char *command, json_t *arguments)
{
    QmpCall *call = qmp_send(qmp, command, arguments);
    g_mutex_lock(&qmp->lock);
    call_unref(call);
    g_mutex_unlock(&qmp->lock);
    qmp_unref(qmp);
}
