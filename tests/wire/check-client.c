/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The client against servers that answer, lie, fall silent and hang up: each row is one server,
 * on a thread of its own, and what the client makes of it. */
#include "wire/client.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "tests/check-main.h"
#include "wire/owned.h"
#include "wire/remote-error.h"

enum { PING_MS = 200, DEAD_MS = 3000 };

/* ---- The server's side ---- */

/* Reads one frame, and not a byte of the next; returns its header. False: the client hung up. */
static bool read_frame(int fd, RvFrameHeader *ret)
{
    g_auto(RvBuffer) in = {0};
    RvFrame frame = {.size = RV_FRAME_LENGTH_SIZE};
    while (rv_frame_read(rv_buffer_bytes(&in), rv_buffer_len(&in), &frame, NULL) !=
           RV_FRAME_WHOLE) {
        size_t wanted = MAX(frame.size, (size_t)RV_FRAME_LENGTH_SIZE) - rv_buffer_len(&in);
        ssize_t n = recv(fd, rv_buffer_reserve(&in, wanted), wanted, 0);
        if (n <= 0)
            return false;
        rv_buffer_added(&in, (size_t)n);
    }
    *ret = frame.header;
    return true;
}

static void send_all(int fd, const RvBuffer *out)
{
    size_t done = 0;
    while (done < rv_buffer_len(out)) {
        ssize_t n = send(fd, rv_buffer_bytes(out) + done, rv_buffer_len(out) - done, MSG_NOSIGNAL);
        if (n <= 0)
            return;
        done += (size_t)n;
    }
}

static void send_frame(int fd, RvFrameHeader header, RvFrameType type, RvFrameStatus status,
                       const void *bytes, size_t len)
{
    g_auto(RvBuffer) out = {0};
    header.type = type;
    header.status = status;
    rv_frame_write_bytes(&out, &header, bytes, len);
    send_all(fd, &out);
}

static void send_text(int fd, RvFrameHeader header, const char *text)
{
    g_auto(RvBuffer) out = {0};
    header.type = RV_FRAME_REPLY;
    wire_text_ret ret = {.text = (char *)text};
    g_assert(rv_frame_write(&out, &header, (xdrproc_t)xdr_wire_text_ret, &ret, NULL));
    send_all(fd, &out);
}

static void send_error(int fd, RvFrameHeader header, RvFrameType type)
{
    g_auto(RvBuffer) out = {0};
    g_autoptr(GError) error = NULL;
    rv_error_set(&error, RV_ERR_OPERATION_FAILED, "no room");
    rv_error_remedy(&error, "make room");
    wire_error remote = rv_remote_error_from_gerror(error, 0);
    header.type = type;
    header.status = RV_FRAME_ERROR;
    g_assert(rv_frame_write(&out, &header, (xdrproc_t)xdr_wire_error, &remote, NULL));
    send_all(fd, &out);
}

static const RvFrameHeader ping = {
    .program = WIRE_KEEPALIVE_PROGRAM,
    .version = WIRE_KEEPALIVE_VERSION,
    .procedure = WIRE_KEEPALIVE_PING,
};

static const RvFrameHeader event = {
    .program = WIRE_REMOTE_PROGRAM,
    .version = WIRE_REMOTE_VERSION,
    .procedure = WIRE_DOMAIN_EVENT_CALLBACK_REBOOT,
};

static void serve_well(int fd, RvFrameHeader call)
{
    send_text(fd, call, "host");
}

static void serve_error(int fd, RvFrameHeader call)
{
    send_error(fd, call, RV_FRAME_REPLY);
}

static void serve_nothing(int fd, RvFrameHeader call)
{
}

static void serve_long_length(int fd, RvFrameHeader call)
{
    send(fd, "\xff\xff\xff\xff....", 8, MSG_NOSIGNAL);
}

static void serve_half(int fd, RvFrameHeader call)
{
    send(fd, "\x02\x00\x00\x00....", 8, MSG_NOSIGNAL);
}

static void serve_wrong_serial(int fd, RvFrameHeader call)
{
    call.serial += 7;
    send_text(fd, call, "host");
}

static void serve_call(int fd, RvFrameHeader call)
{
    send_frame(fd, call, RV_FRAME_CALL, RV_FRAME_OK, NULL, 0);
}

static void serve_with_fds(int fd, RvFrameHeader call)
{
    send_frame(fd, call, RV_FRAME_REPLY_WITH_FDS, RV_FRAME_OK, "\0\0\0\1", 4);
}

static void serve_unknown_type(int fd, RvFrameHeader call)
{
    send_frame(fd, call, 77, RV_FRAME_OK, NULL, 0);
}

static void serve_short_payload(int fd, RvFrameHeader call)
{
    send_frame(fd, call, RV_FRAME_REPLY, RV_FRAME_OK, "\0\0", 2);
}

static void serve_long_text(int fd, RvFrameHeader call)
{
    send_frame(fd, call, RV_FRAME_REPLY, RV_FRAME_OK, "\x7f\xff\xff\xff" "abcd", 8);
}

static void serve_bad_error(int fd, RvFrameHeader call)
{
    send_frame(fd, call, RV_FRAME_REPLY, RV_FRAME_ERROR, "\0", 1);
}

static void serve_stray_stream(int fd, RvFrameHeader call)
{
    send_frame(fd, call, RV_FRAME_STREAM, RV_FRAME_CONTINUE, "data", 4);
}

static void serve_events_first(int fd, RvFrameHeader call)
{
    for (int i = 0; i < 1000; i++)
        send_frame(fd, event, RV_FRAME_MESSAGE, RV_FRAME_OK, "junk", 4);
    send_text(fd, call, "host");
}

/* Answers only after the client has answered. */
static void serve_ping(int fd, RvFrameHeader call)
{
    RvFrameHeader pong;
    send_frame(fd, ping, RV_FRAME_MESSAGE, RV_FRAME_OK, NULL, 0);
    if (read_frame(fd, &pong) && pong.program == WIRE_KEEPALIVE_PROGRAM &&
        pong.procedure == WIRE_KEEPALIVE_PONG)
        send_text(fd, call, "host");
}

/* A slow job of a daemon that is well: three pings are answered before the call is. */
static void serve_late(int fd, RvFrameHeader call)
{
    RvFrameHeader asked;
    for (int i = 0; i < 3 && read_frame(fd, &asked); i++) {
        asked.procedure = WIRE_KEEPALIVE_PONG;
        send_frame(fd, asked, RV_FRAME_MESSAGE, RV_FRAME_OK, NULL, 0);
    }
    send_text(fd, call, "host");
}

/* Keeps the connection, and says no more; the client's next question finds it broken. */
static void serve_silence(int fd, RvFrameHeader call)
{
    RvFrameHeader asked;
    while (read_frame(fd, &asked))
        continue;
}

static void serve_twice(int fd, RvFrameHeader call)
{
    send_text(fd, call, "host");
    send_text(fd, call, "host");
}

/* ---- The client's side ---- */

typedef struct {
    int listener;
    void (*serve)(int fd, RvFrameHeader call);
} Server;

static void *run_server(void *data)
{
    const Server *server = data;
    rv_autofd int fd = accept(server->listener, NULL, NULL);
    RvFrameHeader call;
    if (fd >= 0 && read_frame(fd, &call))
        server->serve(fd, call);
    return NULL;
}

typedef struct {
    char *folder, *path;
    Server server;
    GThread *thread;
    RvClient *client;
} Fixture;

static void set_up(Fixture *fixture, void (*serve)(int fd, RvFrameHeader call))
{
    fixture->folder = g_dir_make_tmp("reeve-client-XXXXXX", NULL);
    ck_assert_ptr_nonnull(fixture->folder);
    fixture->path = g_build_filename(fixture->folder, "sock", NULL);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    g_strlcpy(address.sun_path, fixture->path, sizeof(address.sun_path));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert(!bind(fd, (struct sockaddr *)&address, sizeof(address)) && !listen(fd, 1));
    fixture->server = (Server){.listener = fd, .serve = serve};
    fixture->thread = g_thread_new("server", run_server, &fixture->server);
    fixture->client = rv_client_connect(fixture->path, NULL, NULL);
    ck_assert_ptr_nonnull(fixture->client);
    rv_client_set_silence(fixture->client, PING_MS, DEAD_MS);
}

static void tear_down(Fixture *fixture)
{
    rv_client_free(fixture->client);
    g_thread_join(fixture->thread);
    rv_fd_close(&fixture->server.listener);
    ck_assert(rv_dir_remove(fixture->folder, NULL));
    g_free(fixture->folder);
    g_free(fixture->path);
}

static const struct {
    const char *label;
    void (*serve)(int fd, RvFrameHeader call);
    const char *error; /* a part of it; NULL: the answer is "host" */
    int code;
    bool broken;
} servers[] = {
    {"good", serve_well, NULL, 0, false},
    {"error", serve_error, "operation failed: no room", RV_ERR_OPERATION_FAILED, false},
    {"hangs up", serve_nothing, "closed the connection", RV_ERR_RPC, true},
    {"length of 4 GiB", serve_long_length, "does not keep to the protocol", RV_ERR_RPC, true},
    {"half a frame", serve_half, "closed the connection", RV_ERR_RPC, true},
    {"wrong serial", serve_wrong_serial, "not asked for", RV_ERR_RPC, true},
    {"calls us", serve_call, "not asked for", RV_ERR_RPC, true},
    {"sends descriptors", serve_with_fds, "not asked for", RV_ERR_RPC, true},
    {"unknown type", serve_unknown_type, "not asked for", RV_ERR_RPC, true},
    {"short payload", serve_short_payload, "", RV_ERR_RPC, false},
    {"text of 2 GiB", serve_long_text, "", RV_ERR_RPC, false},
    {"error that cannot be read", serve_bad_error, "", RV_ERR_RPC, false},
    {"stream without a stream", serve_stray_stream, "not asked for", RV_ERR_RPC, true},
    {"events before the answer", serve_events_first, NULL, 0, false},
    {"pings", serve_ping, NULL, 0, false},
    {"slow, but alive", serve_late, NULL, 0, false},
    {"silent", serve_silence, "nothing came", RV_ERR_RPC, true},
};

START_TEST(test_server)
{
    Fixture fixture = {0};
    set_up(&fixture, servers[_i].serve);
    g_auto(wire_text_ret) ret = {0};
    g_autoptr(GError) error = NULL;
    bool ok = rv_client_call(fixture.client, WIRE_CONNECT_GET_HOSTNAME, void, NULL, wire_text_ret,
                             &ret, &error);
    const char *label = servers[_i].label;
    if (!servers[_i].error) {
        ck_assert_msg(ok && !strcmp(ret.text, "host"), "%s: %s", label,
                      error ? error->message : "");
    } else {
        ck_assert_msg(!ok && strstr(error->message, servers[_i].error), "%s: %s", label,
                      error ? error->message : "is fine");
        ck_assert_msg(error->code == servers[_i].code, "%s: %d", label, error->code);
    }
    ck_assert_msg(rv_client_is_broken(fixture.client) == servers[_i].broken, "%s", label);
    if (servers[_i].code == RV_ERR_OPERATION_FAILED)
        ck_assert_str_eq(rv_error_get_remedy(error), "make room");
    tear_down(&fixture);
}
END_TEST

/* An answer that nobody waits for any more is found when the next question is asked. */
START_TEST(test_answer_twice)
{
    Fixture fixture = {0};
    set_up(&fixture, serve_twice);
    g_auto(wire_text_ret) first = {0}, second = {0};
    g_autoptr(GError) error = NULL;
    bool ok = rv_client_call(fixture.client, WIRE_CONNECT_GET_HOSTNAME, void, NULL, wire_text_ret,
                             &first, NULL);
    bool again = rv_client_call(fixture.client, WIRE_CONNECT_GET_HOSTNAME, void, NULL,
                                wire_text_ret, &second, &error);
    ck_assert(!again && error->code == RV_ERR_RPC && rv_client_is_broken(fixture.client));
    /* Both may have come at once: then the first call has seen the lie, and its answer counts. */
    ck_assert(ok);
    /* What is broken stays so. */
    g_clear_error(&error);
    ck_assert(!rv_client_call(fixture.client, WIRE_CONNECT_GET_HOSTNAME, void, NULL, wire_text_ret,
                              &second, &error));
    ck_assert_int_eq(error->code, RV_ERR_RPC);
    tear_down(&fixture);
}
END_TEST

static void count_event(const RvFrame *frame, void *data)
{
    ck_assert_uint_eq(frame->header.procedure, WIRE_DOMAIN_EVENT_CALLBACK_REBOOT);
    ++*(int *)data;
}

START_TEST(test_events)
{
    Fixture fixture = {0};
    set_up(&fixture, serve_events_first);
    int count = 0;
    g_auto(wire_text_ret) ret = {0};
    rv_client_on_event(fixture.client, count_event, &count);
    ck_assert(rv_client_call(fixture.client, WIRE_CONNECT_GET_HOSTNAME, void, NULL, wire_text_ret,
                             &ret, NULL));
    ck_assert_int_eq(count, 1000);
    tear_down(&fixture);
}
END_TEST

START_TEST(test_connect)
{
    g_autofree char *long_path = g_strnfill(200, 'x');
    int errnum = -1;
    g_autoptr(GError) error = NULL;
    ck_assert_ptr_null(rv_client_connect("/nowhere/sock", &errnum, &error));
    ck_assert_int_eq(errnum, ENOENT);
    ck_assert_ptr_nonnull(strstr(error->message, "/nowhere/sock"));
    g_clear_error(&error);
    ck_assert_ptr_null(rv_client_connect(long_path, NULL, &error));
    ck_assert_ptr_nonnull(strstr(error->message, "too long"));
}
END_TEST

/* ---- Streams ---- */

typedef struct {
    GString *text;
    bool ended;
    GError *error;
} Received;

static void on_stream(const char *bytes, size_t len, const GError *error, void *data)
{
    Received *received = data;
    ck_assert(!received->ended);
    g_string_append_len(received->text, bytes, (gssize)len);
    received->ended = len == 0;
    if (error)
        received->error = g_error_copy(error);
}

/* Data in one write with the answer, then the end; then it waits for ours. */
static void serve_stream(int fd, RvFrameHeader call)
{
    g_auto(RvBuffer) out = {0};
    RvFrameHeader header = call;
    header.type = RV_FRAME_REPLY;
    rv_frame_write_bytes(&out, &header, NULL, 0);
    header.type = RV_FRAME_STREAM;
    header.status = RV_FRAME_CONTINUE;
    rv_frame_write_bytes(&out, &header, "one", 3);
    rv_frame_write_bytes(&out, &header, "two", 3);
    rv_frame_write_bytes(&out, &header, NULL, 0);
    send_all(fd, &out);
    RvFrameHeader asked;
    while (read_frame(fd, &asked)) {
        if (asked.type == RV_FRAME_STREAM && asked.status == RV_FRAME_OK)
            send_frame(fd, call, RV_FRAME_STREAM, RV_FRAME_OK, NULL, 0);
    }
}

static void serve_stream_error(int fd, RvFrameHeader call)
{
    send_frame(fd, call, RV_FRAME_REPLY, RV_FRAME_OK, NULL, 0);
    send_frame(fd, call, RV_FRAME_STREAM, RV_FRAME_CONTINUE, "one", 3);
    send_error(fd, call, RV_FRAME_STREAM);
    /* What comes behind the end is dropped. */
    send_frame(fd, call, RV_FRAME_STREAM, RV_FRAME_CONTINUE, "two", 3);
    RvFrameHeader asked;
    while (read_frame(fd, &asked))
        continue;
}

/* Sends back what it is sent, until the client has finished. */
static void serve_echo(int fd, RvFrameHeader call)
{
    send_frame(fd, call, RV_FRAME_REPLY, RV_FRAME_OK, NULL, 0);
    RvFrameHeader asked;
    while (read_frame(fd, &asked)) {
        if (asked.type == RV_FRAME_STREAM && asked.status == RV_FRAME_CONTINUE)
            send_frame(fd, call, RV_FRAME_STREAM, RV_FRAME_CONTINUE, "x", 1);
        else if (asked.type == RV_FRAME_STREAM)
            send_frame(fd, call, RV_FRAME_STREAM, RV_FRAME_OK, NULL, 0);
    }
}

static const struct {
    const char *label;
    void (*serve)(int fd, RvFrameHeader call);
    size_t send; /* bytes */
    const char *text;
    bool error;
} streams[] = {
    {"ends", serve_stream, 0, "onetwo", false},
    {"ends with an error", serve_stream_error, 0, "one", true},
    {"is finished", serve_echo, 0, "", false},
    {"takes data", serve_echo, 10, "x", false},
    {"takes data in packets", serve_echo, 3 * RV_FRAME_STREAM_MAX, "xxx", false},
};

START_TEST(test_stream)
{
    Fixture fixture = {0};
    set_up(&fixture, streams[_i].serve);
    Received received = {.text = g_string_new(NULL)};
    wire_domain_open_console_args args = {.domain.name = (char *)"web"};
    g_autoptr(GError) error = NULL;
    ck_assert(rv_client_open_stream(fixture.client, WIRE_REMOTE_PROGRAM,
                                   WIRE_DOMAIN_OPEN_CONSOLE,
                                    (xdrproc_t)xdr_wire_domain_open_console_args, &args, on_stream,
                                    &received, &error));
    g_autofree char *bytes = g_malloc0(streams[_i].send + 1);
    rv_client_stream_send(fixture.client, bytes, streams[_i].send);
    ck_assert_msg(rv_client_stream_finish(fixture.client, &error), "%s: %s", streams[_i].label,
                  error ? error->message : "");
    ck_assert_msg(received.ended && !strcmp(received.text->str, streams[_i].text), "%s: %s",
                  streams[_i].label, received.text->str);
    ck_assert_msg((received.error != NULL) == streams[_i].error, "%s", streams[_i].label);
    g_string_free(received.text, TRUE);
    g_clear_error(&received.error);
    tear_down(&fixture);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("client");
    TCase *tests = tcase_create("client");
    tcase_set_timeout(tests, 30);
    tcase_add_loop_test(tests, test_server, 0, G_N_ELEMENTS(servers));
    tcase_add_test(tests, test_answer_twice);
    tcase_add_test(tests, test_events);
    tcase_add_test(tests, test_connect);
    tcase_add_loop_test(tests, test_stream, 0, G_N_ELEMENTS(streams));
    suite_add_tcase(suite, tests);
    return check_run(suite);
}
