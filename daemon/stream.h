/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A stream: bytes both ways between a client and a descriptor of ours (a guest's console), beside
 * the client's calls. Bounded: from the descriptor nothing is read while too much waits for the
 * client; from the client nothing is read while too much waits for the descriptor.
 *
 * The client ends it by finish or abort, each of which is confirmed. When the descriptor comes to
 * its end, the client is told so by an empty packet, and then ends the stream.
 */

#include <glib.h>
#include <stdbool.h>

#include "daemon/session.h"

typedef struct RvStream RvStream;

/* Joins the session's streams, which own it. `call` is the header of the call that opened it; `fd`
 * (non-blocking) is taken over. `free_data(data)` runs when it ends. */
RvStream *rv_stream_new(RvSession *session, const RvFrameHeader *call, int fd, void *data,
                        GDestroyNotify free_data);
void rv_stream_free(RvStream *stream);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RvStream, rv_stream_free)

/* Its `data` is gone: free_data is not called any more. */
void rv_stream_forget(RvStream *stream);

/* `fd` does not come to its end by itself as long as `keep`, taken over, is open. */
void rv_stream_keep(RvStream *stream, int keep);
/* Nobody writes any more to a stream that was kept: it ends once all was read. */
void rv_stream_finish(RvStream *stream);

/* That the client has ended it is confirmed only by rv_stream_confirm(): once what it sent, to the end
 * of `fd`'s other side, has arrived. `fd` is a socket. */
void rv_stream_confirm_later(RvStream *stream);
void rv_stream_confirm(RvStream *stream); /* it may be gone then */

/* Ends it for a reason that the client is told. */
void rv_stream_abort(RvStream *stream, const GError *error);

/* Who is at its end: "uid 0, pid 4711 (virsh)". */
const char *rv_stream_who(const RvStream *stream);

/* ---- For session.c ---- */

bool rv_stream_matches(const RvStream *stream, const RvFrameHeader *header);
/* A packet from the client. False: the stream is over. */
G_GNUC_WARN_UNUSED_RESULT bool rv_stream_handle(RvStream *stream, const RvFrame *frame);
/* The client has read something. */
void rv_stream_resume(RvStream *stream);
