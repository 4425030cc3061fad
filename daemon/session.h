/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One client's connection: its identity, what it has opened, what it asked for and has not got yet.
 * I/O thread only.
 *
 * Bytes. One read drains the socket; all complete requests in it are answered in the same turn of
 * the loop, and the replies leave in one write. A client is given a slice of time, then the others
 * have their turn. What it does not read is kept up to a bound; above it nothing more is read from
 * it, and after a while it is closed.
 *
 * Life. A session that is closed stays as long as calls refer to it; sending to it does nothing.
 */

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "daemon/dispatch.h"
#include "daemon/fd-queue.h"
#include "daemon/server.h"
#include "wire/buffer.h"
#include "wire/frame.h"

struct RvSession {
    int refs;
    RvServer *server;
    RvCore *core;
    const RvServerLimits *limits;
    GList link; /* the server's, among its sessions */

    /* Who it is. */
    uid_t uid;
    gid_t gid;
    pid_t pid;
    char *who;      /* "uid 0, pid 4711 (virsh)" */
    bool read_only; /* by its socket, or by its own wish when it opened */

    /* What it opened: NULL, or the URI, and then the driver (NULL: all). */
    char *uri;
    const RvDriver *driver;

    /* The connection. */
    int fd; /* -1: closed */
    RvWatch *watch;
    RvBuffer in, out;
    RvFdQueue fds;    /* of `out` */
    unsigned skip;    /* bytes to come that only carried descriptors nobody wants */
    bool in_turn;     /* the write comes at the end of its turn */
    bool goes_on;     /* its slice was over: the next turn is posted */
    bool held;        /* `in` holds what may not be taken now */
    bool leaving;     /* nothing more is read; to be closed when all is written */
    bool broken;      /* to be closed at once; that is posted */
    unsigned stalled; /* streams whose guest does not take what the client sent */
    size_t charged;   /* bytes of memory that count for its user */
    GError *refusal;  /* over a limit: the answer to its first request */

    /* Deadlines, since when (monotonic us); 0: does not run. */
    int64_t silent_since, half_since, unread_since;

    /* Keepalive: pings are sent once the client has said that it answers them. */
    bool keepalive;
    unsigned pings; /* since it was last heard */
    int64_t heard;

    GPtrArray *calls;     /* RvCall, borrowed: slow ones in progress */
    GQueue waiting;       /* RvCall, borrowed: slow ones whose turn has not come */
    GPtrArray *streams;   /* RvStream, owned */
    GPtrArray *listeners; /* owned: see procedures-event.c */
    GPtrArray *doomed;    /* RvInstance, references: guests that end with this connection */
    int last_listener;
};

/* Takes `fd` (non-blocking) over; who is at the other end was asked before. A session with a
 * `refusal` (taken over) answers with that once and is closed. The server holds the reference. */
RvSession *rv_session_new(RvServer *server, int fd, const struct ucred *peer, bool read_only,
                          GError *refusal);
RvSession *rv_session_ref(RvSession *session);
void rv_session_unref(RvSession *session);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RvSession, rv_session_unref)

/* Queues a frame and sees that it leaves; on a closed session nothing happens. A value that breaks
 * the protocol's limits is an error, and nothing is sent. */
G_GNUC_WARN_UNUSED_RESULT bool rv_session_send(RvSession *session, const RvFrameHeader *header,
                                               xdrproc_t xdr, void *data, GError **error);
void rv_session_send_bytes(RvSession *session, const RvFrameHeader *header, const void *bytes,
                           size_t len);
/* A reply without a payload, and descriptors (borrowed). They follow it with one byte each. */
void rv_session_send_fds(RvSession *session, const RvFrameHeader *header, const int *fds,
                         unsigned n);
/* A failure of what `header` began: as a reply, or on its stream when that is its type. */
void rv_session_send_error(RvSession *session, const RvFrameHeader *header, const GError *error,
                           int source);
/* An event: a client that reads none of them is closed rather than remembered for. */
void rv_session_send_event(RvSession *session, unsigned procedure, xdrproc_t xdr, void *data);

/* Whether streams may add to what waits for the client. */
bool rv_session_has_room(const RvSession *session);

/* Nothing is read from the client while any of its streams is stalled. */
void rv_session_set_stalled(RvSession *session, bool stalled);

/* From now on pings are sent, and a client that answers none of them is closed. */
void rv_session_start_keepalive(RvSession *session);

/* Closes it once all that is queued has left. */
void rv_session_leave(RvSession *session);

/* Has a guest that was just started end with this connection. */
void rv_session_doom(RvSession *session, RvDomain *domain);

/* Closes it soon: not from within this call. The reason is logged. */
void rv_session_break(RvSession *session, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* ---- For server.c ---- */

/* Closes it now, with all that hangs on it: jobs that wait are withdrawn. */
void rv_session_close(RvSession *session);

/* Every limits->tick_ms: deadlines and pings. */
void rv_session_tick(RvSession *session, int64_t now);
