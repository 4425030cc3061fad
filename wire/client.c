/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * All that comes passes through dispatch(): the answer to the one question that is open, packets of
 * the one stream, events, pings. Whoever waits runs the same step: poll, read and write, dispatch.
 */
#include "wire/client.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "wire/remote-error.h"

#define READ_SIZE 65536
#define KEEP_SIZE (1u << 20)
#define PING_MS 5000
#define DEAD_MS 30000

typedef struct {
    uint32_t serial;
    bool done;
    bool ok;
    xdrproc_t xdr;
    void *ret;
    GError *error; /* of the server, or of what came instead of an answer */
} Question;

typedef struct {
    uint32_t serial, program, procedure;
    bool open, closed;
    bool finishing; /* our end was said: the answer to it is awaited */
    RvClientStreamFunc func;
    void *data;
} Stream;

struct RvClient {
    int fd;
    RvBuffer in, out;
    uint32_t last_serial;
    Question *question; /* on the stack of rv_client_call_xdr() */
    Stream stream;
    RvClientEventFunc event_func;
    void *event_data;
    int ping_ms, dead_ms;
    int64_t heard_us;  /* when the last byte came, monotonic */
    bool pinged;       /* since then */
    char *broken;      /* why; NULL: it is not */
};

static bool set_broken(RvClient *client, GError **error, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

static bool set_broken(RvClient *client, GError **error, const char *format, ...)
{
    if (!client->broken) {
        va_list args;
        va_start(args, format);
        client->broken = g_strdup_vprintf(format, args);
        va_end(args);
    }
    g_set_error_literal(error, RV_ERROR, RV_ERR_RPC, client->broken);
    return false;
}

bool rv_client_is_broken(const RvClient *client)
{
    return client->broken != NULL;
}

RvClient *rv_client_connect(const char *socket_path, int *ret_errno, GError **error)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (g_strlcpy(address.sun_path, socket_path, sizeof(address.sun_path)) >=
        sizeof(address.sun_path)) {
        rv_error_set(error, RV_ERR_INVALID_ARG, "the path of the socket '%s' is too long",
                     socket_path);
        return NULL;
    }
    rv_autofd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        rv_error_set_errno(error, errno, "cannot make a socket");
        return NULL;
    }
    /* On a UNIX socket this blocks only while the server's queue of connections is full. */
    struct timeval limit = {.tv_sec = DEAD_MS / 1000};
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
        int errnum = errno == EAGAIN ? ETIMEDOUT : errno;
        if (ret_errno)
            *ret_errno = errnum;
        rv_error_set_errno(error, errnum, "%s", socket_path);
        return NULL;
    }
    if (!rv_fd_set_nonblocking(fd, error))
        return NULL;
    RvClient *client = g_new0(RvClient, 1);
    client->fd = rv_fd_steal(&fd);
    client->heard_us = g_get_monotonic_time();
    rv_client_set_silence(client, PING_MS, DEAD_MS);
    return client;
}

void rv_client_free(RvClient *client)
{
    if (!client)
        return;
    rv_fd_close(&client->fd);
    rv_buffer_clear(&client->in);
    rv_buffer_clear(&client->out);
    g_free(client->broken);
    g_free(client);
}

void rv_client_set_silence(RvClient *client, int ping_ms, int dead_ms)
{
    client->ping_ms = ping_ms;
    client->dead_ms = dead_ms;
}

void rv_client_on_event(RvClient *client, RvClientEventFunc func, void *data)
{
    client->event_func = func;
    client->event_data = data;
}

/* ---- What comes ---- */

static GError *decode_error(const RvFrame *frame)
{
    wire_error remote = {0};
    GError *error = NULL;
    if (!rv_xdr_decode(frame->payload, frame->payload_len, (xdrproc_t)xdr_wire_error, &remote,
                       &error))
        return error;
    error = rv_remote_error_to_gerror(&remote);
    rv_xdr_clear((xdrproc_t)xdr_wire_error, &remote);
    return error;
}

static void answer_question(Question *question, const RvFrame *frame)
{
    question->done = true;
    if (frame->header.status == RV_FRAME_ERROR)
        question->error = decode_error(frame);
    else
        question->ok = rv_xdr_decode(frame->payload, frame->payload_len, question->xdr,
                                     question->ret, &question->error);
}

static void end_stream(RvClient *client, const GError *stream_error)
{
    Stream *stream = &client->stream;
    stream->open = false;
    stream->closed = true;
    stream->func(NULL, 0, stream_error, stream->data);
}

static void stream_packet(RvClient *client, const RvFrame *frame)
{
    Stream *stream = &client->stream;
    if (frame->header.status == RV_FRAME_ERROR) {
        g_autoptr(GError) stream_error = decode_error(frame);
        end_stream(client, stream_error);
    } else if (frame->header.status == RV_FRAME_CONTINUE && frame->payload_len) {
        stream->func(frame->payload, frame->payload_len, NULL, stream->data);
    } else if (frame->header.status == RV_FRAME_OK) {
        end_stream(client, NULL);
    } else if (!stream->finishing) {
        /* The server's end of data: it waits until we have agreed. */
        stream->finishing = true;
        RvFrameHeader header = frame->header;
        header.status = RV_FRAME_OK;
        rv_frame_write_bytes(&client->out, &header, NULL, 0);
    }
}

static void keepalive(RvClient *client, const RvFrame *frame)
{
    if (frame->header.procedure != WIRE_KEEPALIVE_PING)
        return;
    RvFrameHeader header = frame->header;
    header.procedure = WIRE_KEEPALIVE_PONG;
    header.type = RV_FRAME_MESSAGE;
    header.status = RV_FRAME_OK;
    rv_frame_write_bytes(&client->out, &header, NULL, 0);
}

static bool dispatch(RvClient *client, const RvFrame *frame, GError **error)
{
    const RvFrameHeader *header = &frame->header;
    Question *question = client->question;
    if (header->type == RV_FRAME_MESSAGE && header->program == WIRE_KEEPALIVE_PROGRAM) {
        keepalive(client, frame);
    } else if (header->type == RV_FRAME_MESSAGE) {
        if (client->event_func)
            client->event_func(frame, client->event_data);
    } else if (header->type == RV_FRAME_REPLY && question && !question->done &&
               header->serial == question->serial) {
        answer_question(question, frame);
    } else if (header->type == RV_FRAME_STREAM && header->serial == client->stream.serial &&
               header->serial) {
        /* What was under way when the stream ended is dropped. */
        if (client->stream.open)
            stream_packet(client, frame);
    } else {
        return set_broken(client, error,
                          "the daemon sent what was not asked for: type %u, procedure %u, serial "
                          "%u",
                          header->type, header->procedure, header->serial);
    }
    return true;
}

static bool dispatch_all(RvClient *client, GError **error)
{
    while (rv_buffer_len(&client->in)) {
        RvFrame frame;
        g_autoptr(GError) bad = NULL;
        RvFrameResult result = rv_frame_read(rv_buffer_bytes(&client->in),
                                             rv_buffer_len(&client->in), &frame, &bad);
        if (result == RV_FRAME_PARTIAL)
            break;
        if (result == RV_FRAME_BAD)
            return set_broken(client, error, "the daemon does not keep to the protocol: %s",
                              bad->message);
        if (!dispatch(client, &frame, error))
            return false;
        rv_buffer_consume(&client->in, frame.size, KEEP_SIZE);
    }
    return true;
}

/* ---- Reading and writing ---- */

static bool send_some(RvClient *client, GError **error)
{
    while (rv_buffer_len(&client->out)) {
        ssize_t n = send(client->fd, rv_buffer_bytes(&client->out), rv_buffer_len(&client->out),
                         MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return true;
        /* A server that refuses us says why before it hangs up: reading tells more than this. */
        if (n < 0 && errno == EPIPE) {
            rv_buffer_consume(&client->out, rv_buffer_len(&client->out), 0);
            return true;
        }
        if (n < 0)
            return set_broken(client, error, "cannot send to the daemon: %s", g_strerror(errno));
        rv_buffer_consume(&client->out, (size_t)n, KEEP_SIZE);
    }
    return true;
}

static bool receive_some(RvClient *client, GError **error)
{
    for (;;) {
        char *room = rv_buffer_reserve(&client->in, READ_SIZE);
        ssize_t n = recv(client->fd, room, READ_SIZE, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return true;
        if (n < 0)
            return set_broken(client, error, "the connection to the daemon broke: %s",
                              g_strerror(errno));
        if (n == 0)
            return set_broken(client, error, "the daemon closed the connection");
        rv_buffer_added(&client->in, (size_t)n);
        client->heard_us = g_get_monotonic_time();
        client->pinged = false;
        if (!dispatch_all(client, error))
            return false;
        if (n < READ_SIZE)
            return true;
    }
}

int rv_client_fd(const RvClient *client)
{
    return client->fd;
}

short rv_client_poll_events(const RvClient *client)
{
    return (short)(POLLIN | (rv_buffer_len(&client->out) ? POLLOUT : 0));
}

size_t rv_client_queued(const RvClient *client)
{
    return rv_buffer_len(&client->out);
}

bool rv_client_io(RvClient *client, GError **error)
{
    if (client->broken)
        return set_broken(client, error, "broken");
    /* Twice sending: an answer to a ping need not wait for the next round. */
    return send_some(client, error) && receive_some(client, error) && send_some(client, error);
}

static int silent_ms(const RvClient *client)
{
    return (int)((g_get_monotonic_time() - client->heard_us) / 1000);
}

int rv_client_poll_timeout(const RvClient *client)
{
    int until = client->pinged ? client->dead_ms : client->ping_ms;
    return MAX(until - silent_ms(client), 0);
}

bool rv_client_tick(RvClient *client, GError **error)
{
    int silent = silent_ms(client);
    if (client->pinged && silent >= client->dead_ms)
        return set_broken(client, error, "nothing came from the daemon for %d s",
                          client->dead_ms / 1000);
    if (!client->pinged && silent >= client->ping_ms) {
        RvFrameHeader header = {
            .program = WIRE_KEEPALIVE_PROGRAM,
            .version = WIRE_KEEPALIVE_VERSION,
            .procedure = WIRE_KEEPALIVE_PING,
            .type = RV_FRAME_MESSAGE,
        };
        rv_frame_write_bytes(&client->out, &header, NULL, 0);
        client->pinged = true;
    }
    return true;
}

/* Waits until `*done`. */
static bool wait_for(RvClient *client, const bool *done, GError **error)
{
    /* Silence counts from here: before, nobody had asked. */
    client->heard_us = g_get_monotonic_time();
    client->pinged = false;
    bool alive = rv_client_io(client, error);
    while (alive && !*done) {
        struct pollfd pollfd = {.fd = client->fd, .events = rv_client_poll_events(client)};
        if (poll(&pollfd, 1, rv_client_poll_timeout(client)) < 0 && errno != EINTR)
            alive = set_broken(client, error, "cannot wait: %s", g_strerror(errno));
        else
            alive = rv_client_tick(client, error) && rv_client_io(client, error);
    }
    /* An answer is an answer, even when the server hung up right behind it. */
    if (*done)
        g_clear_error(error);
    return *done;
}

/* ---- Asking ---- */

static uint32_t program_version(uint32_t program)
{
    return program == WIRE_REEVE_PROGRAM ? WIRE_REEVE_VERSION : WIRE_REMOTE_VERSION;
}

bool rv_client_call_xdr(RvClient *client, uint32_t program, uint32_t procedure, xdrproc_t args_xdr,
                        const void *args, xdrproc_t ret_xdr, void *ret, GError **error)
{
    g_assert(!client->question);
    if (client->broken)
        return set_broken(client, error, "broken");
    Question question = {.serial = ++client->last_serial, .xdr = ret_xdr, .ret = ret};
    RvFrameHeader header = {
        .program = program,
        .version = program_version(program),
        .procedure = procedure,
        .type = RV_FRAME_CALL,
        .serial = question.serial,
    };
    if (!rv_frame_write(&client->out, &header, args_xdr, (void *)args, error))
        return false;
    client->question = &question;
    bool answered = wait_for(client, &question.done, error);
    client->question = NULL;
    if (!answered)
        return false;
    if (!question.ok)
        g_propagate_error(error, question.error);
    return question.ok;
}

bool rv_client_open(RvClient *client, const char *uri, bool read_only, GError **error)
{
    wire_auth_list_ret auth = {0};
    if (!rv_client_call(client, WIRE_AUTH_LIST, void, NULL, wire_auth_list_ret, &auth, error))
        return false;
    bool none = false;
    for (unsigned i = 0; i < auth.types.types_len; i++)
        none = none || auth.types.types_val[i] == WIRE_AUTH_NONE;
    rv_xdr_clear((xdrproc_t)xdr_wire_auth_list_ret, &auth);
    if (!none) {
        rv_error_set(error, RV_ERR_AUTH_FAILED, "the daemon asks for a log-in");
        return false;
    }
    wire_connect_open_args args = {.uri = (char *)uri, .flags = read_only ? 1 : 0};
    return rv_client_call(client, WIRE_CONNECT_OPEN, wire_connect_open_args, &args, void, NULL,
                          error);
}

/* ---- Streams ---- */

bool rv_client_open_stream(RvClient *client, uint32_t program, uint32_t procedure,
                           xdrproc_t args_xdr, const void *args, RvClientStreamFunc func,
                           void *data, GError **error)
{
    g_assert(!client->stream.open);
    /* Open before the answer: the first data may come in one read with it. */
    client->stream = (Stream){
        .serial = client->last_serial + 1,
        .program = program,
        .procedure = procedure,
        .open = true,
        .func = func,
        .data = data,
    };
    if (rv_client_call_xdr(client, program, procedure, args_xdr, args, RV_XDRPROC(void), NULL,
                           error))
        return true;
    client->stream.open = false;
    return false;
}

static void write_packet(RvClient *client, RvFrameStatus status, const void *bytes, size_t len)
{
    RvFrameHeader header = {
        .program = client->stream.program,
        .version = program_version(client->stream.program),
        .procedure = client->stream.procedure,
        .type = RV_FRAME_STREAM,
        .serial = client->stream.serial,
        .status = status,
    };
    rv_frame_write_bytes(&client->out, &header, bytes, len);
}

void rv_client_stream_send(RvClient *client, const void *bytes, size_t len)
{
    if (!client->stream.open || client->stream.finishing)
        return;
    const char *at = bytes;
    while (len) {
        size_t packet = MIN(len, RV_FRAME_STREAM_MAX);
        write_packet(client, RV_FRAME_CONTINUE, at, packet);
        at += packet;
        len -= packet;
    }
}

bool rv_client_stream_finish(RvClient *client, GError **error)
{
    Stream *stream = &client->stream;
    if (stream->open && !stream->finishing) {
        stream->finishing = true;
        write_packet(client, RV_FRAME_OK, NULL, 0);
    }
    return wait_for(client, &stream->closed, error);
}
