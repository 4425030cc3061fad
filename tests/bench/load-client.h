/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One connection of the load generator: blocking to send, never blocking to read. */

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "wire/buffer.h"
#include "wire/frame.h"

typedef struct {
    int fd;
    RvBuffer in;
    size_t eaten; /* bytes at the front of `in` that the last frame took */
    uint32_t serial;
    uint64_t *began; /* ring of the start times (ns) of the calls in flight, by serial; else 0 */
    unsigned depth;
} RvLoadClient;

G_GNUC_WARN_UNUSED_RESULT bool rv_load_client_open(RvLoadClient *client, const char *socket,
                                                   unsigned depth, GError **error);
void rv_load_client_close(RvLoadClient *client);

G_GNUC_WARN_UNUSED_RESULT bool rv_load_client_send(RvLoadClient *client, const char *bytes,
                                                   size_t len, GError **error);

/* Takes what the socket has. False: the daemon is gone. */
G_GNUC_WARN_UNUSED_RESULT bool rv_load_client_fill(RvLoadClient *client, GError **error);

/* The next whole answer of those taken, valid until the next call; false when there is none. */
bool rv_load_client_next(RvLoadClient *client, RvFrame *ret, GError **error);

/* Waits for one answer, which must be a success. */
G_GNUC_WARN_UNUSED_RESULT bool rv_load_client_wait(RvLoadClient *client, RvFrame *ret,
                                                   GError **error);

/* The error that an answer carries, or NULL when it is a success. */
GError *rv_load_answer_error(const RvFrame *frame);
