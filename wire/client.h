/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A client of the protocol on a UNIX socket: one thread, one question at a time, one stream at a
 * time. What it waits for has a deadline: a server from which nothing comes is pinged, and given up
 * when it does not answer that either; a slow job alone is no reason to give up.
 *
 * The server is not trusted: what breaks the protocol ends the connection with an error. After that
 * every call fails with RV_ERR_RPC.
 */

#include <glib.h>
#include <rpc/rpc.h>
#include <stdbool.h>
#include <stdint.h>

#include "wire/frame.h"
#include "wire/reeve.h"
#include "wire/remote.h"

typedef struct RvClient RvClient;

/* *ret_errno (may be NULL) says why connect() failed, 0: it was something else. */
G_GNUC_WARN_UNUSED_RESULT RvClient *rv_client_connect(const char *socket_path, int *ret_errno,
                                                      GError **error);
void rv_client_free(RvClient *client);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RvClient, rv_client_free)

/* After `ping_ms` without a byte the server is pinged, after `dead_ms` it is given up. */
void rv_client_set_silence(RvClient *client, int ping_ms, int dead_ms);

/* The connection broke; nothing can be done with it but to free it. */
bool rv_client_is_broken(const RvClient *client);

/* Agrees on no authentication and opens `uri` (NULL: what the server takes for its default). */
G_GNUC_WARN_UNUSED_RESULT bool rv_client_open(RvClient *client, const char *uri, bool read_only,
                                              GError **error);

/* Asks and waits. `ret` is all zeros before, and owned by the caller after success; an error of
 * the server comes with its code, message and remedy. */
G_GNUC_WARN_UNUSED_RESULT bool rv_client_call_xdr(RvClient *client, uint32_t program,
                                                  uint32_t procedure, xdrproc_t args_xdr,
                                                  const void *args, xdrproc_t ret_xdr, void *ret,
                                                  GError **error);

/* The routine of a type; of `void`, which libtirpc declares otherwise, too. */
#define RV_XDRPROC(type) ((xdrproc_t)(void (*)(void))xdr_##type)

/* The same, with types: rv_client_call(client, WIRE_DOMAIN_RESET, wire_domain_flags_args, &args,
 * void, NULL, error). `void` and NULL where there are no arguments or no result. */
#define rv_client_call(client, procedure, args_type, args, ret_type, ret, error)                   \
    rv_client_call_xdr(client, WIRE_REMOTE_PROGRAM, procedure, RV_XDRPROC(args_type),         \
                       (const args_type *){args}, RV_XDRPROC(ret_type), (ret_type *){ret},    \
                       error)
#define rv_client_call_reeve(client, procedure, args_type, args, ret_type, ret, error)             \
    rv_client_call_xdr(client, WIRE_REEVE_PROGRAM, procedure, RV_XDRPROC(args_type),          \
                       (const args_type *){args}, RV_XDRPROC(ret_type), (ret_type *){ret},    \
                       error)

/* Called for each event, from within any function that waits or reads. As all that is called back
 * here it may send on a stream, but not ask. */
typedef void (*RvClientEventFunc)(const RvFrame *frame, void *data);
void rv_client_on_event(RvClient *client, RvClientEventFunc func, void *data);

/* ---- Beside other descriptors ---- */

/* For poll(): the descriptor and the events to wait for (POLLIN, and POLLOUT while something waits
 * to be sent). Then rv_client_io() reads and writes what it can without blocking, and calls
 * back. */
int rv_client_fd(const RvClient *client);
short rv_client_poll_events(const RvClient *client);
G_GNUC_WARN_UNUSED_RESULT bool rv_client_io(RvClient *client, GError **error);

/* How long poll() may wait, in ms; call rv_client_tick() after each wait: it pings, and fails when
 * the server is to be given up. */
int rv_client_poll_timeout(const RvClient *client);
G_GNUC_WARN_UNUSED_RESULT bool rv_client_tick(RvClient *client, GError **error);

/* ---- Streams ---- */

/* `len` 0: the stream has ended, well (`error` NULL) or not. Nothing comes after that. */
typedef void (*RvClientStreamFunc)(const char *bytes, size_t len, const GError *error, void *data);

/* Makes a call that opens a stream. Data comes to `func` until the stream ends. */
G_GNUC_WARN_UNUSED_RESULT bool rv_client_open_stream(RvClient *client, uint32_t program,
                                                     uint32_t procedure, xdrproc_t args_xdr,
                                                     const void *args, RvClientStreamFunc func,
                                                     void *data, GError **error);

/* Queues bytes for the stream; rv_client_queued() says how many bytes of all kinds wait. */
void rv_client_stream_send(RvClient *client, const void *bytes, size_t len);
size_t rv_client_queued(const RvClient *client);

/* Says that no more will be sent and waits until the server has agreed. */
G_GNUC_WARN_UNUSED_RESULT bool rv_client_stream_finish(RvClient *client, GError **error);
