/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/session.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "daemon/instance.h"
#include "daemon/lifecycle.h"
#include "daemon/stream.h"
#include "wire/remote-error.h"

enum {
    SLICE_US = 2000,          /* of one client, before the others have their turn */
    READ_AHEAD = 1 << 20,     /* of a message known to be long, at most at once */
    STREAM_ROOM = 256 << 10,  /* unread bytes that streams may add up to */
    EVENT_ROOM = 8 << 20,     /* unread bytes above which no event is kept */
};

static void set_watch(RvSession *session);
static void go_on(RvSession *session);

/* ---- Identity ------------------------------------------------------------------------------- */

/* Names of programs are their owners' choice: nothing of them may look like our own words. */
static char *describe(const struct ucred *peer)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/comm", (int)peer->pid);
    g_autofree char *comm = NULL;
    if (!g_file_get_contents(path, &comm, NULL, NULL))
        return g_strdup_printf("uid %u, pid %d", (unsigned)peer->uid, (int)peer->pid);
    g_strchomp(comm);
    for (char *c = comm; *c; c++) {
        if (!g_ascii_isalnum(*c) && !strchr("-_.+:/ ", *c))
            *c = '?';
    }
    return g_strdup_printf("uid %u, pid %d (%s)", (unsigned)peer->uid, (int)peer->pid, comm);
}

/* ---- Life ----------------------------------------------------------------------------------- */

RvSession *rv_session_ref(RvSession *session)
{
    session->refs++;
    return session;
}

void rv_session_unref(RvSession *session)
{
    if (!session || --session->refs > 0)
        return;
    g_assert(session->fd < 0);
    g_ptr_array_unref(session->calls);
    g_clear_error(&session->refusal);
    g_free(session->uri);
    g_free(session->who);
    g_free(session);
}

/* Buffers count for their user, whoever fills them. */
static void charge(RvSession *session)
{
    size_t now = session->in.size + session->out.size;
    ssize_t change = (ssize_t)(now - session->charged);
    session->charged = now;
    if (change != 0 && !rv_server_charge(session->server, session->uid, change))
        rv_session_break(session, "its user has too many bytes waiting");
}

static void abandon_calls(RvSession *session)
{
    g_autoptr(GPtrArray) calls = g_steal_pointer(&session->calls);
    session->calls = g_ptr_array_new();
    for (guint i = 0; i < calls->len; i++)
        rv_call_abandon(calls->pdata[i]);
    RvCall *call;
    while ((call = g_queue_pop_head(&session->waiting)))
        rv_call_abandon(call);
}

static void drop_instance(void *instance)
{
    rv_instance_unref(instance);
}

void rv_session_doom(RvSession *session, RvDomain *domain)
{
    if (session->fd < 0) {
        rv_lifecycle_queue_destroy(domain, RV_SHUTOFF_DESTROYED);
        return;
    }
    if (!session->doomed)
        session->doomed = g_ptr_array_new_with_free_func(drop_instance);
    g_ptr_array_add(session->doomed, rv_instance_ref(domain->instance));
}

/* The guests that were started to end with this connection, where they still run. */
static void destroy_doomed(RvSession *session)
{
    g_autoptr(GPtrArray) doomed = g_steal_pointer(&session->doomed);
    for (guint i = 0; doomed && i < doomed->len; i++) {
        RvInstance *instance = doomed->pdata[i];
        if (instance->domain->instance == instance)
            rv_lifecycle_queue_destroy(instance->domain, RV_SHUTOFF_DESTROYED);
    }
}

void rv_session_close(RvSession *session)
{
    if (session->fd < 0)
        return;
    g_clear_pointer(&session->watch, rv_watch_free);
    rv_fd_close(&session->fd);
    g_clear_pointer(&session->listeners, g_ptr_array_unref);
    g_clear_pointer(&session->streams, g_ptr_array_unref);
    abandon_calls(session);
    destroy_doomed(session);
    rv_buffer_clear(&session->in);
    rv_buffer_clear(&session->out);
    rv_fd_queue_clear(&session->fds);
    charge(session);
    rv_server_forget(session->server, session);
}

static void close_posted(void *data)
{
    g_autoptr(RvSession) session = data;
    rv_session_close(session);
}

static void post_close(RvSession *session)
{
    if (session->broken || session->fd < 0)
        return;
    session->broken = true;
    rv_watch_set_events(session->watch, 0);
    rv_loop_post(session->core->loop, close_posted, rv_session_ref(session));
}

void rv_session_leave(RvSession *session)
{
    session->leaving = true;
}

void rv_session_break(RvSession *session, const char *format, ...)
{
    if (session->broken || session->fd < 0)
        return;
    va_list args;
    va_start(args, format);
    g_autofree char *reason = g_strdup_vprintf(format, args);
    va_end(args);
    if (rv_server_may_log(session->server))
        rv_log_info("closed the connection of %s: %s", session->who, reason);
    post_close(session);
}

/* ---- Sending -------------------------------------------------------------------------------- */

static bool is_full(const RvSession *session)
{
    return rv_buffer_len(&session->out) > session->limits->max_unread;
}

bool rv_session_has_room(const RvSession *session)
{
    return rv_buffer_len(&session->out) < STREAM_ROOM;
}

static void resume_streams(RvSession *session)
{
    for (guint i = 0; i < session->streams->len && rv_session_has_room(session); i++)
        rv_stream_resume(session->streams->pdata[i]);
}

/* Writes what the socket takes. */
static void flush(RvSession *session)
{
    while (rv_buffer_len(&session->out) > 0 && !session->broken) {
        ssize_t n = rv_fd_queue_send(&session->fds, session->fd, &session->out);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno != EAGAIN) {
            post_close(session);
            return;
        }
        if (n < 0) {
            if (session->unread_since == 0)
                session->unread_since = g_get_monotonic_time();
            break;
        }
        session->unread_since = 0;
        rv_buffer_consume(&session->out, (size_t)n, 0);
    }
    if (rv_buffer_len(&session->out) == 0 && session->leaving)
        post_close(session);
}

/* After something was queued. Within a turn its end does this, once for all. */
static void queued(RvSession *session)
{
    if (session->in_turn)
        return;
    flush(session);
    charge(session);
    set_watch(session);
}

static bool is_open(const RvSession *session)
{
    return session->fd >= 0 && !session->broken;
}

bool rv_session_send(RvSession *session, const RvFrameHeader *header, xdrproc_t xdr, void *data,
                     GError **error)
{
    if (!is_open(session))
        return true;
    if (!rv_frame_write(&session->out, header, xdr, data, error))
        return false;
    queued(session);
    return true;
}

void rv_session_send_bytes(RvSession *session, const RvFrameHeader *header, const void *bytes,
                           size_t len)
{
    if (!is_open(session))
        return;
    rv_frame_write_bytes(&session->out, header, bytes, len);
    queued(session);
}

void rv_session_send_fds(RvSession *session, const RvFrameHeader *header, const int *fds,
                         unsigned n)
{
    const uint32_t count = htonl(n);
    g_assert(n <= RV_FRAME_FDS_MAX);
    if (!is_open(session))
        return;
    rv_frame_write_bytes(&session->out, header, &count, sizeof(count));
    for (unsigned i = 0; i < n; i++)
        rv_fd_queue_add(&session->fds, fds[i], &session->out);
    queued(session);
}

void rv_session_send_error(RvSession *session, const RvFrameHeader *header, const GError *error,
                           int source)
{
    wire_error failure = rv_remote_error_from_gerror(error, source);
    RvFrameHeader reply = *header;
    if (reply.type != RV_FRAME_STREAM)
        reply.type = RV_FRAME_REPLY;
    reply.status = RV_FRAME_ERROR;
    g_autoptr(GError) problem = NULL;
    if (!rv_session_send(session, &reply, (xdrproc_t)xdr_wire_error, &failure, &problem))
        rv_session_break(session, "cannot send an error: %s", problem->message);
}

void rv_session_send_event(RvSession *session, unsigned procedure, xdrproc_t xdr, void *data)
{
    if (rv_buffer_len(&session->out) > EVENT_ROOM) {
        rv_session_break(session, "it does not read its events");
        return;
    }
    RvFrameHeader header = {
        .program = WIRE_REMOTE_PROGRAM,
        .version = WIRE_REMOTE_VERSION,
        .procedure = procedure,
        .type = RV_FRAME_MESSAGE,
    };
    g_autoptr(GError) error = NULL;
    if (!rv_session_send(session, &header, xdr, data, &error))
        rv_log_error("cannot send event %u: %s", procedure, error->message);
}

/* ---- Keepalive ------------------------------------------------------------------------------ */

static void send_keepalive(RvSession *session, unsigned procedure)
{
    rv_session_send_bytes(session,
                          &(RvFrameHeader){
                              .program = WIRE_KEEPALIVE_PROGRAM,
                              .version = WIRE_KEEPALIVE_VERSION,
                              .procedure = procedure,
                              .type = RV_FRAME_MESSAGE,
                          },
                          NULL, 0);
}

void rv_session_start_keepalive(RvSession *session)
{
    session->keepalive = session->limits->keepalive_ms > 0;
}

static void tick_keepalive(RvSession *session, int64_t now)
{
    const RvServerLimits *limits = session->limits;
    int64_t interval = (int64_t)limits->keepalive_ms * 1000;
    if (!session->keepalive || session->stalled > 0 ||
        now - session->heard < interval * (session->pings + 1))
        return;
    if (session->pings == limits->keepalive_count) {
        rv_session_break(session, "%u keepalive messages without an answer", session->pings);
        return;
    }
    session->pings++;
    send_keepalive(session, WIRE_KEEPALIVE_PING);
}

/* ---- Receiving ------------------------------------------------------------------------------ */

static bool is_keepalive(const RvFrameHeader *header)
{
    return header->program == WIRE_KEEPALIVE_PROGRAM &&
           header->version == WIRE_KEEPALIVE_VERSION && header->type == RV_FRAME_MESSAGE;
}

/* Streams end as their own handler says: by the time of the next frame there may be one less. */
static void handle_stream(RvSession *session, const RvFrame *frame)
{
    for (guint i = 0; i < session->streams->len; i++) {
        RvStream *stream = session->streams->pdata[i];
        if (!rv_stream_matches(stream, &frame->header))
            continue;
        if (!rv_stream_handle(stream, frame))
            g_ptr_array_remove_index_fast(session->streams, i);
        return;
    }
    /* What was on its way when the stream ended. */
}

/* Nobody was told that we take descriptors. They come each with one byte behind the message; read
 * without room for them, they are closed by the kernel. */
static void handle_fds(RvSession *session, const RvFrame *frame)
{
    u_int count = 0;
    if (!rv_xdr_decode(frame->payload, frame->payload_len, (xdrproc_t)xdr_u_int, &count, NULL) ||
        count > RV_FRAME_FDS_MAX) {
        rv_session_break(session, "it sent %u file descriptors with a message", count);
        return;
    }
    session->skip = count;
    g_autoptr(GError) error = NULL;
    rv_error_set(&error, RV_ERR_OPERATION_UNSUPPORTED,
                 "file descriptors are not taken with a message");
    rv_session_send_error(session, &frame->header, error, RV_ERROR_SOURCE_RPC);
}

static void handle_frame(RvSession *session, const RvFrame *frame)
{
    session->pings = 0;
    if (is_keepalive(&frame->header)) {
        if (frame->header.procedure == WIRE_KEEPALIVE_PING)
            send_keepalive(session, WIRE_KEEPALIVE_PONG);
        return;
    }
    if (session->refusal) {
        rv_session_send_error(session, &frame->header, session->refusal, RV_ERROR_SOURCE_RPC);
        session->leaving = true;
        return;
    }
    switch (frame->header.type) {
    case RV_FRAME_CALL:
        session->silent_since = 0;
        rv_dispatch(session, frame);
        break;
    case RV_FRAME_CALL_WITH_FDS:
        handle_fds(session, frame);
        break;
    case RV_FRAME_STREAM:
    case RV_FRAME_STREAM_HOLE:
        handle_stream(session, frame);
        break;
    default:
        rv_log_debug("%s sent a message of type %u, ignored", session->who, frame->header.type);
    }
}

static bool may_take(const RvSession *session)
{
    return is_open(session) && !session->leaving && session->stalled == 0 && !is_full(session);
}

/* Takes whole frames off the front; returns how many bytes. */
static size_t take_frames(RvSession *session, const char *bytes, size_t len)
{
    int64_t end = session->heard + SLICE_US;
    size_t taken = 0;
    while (taken < len && may_take(session)) {
        if (session->skip > 0) {
            unsigned n = (unsigned)MIN(session->skip, len - taken);
            session->skip -= n;
            taken += n;
            continue;
        }
        if (session->goes_on)
            return taken;

        RvFrame frame;
        g_autoptr(GError) error = NULL;
        RvFrameResult result = rv_frame_read(bytes + taken, len - taken, &frame, &error);
        if (result == RV_FRAME_BAD)
            rv_session_break(session, "%s", error->message);
        if (result != RV_FRAME_WHOLE)
            break;
        handle_frame(session, &frame);
        taken += frame.size;
        session->half_since = 0;
        if (g_get_monotonic_time() > end && taken < len)
            go_on(session);
    }
    session->held = taken < len && !may_take(session);
    return taken;
}

/* A message that is not whole yet: how long it has been so, from its first byte on. */
static void note_half(RvSession *session)
{
    bool half = rv_buffer_len(&session->in) > 0 && !session->goes_on && may_take(session);
    if (!half)
        session->half_since = 0;
    else if (session->half_since == 0)
        session->half_since = session->heard;
}

static void take_buffered(RvSession *session)
{
    size_t taken = take_frames(session, rv_buffer_bytes(&session->in), rv_buffer_len(&session->in));
    if (session->fd >= 0)
        rv_buffer_consume(&session->in, taken, 0);
}

/* How much to ask the socket for: a long message that has begun is read where it will lie. */
static size_t read_size(const RvSession *session)
{
    RvFrame frame;
    if (rv_frame_read(rv_buffer_bytes(&session->in), rv_buffer_len(&session->in), &frame, NULL) ==
            RV_FRAME_PARTIAL &&
        frame.size > rv_buffer_len(&session->in) + RV_SERVER_SCRATCH_SIZE)
        return MIN(frame.size - rv_buffer_len(&session->in), READ_AHEAD);
    return RV_SERVER_SCRATCH_SIZE;
}

/* Small requests never touch the heap: they are understood where they were read. False: no more
 * will come. */
static bool receive(RvSession *session)
{
    bool direct = rv_buffer_len(&session->in) == 0;
    size_t size = direct ? RV_SERVER_SCRATCH_SIZE : read_size(session);
    char *bytes = direct ? rv_server_scratch(session->server)
                         : rv_buffer_reserve(&session->in, size);
    ssize_t n = read(session->fd, bytes, size);
    if (n <= 0)
        return n < 0 && (errno == EAGAIN || errno == EINTR);

    session->heard = g_get_monotonic_time();
    if (direct) {
        size_t taken = take_frames(session, bytes, (size_t)n);
        rv_buffer_append(&session->in, bytes + taken, (size_t)n - taken);
    } else {
        rv_buffer_added(&session->in, (size_t)n);
        take_buffered(session);
    }
    return true;
}

/* ---- Turns ---------------------------------------------------------------------------------- */

/* What the socket is watched for; and what was held back goes on when it may. */
static void set_watch(RvSession *session)
{
    if (!is_open(session))
        return;
    uint32_t events = 0;
    if (session->held && may_take(session))
        go_on(session);
    if (may_take(session) && !session->goes_on)
        events |= EPOLLIN;
    if (rv_buffer_len(&session->out) > 0)
        events |= EPOLLOUT;
    rv_watch_set_events(session->watch, events);
}

static void end_turn(RvSession *session)
{
    flush(session);
    session->in_turn = false;
    if (!is_open(session))
        return;
    resume_streams(session);
    note_half(session);
    charge(session);
    set_watch(session);
}

static void next_turn(void *data)
{
    g_autoptr(RvSession) session = data;
    session->goes_on = false;
    if (!is_open(session))
        return;
    session->in_turn = true;
    session->heard = g_get_monotonic_time();
    take_buffered(session);
    end_turn(session);
}

static void go_on(RvSession *session)
{
    if (session->goes_on)
        return;
    session->goes_on = true;
    rv_loop_post(session->core->loop, next_turn, rv_session_ref(session));
}

static void on_socket(RvWatch *watch, uint32_t events, void *data)
{
    g_autoptr(RvSession) session = rv_session_ref(data);
    session->in_turn = true;
    bool more = true;
    if (events & EPOLLIN)
        more = receive(session);
    else if (events & (EPOLLHUP | EPOLLERR))
        more = false;
    end_turn(session);
    if (!more || session->broken)
        rv_session_close(session);
}

void rv_session_set_stalled(RvSession *session, bool stalled)
{
    session->stalled += stalled ? 1 : (unsigned)-1;
    set_watch(session);
}

/* ---- Deadlines ------------------------------------------------------------------------------ */

static bool is_over(int64_t since, unsigned ms, int64_t now)
{
    return since != 0 && now - since > (int64_t)ms * 1000;
}

void rv_session_tick(RvSession *session, int64_t now)
{
    const RvServerLimits *limits = session->limits;
    if (!is_open(session))
        return;
    if (is_over(session->silent_since, limits->silent_ms, now))
        rv_session_break(session, "it asked for nothing in %u ms", limits->silent_ms);
    else if (is_over(session->half_since, limits->half_message_ms, now))
        rv_session_break(session, "a message was not complete after %u ms",
                         limits->half_message_ms);
    else if (is_over(session->unread_since, limits->unread_ms, now))
        rv_session_break(session, "it read nothing for %u ms", limits->unread_ms);
    else
        tick_keepalive(session, now);
}

/* ---- Making one ----------------------------------------------------------------------------- */

static void free_stream(void *stream)
{
    rv_stream_free(stream);
}

RvSession *rv_session_new(RvServer *server, int fd, const struct ucred *peer, bool read_only,
                          GError *refusal)
{
    RvSession *session = g_new0(RvSession, 1);
    session->refs = 1;
    session->server = server;
    session->core = rv_server_core(server);
    session->limits = rv_server_limits(server);
    session->link.data = session;
    session->uid = peer->uid;
    session->gid = peer->gid;
    session->pid = peer->pid;
    session->who = describe(peer);
    session->read_only = read_only;
    session->refusal = refusal;
    session->fd = fd;
    session->heard = session->silent_since = g_get_monotonic_time();
    session->calls = g_ptr_array_new();
    session->streams = g_ptr_array_new_with_free_func(free_stream);
    session->watch = rv_watch_new(session->core->loop, fd, EPOLLIN, on_socket, session);
    return session;
}
