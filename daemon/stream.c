/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/stream.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "wire/remote-error.h"

enum {
    PACKET = 64 << 10,       /* bytes of one packet to the client */
    STALL_ABOVE = 256 << 10, /* bytes that wait for the descriptor */
};

struct RvStream {
    RvSession *session; /* which owns us */
    RvFrameHeader header;
    int fd; /* -1: came to its end */
    int keep; /* or -1 */
    bool finishing;
    bool hung_up; /* nobody is at the other end: what is left is read, when there is room */
    bool confirms_later, client_ended, confirmed;
    RvWatch *watch;
    RvBuffer out; /* for the descriptor */
    bool stalled;
    void *data;
    GDestroyNotify free_data;
};

static void send_packet(RvStream *stream, RvFrameStatus status, const void *bytes, size_t len)
{
    RvFrameHeader header = stream->header;
    header.status = status;
    rv_session_send_bytes(stream->session, &header, bytes, len);
}

static void set_stalled(RvStream *stream, bool stalled)
{
    if (stream->stalled == stalled)
        return;
    stream->stalled = stalled;
    rv_session_set_stalled(stream->session, stalled);
}

static void close_fd(RvStream *stream)
{
    g_clear_pointer(&stream->watch, rv_watch_free);
    rv_fd_close(&stream->fd);
    rv_fd_close(&stream->keep);
    rv_buffer_clear(&stream->out);
    set_stalled(stream, false);
}

/* The end of file, or what a pty's master gives when its slave is closed for good. */
static void come_to_end(RvStream *stream)
{
    close_fd(stream);
    if (!stream->confirms_later)
        send_packet(stream, RV_FRAME_CONTINUE, NULL, 0);
}

static void set_watch(RvStream *stream)
{
    if (!stream->watch)
        return;
    uint32_t events = 0;
    if (rv_session_has_room(stream->session))
        events |= EPOLLIN;
    if (rv_buffer_len(&stream->out) > 0)
        events |= EPOLLOUT;
    rv_watch_set_events(stream->watch, events);
}

static void read_some(RvStream *stream)
{
    char bytes[PACKET];
    ssize_t n = read(stream->fd, bytes, sizeof(bytes));
    if (n > 0)
        send_packet(stream, RV_FRAME_CONTINUE, bytes, (size_t)n);
    else if (n == 0 || (errno != EAGAIN && errno != EINTR) ||
             (errno == EAGAIN && (stream->finishing || stream->hung_up)))
        come_to_end(stream);
}

/* No event tells that there is nothing left. */
static void read_rest(RvStream *stream)
{
    while ((stream->finishing || stream->hung_up) && stream->fd >= 0 &&
           rv_session_has_room(stream->session))
        read_some(stream);
}

static void write_some(RvStream *stream)
{
    while (stream->fd >= 0 && rv_buffer_len(&stream->out) > 0) {
        ssize_t n = write(stream->fd, rv_buffer_bytes(&stream->out), rv_buffer_len(&stream->out));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno != EAGAIN)
            come_to_end(stream);
        if (n < 0)
            break;
        rv_buffer_consume(&stream->out, (size_t)n, 0);
    }
    set_stalled(stream, rv_buffer_len(&stream->out) > STALL_ABOVE);
    if (stream->client_ended && stream->fd >= 0 && rv_buffer_len(&stream->out) == 0)
        (void)shutdown(stream->fd, SHUT_WR);
}

static void on_fd(RvWatch *watch, uint32_t events, void *data)
{
    RvStream *stream = data;
    if (events & EPOLLOUT)
        write_some(stream);
    if (stream->fd >= 0 && (events & EPOLLIN))
        read_some(stream);
    if (stream->fd >= 0 && (events & (EPOLLHUP | EPOLLERR))) {
        stream->hung_up = true;
        g_clear_pointer(&stream->watch, rv_watch_free); /* it would tell so again and again */
    }
    read_rest(stream);
    set_watch(stream);
}

void rv_stream_resume(RvStream *stream)
{
    read_rest(stream);
    set_watch(stream);
}

void rv_stream_keep(RvStream *stream, int keep)
{
    rv_fd_close(&stream->keep);
    stream->keep = keep;
}

void rv_stream_finish(RvStream *stream)
{
    stream->finishing = stream->keep >= 0;
    read_rest(stream);
    set_watch(stream);
}

bool rv_stream_matches(const RvStream *stream, const RvFrameHeader *header)
{
    return stream->header.serial == header->serial && stream->header.program == header->program &&
           stream->header.procedure == header->procedure;
}

static bool refuse(RvStream *stream, const char *why)
{
    g_autoptr(GError) error = NULL;
    rv_error_set(&error, RV_ERR_RPC, "%s", why);
    rv_session_send_error(stream->session, &stream->header, error, RV_ERROR_SOURCE_STREAM);
    return false;
}

bool rv_stream_handle(RvStream *stream, const RvFrame *frame)
{
    if (frame->header.type != RV_FRAME_STREAM)
        return refuse(stream, "Unexpected stream hole");
    switch (frame->header.status) {
    case RV_FRAME_CONTINUE:
        if (stream->fd >= 0) {
            rv_buffer_append(&stream->out, frame->payload, frame->payload_len);
            write_some(stream);
            set_watch(stream);
        }
        return true;
    case RV_FRAME_OK:
        if (stream->confirms_later && !stream->confirmed) {
            stream->client_ended = true;
            write_some(stream);
            set_watch(stream);
            return true;
        }
        /* fall through */
    case RV_FRAME_ERROR:
        send_packet(stream, RV_FRAME_OK, NULL, 0);
        return false;
    default:
        return refuse(stream, "stream aborted with unexpected status");
    }
}

void rv_stream_forget(RvStream *stream)
{
    stream->free_data = NULL;
}

void rv_stream_confirm_later(RvStream *stream)
{
    stream->confirms_later = true;
}

void rv_stream_confirm(RvStream *stream)
{
    stream->confirmed = true;
    if (!stream->client_ended)
        return;
    send_packet(stream, RV_FRAME_OK, NULL, 0);
    g_ptr_array_remove_fast(stream->session->streams, stream);
}

void rv_stream_abort(RvStream *stream, const GError *error)
{
    rv_session_send_error(stream->session, &stream->header, error, RV_ERROR_SOURCE_STREAM);
    g_ptr_array_remove_fast(stream->session->streams, stream);
}

const char *rv_stream_who(const RvStream *stream)
{
    return stream->session->who;
}

RvStream *rv_stream_new(RvSession *session, const RvFrameHeader *call, int fd, void *data,
                        GDestroyNotify free_data)
{
    RvStream *stream = g_new0(RvStream, 1);
    stream->session = session;
    stream->header = *call;
    stream->header.type = RV_FRAME_STREAM;
    stream->fd = fd;
    stream->keep = -1;
    stream->data = data;
    stream->free_data = free_data;
    stream->watch = rv_watch_new(session->core->loop, fd, EPOLLIN, on_fd, stream);
    g_ptr_array_add(session->streams, stream);
    return stream;
}

void rv_stream_free(RvStream *stream)
{
    if (!stream)
        return;
    close_fd(stream);
    if (stream->free_data)
        stream->free_data(stream->data);
    g_free(stream);
}
