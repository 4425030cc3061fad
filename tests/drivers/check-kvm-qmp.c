/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The QMP client against peers that behave, hang and lie. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "drivers/kvm/qmp-line.h"
#include "drivers/kvm/qmp.h"
#include "tests/drivers/qmp-peer.h"

/* ---- Lines -------------------------------------------------------------------------------- */

static const struct {
    const char *text;
    QmpLineKind kind;
    bool has_id;
    uint64_t id;
} line_rows[] = {
    {QMP_PEER_GREETING, QMP_LINE_GREETING, false, 0},
    {"{\"return\": {}, \"id\": \"1\"}\r", QMP_LINE_REPLY, true, 1},
    {"{\"id\": \"123456789012345678\", \"return\": [1, {\"id\": 2}]}", QMP_LINE_REPLY, true,
     123456789012345678u},
    {"{\"error\": {\"class\": \"GenericError\", \"desc\": \"a \\\"}\"}, \"id\": \"7\"}",
     QMP_LINE_REPLY, true, 7},
    {"{\"timestamp\": {\"seconds\": 1, \"microseconds\": 2}, \"event\": \"STOP\"}", QMP_LINE_EVENT,
     false, 0},
    {"{\"return\": \"\\\\\"}", QMP_LINE_REPLY, false, 0},
    {"{}", QMP_LINE_BAD, false, 0}, /* GOOD_LINES are before this one */
    {"", QMP_LINE_BAD, false, 0},
    {"[]", QMP_LINE_BAD, false, 0},
    {"{\"return\": {}", QMP_LINE_BAD, false, 0},
    {"{\"return\": {}} x", QMP_LINE_BAD, false, 0},
    {"{\"return\": }}", QMP_LINE_BAD, false, 0},
    {"{\"return\": \"", QMP_LINE_BAD, false, 0},
    {"{\"return\": \"\\", QMP_LINE_BAD, false, 0},
    {"{\"return\": 1, \"error\": 2}", QMP_LINE_BAD, false, 0},
    {"{\"return\": 1, \"id\": \"1\", \"id\": \"2\"}", QMP_LINE_BAD, false, 0},
    {"{\"return\": 1, \"id\": 1}", QMP_LINE_BAD, false, 0},
    {"{\"return\": 1, \"id\": \"-1\"}", QMP_LINE_BAD, false, 0},
    {"{\"return\": 1, \"id\": \"1234567890123456789\"}", QMP_LINE_BAD, false, 0},
    {"HTTP/1.1 400 Bad Request", QMP_LINE_BAD, false, 0},
};

enum { GOOD_LINES = 6 };

START_TEST(scans_lines)
{
    const char *text = line_rows[_i].text;
    QmpLine line = qmp_line_scan(text, strlen(text));
    ck_assert_msg(line.kind == line_rows[_i].kind, "%s: kind %d", text, line.kind);
    if (line.kind == QMP_LINE_BAD)
        return;
    ck_assert_msg(line.has_id == line_rows[_i].has_id, "%s", text);
    ck_assert_msg(line.id == line_rows[_i].id, "%s: id %" G_GUINT64_FORMAT, text, line.id);
}
END_TEST

/* Cut anywhere, a line is bad and nothing behind its end is read. */
START_TEST(scans_cut_lines)
{
    const char *text = line_rows[_i].text;
    size_t len = strlen(text);
    for (size_t cut = 0; cut + 1 < len; cut++) {
        g_autofree char *copy = malloc(cut + 1);
        memcpy(copy, text, cut);
        QmpLine line = qmp_line_scan(copy, cut);
        ck_assert_msg(line.kind == QMP_LINE_BAD, "%.*s: kind %d", (int)cut, text, line.kind);
    }
}
END_TEST

/* ---- Sessions ----------------------------------------------------------------------------- */

typedef struct {
    RvLoop *loop;
    GThread *thread;
    GMutex lock;
    GCond changed;
    GString *events;
    unsigned count;
    GError *closed;
    unsigned times_closed;
} Bench;

static void on_event(const char *name, json_t *data, void *user)
{
    Bench *bench = user;
    g_mutex_lock(&bench->lock);
    if (bench->count++ < 10)
        g_string_append_printf(bench->events, "%s ", name);
    g_cond_broadcast(&bench->changed);
    g_mutex_unlock(&bench->lock);
}

static void on_closed(const GError *reason, void *user)
{
    Bench *bench = user;
    g_mutex_lock(&bench->lock);
    g_clear_error(&bench->closed);
    bench->closed = g_error_copy(reason);
    bench->times_closed++;
    g_cond_broadcast(&bench->changed);
    g_mutex_unlock(&bench->lock);
}

static const QmpHandler handler = {.event = on_event, .closed = on_closed};

static void *run_loop(void *data)
{
    rv_loop_run(data);
    return NULL;
}

static void bench_init(Bench *bench)
{
    *bench = (Bench){.loop = rv_loop_new(NULL), .events = g_string_new(NULL)};
    g_mutex_init(&bench->lock);
    g_cond_init(&bench->changed);
    bench->thread = g_thread_new("loop", run_loop, bench->loop);
}

static void quit(void *data)
{
    rv_loop_quit(data);
}

static void bench_clear(Bench *bench)
{
    rv_loop_post(bench->loop, quit, bench->loop);
    g_thread_join(bench->thread);
    rv_loop_free(bench->loop);
    g_string_free(bench->events, TRUE);
    g_clear_error(&bench->closed);
    g_mutex_clear(&bench->lock);
    g_cond_clear(&bench->changed);
}

/* Why the client thinks the peer is gone; fails after 5 s. */
static char *await_closed(Bench *bench)
{
    int64_t until = g_get_monotonic_time() + 5 * G_TIME_SPAN_SECOND;
    g_mutex_lock(&bench->lock);
    while (!bench->closed && g_cond_wait_until(&bench->changed, &bench->lock, until))
        ;
    char *why = g_strdup(bench->closed ? bench->closed->message : NULL);
    g_mutex_unlock(&bench->lock);
    ck_assert_msg(why != NULL, "not closed within 5 s");
    return why;
}

static void await_events(Bench *bench, const char *events)
{
    int64_t until = g_get_monotonic_time() + 5 * G_TIME_SPAN_SECOND;
    g_mutex_lock(&bench->lock);
    while (strcmp(bench->events->str, events) != 0 &&
           g_cond_wait_until(&bench->changed, &bench->lock, until))
        ;
    g_autofree char *seen = g_strdup(bench->events->str);
    g_mutex_unlock(&bench->lock);
    ck_assert_str_eq(seen, events);
}

#define OK "{\"return\": {}, \"id\": \"$ID\"}"
#define EVENT(name) "{\"event\": \"" name "\"}"

/* What the peer does to the command after qmp_capabilities, and what comes of it. */
static const struct {
    const char *label, *greeting;
    const char *script[4];
    int code;            /* RvErrorCode of the command; 0: success */
    const char *message; /* part of it */
    const char *closed;  /* part of why the client gave the peer up; NULL: it did not */
    const char *events;
} session_rows[] = {
    {"behaves", QMP_PEER_GREETING, {OK, OK}, 0, NULL, NULL, ""},
    {"events first", QMP_PEER_GREETING, {OK, EVENT("STOP") "\n" EVENT("NO_SUCH") "\n" OK}, 0, NULL,
     NULL, "STOP NO_SUCH "},
    {"refuses", QMP_PEER_GREETING,
     {OK, "{\"error\": {\"class\": \"GenericError\", \"desc\": \"no medium\"}, \"id\": \"$ID\"}"},
     RV_ERR_OPERATION_FAILED, "no medium", NULL, ""},
    {"refuses oddly", QMP_PEER_GREETING, {OK, "{\"error\": 7, \"id\": \"$ID\"}"}, RV_ERR_INTERNAL,
     "cannot be understood", NULL, ""},
    {"same member twice", QMP_PEER_GREETING,
     {OK, "{\"return\": {\"a\": 1, \"a\": 2}, \"id\": \"$ID\"}"}, RV_ERR_INTERNAL,
     "cannot be understood", NULL, ""},
    {"not a number", QMP_PEER_GREETING, {OK, "{\"return\": NaN, \"id\": \"$ID\"}"},
     RV_ERR_INTERNAL, "cannot be understood", NULL, ""},
    {"silence", QMP_PEER_GREETING, {OK, "!silence"}, RV_ERR_OPERATION_TIMEOUT,
     "did not answer 'query-x' within 0.300 s", NULL, ""},
    {"no greeting", NULL, {"!silence", "!silence"}, RV_ERR_OPERATION_TIMEOUT, "did not answer",
     NULL, ""},
    {"garbage for a greeting", "SSH-2.0-OpenSSH_9.2", {"!silence", "!silence"},
     RV_ERR_OPERATION_FAILED, "does not speak QMP", "does not speak QMP", ""},
    {"garbage", QMP_PEER_GREETING, {OK, "\001\377{{{"}, RV_ERR_OPERATION_FAILED,
     "does not speak QMP", "does not speak QMP", ""},
    {"greets twice", QMP_PEER_GREETING, {OK, QMP_PEER_GREETING}, RV_ERR_OPERATION_FAILED,
     "does not speak QMP", "does not speak QMP", ""},
    {"reply without greeting", NULL, {OK, "!silence"}, RV_ERR_OPERATION_FAILED,
     "does not speak QMP", "does not speak QMP", ""},
    {"hangs up after the greeting", QMP_PEER_GREETING, {"!close"}, RV_ERR_OPERATION_FAILED,
     "closed its monitor", "closed its monitor", ""},
    {"hangs up", QMP_PEER_GREETING, {OK, "!close"}, RV_ERR_OPERATION_FAILED, "closed its monitor",
     "closed its monitor", ""},
    {"event, then hangs up", QMP_PEER_GREETING, {EVENT("SHUTDOWN"), "!close"},
     RV_ERR_OPERATION_FAILED, "closed its monitor", "closed its monitor", "SHUTDOWN "},
    {"wrong id", QMP_PEER_GREETING, {OK, "{\"return\": {}, \"id\": \"99\"}"},
     RV_ERR_OPERATION_FAILED, "was not asked", "was not asked", ""},
    {"no id", QMP_PEER_GREETING, {OK, "{\"return\": {}}"}, RV_ERR_OPERATION_FAILED,
     "was not asked", "was not asked", ""},
    {"replies twice", QMP_PEER_GREETING, {OK, OK "\n" OK}, 0, NULL, "was not asked", ""},
    {"event that is none", QMP_PEER_GREETING, {OK, "{\"event\": 5}"}, RV_ERR_OPERATION_FAILED,
     "cannot be understood", "cannot be understood", ""},
    {"data that is none", QMP_PEER_GREETING, {OK, "{\"event\": \"A\", \"data\": []}"},
     RV_ERR_OPERATION_FAILED, "cannot be understood", "cannot be understood", ""},
    {"too deep", QMP_PEER_GREETING, {OK, "!deep"}, RV_ERR_OPERATION_FAILED, "does not speak QMP",
     "does not speak QMP", ""},
    {"line without an end", QMP_PEER_GREETING, {OK, "!long"}, RV_ERR_OPERATION_FAILED,
     "a line of more than 10485760 bytes", "a line of more than", ""},
    {"flood of events", QMP_PEER_GREETING, {OK, "!flood"}, RV_ERR_OPERATION_FAILED,
     "more than 10000 events", "more than 10000 events", NULL},
};

static int deadline_of(size_t row)
{
    /* A silent peer is waited for; the others must answer, however loaded the host is. */
    return session_rows[row].code == RV_ERR_OPERATION_TIMEOUT ? 300 : 20000;
}

START_TEST(sessions)
{
    const char *label = session_rows[_i].label;
    Bench bench;
    bench_init(&bench);
    g_autoptr(QmpPeer) peer = qmp_peer_new(session_rows[_i].greeting, session_rows[_i].script);
    g_autoptr(Qmp) qmp = qmp_new(bench.loop, qmp_peer_take_fd(peer), &handler, &bench);

    g_autoptr(GError) error = NULL;
    bool done = qmp_command(qmp, "query-x", NULL, deadline_of((size_t)_i), NULL, &error);
    int code = error ? error->code : 0;
    ck_assert_msg(done == !error && code == session_rows[_i].code, "%s: %d %s", label, code,
                  error ? error->message : "");
    if (error)
        ck_assert_msg(strstr(error->message, session_rows[_i].message) != NULL, "%s: %s", label,
                      error->message);
    if (session_rows[_i].closed) {
        g_autofree char *why = await_closed(&bench);
        ck_assert_msg(strstr(why, session_rows[_i].closed) != NULL, "%s: %s", label, why);
        ck_assert_msg(qmp_is_broken(qmp), "%s", label);
    } else {
        ck_assert_msg(!bench.closed && !qmp_is_broken(qmp), "%s: closed", label);
    }
    if (session_rows[_i].events)
        await_events(&bench, session_rows[_i].events);
    ck_assert_msg(qmp_is_late(qmp) == (code == RV_ERR_OPERATION_TIMEOUT), "%s", label);

    qmp_close(qmp);
    bench_clear(&bench);
    ck_assert_msg(bench.times_closed <= 1, "%s: told %u times", label, bench.times_closed);
}
END_TEST

/* Several commands at once, their replies waited for in another order. */
START_TEST(pipelines)
{
    static const char *const script[] = {OK, "!silence",
                                         "{\"return\": 2, \"id\": \"2\"}\n"
                                         "{\"return\": 3, \"id\": \"3\"}",
                                         "{\"return\": 4, \"id\": \"4\"}", NULL};
    Bench bench;
    bench_init(&bench);
    g_autoptr(QmpPeer) peer = qmp_peer_new(QMP_PEER_GREETING, script);
    g_autoptr(Qmp) qmp = qmp_new(bench.loop, qmp_peer_take_fd(peer), &handler, &bench);
    QmpCall *calls[3];
    for (int i = 0; i < 3; i++)
        calls[i] = qmp_send(qmp, "query-x", NULL);
    for (int i = 2; i >= 0; i--) {
        g_autoptr(GError) error = NULL;
        json_t *value = qmp_wait(calls[i], 20000, NULL, &error);
        ck_assert_msg(value && json_integer_value(value) == i + 2, "%d: %s", i,
                      error ? error->message : "");
        json_decref(value);
    }
    qmp_close(qmp);
    bench_clear(&bench);
}
END_TEST

static void *cancel_soon(void *data)
{
    g_usleep(50000);
    g_cancellable_cancel(data);
    return NULL;
}

/* A cancelled call returns at once; its late reply is no reply nobody asked for. */
START_TEST(cancels)
{
    static const char *const script[] = {OK, "!silence", NULL};
    Bench bench;
    bench_init(&bench);
    g_autoptr(QmpPeer) peer = qmp_peer_new(QMP_PEER_GREETING, script);
    g_autoptr(Qmp) qmp = qmp_new(bench.loop, qmp_peer_take_fd(peer), &handler, &bench);

    g_autoptr(GCancellable) cancel = g_cancellable_new();
    GThread *thread = g_thread_new("cancel", cancel_soon, cancel);
    g_autoptr(GError) error = NULL;
    int64_t start = g_get_monotonic_time();
    ck_assert(!qmp_command(qmp, "query-x", NULL, 60000, cancel, &error));
    ck_assert_int_eq(error->code, RV_ERR_OPERATION_ABORTED);
    ck_assert_int_lt(g_get_monotonic_time() - start, 5 * G_TIME_SPAN_SECOND);
    g_thread_join(thread);
    ck_assert(qmp_is_late(qmp));

    qmp_peer_say(peer, "{\"return\": {}, \"id\": \"2\"}\n" EVENT("LATE") "\n");
    await_events(&bench, "LATE ");
    ck_assert(!qmp_is_broken(qmp) && !qmp_is_late(qmp));
    ck_assert(qmp_command(qmp, "query-x", NULL, 20000, NULL, NULL));
    qmp_close(qmp);
    bench_clear(&bench);
}
END_TEST

/* A peer that does not read: nothing blocks, and what is kept for it is bounded. */
START_TEST(bounds_what_is_unsent)
{
    static const char *const script[] = {"!rest", NULL};
    Bench bench;
    bench_init(&bench);
    g_autoptr(QmpPeer) peer = qmp_peer_new(QMP_PEER_GREETING, script);
    g_autoptr(Qmp) qmp = qmp_new(bench.loop, qmp_peer_take_fd(peer), &handler, &bench);
    g_autofree char *filler = g_strnfill(100000, 'x');
    for (int i = 0; i < 100; i++) {
        g_autoptr(GError) error = NULL;
        json_t *arguments = json_pack("{s:s}", "filler", filler);
        ck_assert(!qmp_command(qmp, "query-x", arguments, 1, NULL, &error));
        ck_assert_int_eq(error->code, RV_ERR_OPERATION_TIMEOUT);
    }
    qmp_close(qmp);
    bench_clear(&bench);
}
END_TEST

/* Closing wakes who waits, and calls nobody back. */
START_TEST(closes)
{
    static const char *const script[] = {OK, "!silence", NULL};
    Bench bench;
    bench_init(&bench);
    g_autoptr(QmpPeer) peer = qmp_peer_new(QMP_PEER_GREETING, script);
    g_autoptr(Qmp) qmp = qmp_new(bench.loop, qmp_peer_take_fd(peer), &handler, &bench);
    QmpCall *call = qmp_send(qmp, "query-x", NULL);
    qmp_peer_await(peer, 2);
    qmp_close(qmp);
    g_autoptr(GError) error = NULL;
    ck_assert_ptr_null(qmp_wait(call, 20000, NULL, &error));
    ck_assert_int_eq(error->code, RV_ERR_OPERATION_INVALID);
    bench_clear(&bench);
    ck_assert_uint_eq(bench.times_closed, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kvm-qmp");
    TCase *lines = tcase_create("lines");
    tcase_add_loop_test(lines, scans_lines, 0, G_N_ELEMENTS(line_rows));
    tcase_add_loop_test(lines, scans_cut_lines, 0, GOOD_LINES);
    suite_add_tcase(suite, lines);

    TCase *sessions_case = tcase_create("sessions");
    tcase_set_timeout(sessions_case, 60);
    tcase_add_loop_test(sessions_case, sessions, 0, G_N_ELEMENTS(session_rows));
    tcase_add_test(sessions_case, pipelines);
    tcase_add_test(sessions_case, cancels);
    tcase_add_test(sessions_case, bounds_what_is_unsent);
    tcase_add_test(sessions_case, closes);
    suite_add_tcase(suite, sessions_case);

    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
