/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A whole daemon's core with the test driver and a server on a folder of its own, in this process
 * and thread; and peers: plain sockets that say what a test wants, right or wrong. Whatever waits
 * here runs the daemon's loop meanwhile.
 */

#include <check.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "daemon/core.h"
#include "daemon/paths.h"
#include "daemon/server.h"
#include "wire/frame.h"
#include "wire/remote.h"

typedef struct {
    RvCore core;
    RvPaths *paths;
    char *dir;
} Front;

/* `limits` NULL: the defaults. Listens on paths->socket and paths->socket_ro. */
Front *front_new(const RvServerLimits *limits);
void front_free(Front *front);

/* One turn of the daemon's loop, or a short nap where there is nothing to do. */
void front_turn(Front *front);
/* Turns until the condition holds; fails the test after ten seconds. */
#define front_until(front, condition)                                                              \
    for (gint64 end_ = g_get_monotonic_time() + 10 * G_USEC_PER_SEC; !(condition);                 \
         front_turn(front))                                                                        \
    ck_assert_msg(g_get_monotonic_time() < end_, "not within ten seconds: %s", #condition)

typedef struct {
    Front *front;
    int fd;
    RvBuffer in;
    uint32_t serial; /* of the last call */
    size_t taken;    /* of `in`, by the last frame */
} Peer;

Peer *peer_new(Front *front, bool read_only);
Peer *peer_new_open(Front *front, bool read_only); /* opens test:///default */
void peer_free(Peer *peer);

void peer_send(Peer *peer, const void *bytes, size_t len);
/* The next frame; good until the next one. False: the daemon has closed the connection. */
bool peer_receive(Peer *peer, RvFrame *ret);
bool peer_is_closed(Peer *peer); /* waits until it is, reading nothing but the end */

/* Sends a call and returns its header. */
RvFrameHeader peer_ask(Peer *peer, unsigned procedure, xdrproc_t xdr, const void *args);
/* The answer to a call, events before it skipped: 0, or the code of its error, whose message goes to
 * *ret_message (may be NULL). */
int peer_answer(Peer *peer, xdrproc_t xdr, void *ret, char **ret_message);
/* Both in one. `void`: no arguments or result. */
int peer_call(Peer *peer, unsigned procedure, xdrproc_t args_xdr, const void *args,
              xdrproc_t ret_xdr, void *ret, char **ret_message);

/* Defines a domain of the test driver (its metadata as in drivers/test/faults.h, or NULL); and
 * starts it. */
wire_domain peer_define(Peer *peer, const char *name, const char *faults);
void peer_start(Peer *peer, wire_domain domain);
wire_domain peer_start_new(Peer *peer, const char *name, const char *faults);
int peer_state(Peer *peer, wire_domain domain);
void peer_clear_domain(wire_domain *domain);
