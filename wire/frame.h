/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Frames: how messages follow each other on a connection. Each is a length (4 bytes, big-endian, of
 * all that follows and itself), a header of six words, and a payload that depends on the header.
 * Numbers and limits are those of libvirt's RPC protocol.
 */

#include <glib.h>
#include <rpc/rpc.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/buffer.h"

#define RV_FRAME_LENGTH_SIZE 4
#define RV_FRAME_HEADER_SIZE 24
#define RV_FRAME_MAX (32u << 20) /* header and payload of one message */
#define RV_FRAME_PAYLOAD_MAX (RV_FRAME_MAX - RV_FRAME_HEADER_SIZE)
#define RV_FRAME_STREAM_MAX 262120 /* payload of one packet of a stream that every peer takes */
#define RV_FRAME_FDS_MAX 32

typedef enum {
    RV_FRAME_CALL = 0,
    RV_FRAME_REPLY = 1,
    RV_FRAME_MESSAGE = 2, /* an event or a keepalive: no answer */
    RV_FRAME_STREAM = 3,
    RV_FRAME_CALL_WITH_FDS = 4,
    RV_FRAME_REPLY_WITH_FDS = 5,
    RV_FRAME_STREAM_HOLE = 6,
} RvFrameType;

typedef enum {
    RV_FRAME_OK = 0,
    RV_FRAME_ERROR = 1,    /* the payload is a wire_error; from a client on a stream: empty */
    RV_FRAME_CONTINUE = 2, /* stream: data, no bytes meaning end of file */
} RvFrameStatus;

typedef struct {
    uint32_t program, version, procedure;
    uint32_t type;   /* RvFrameType, but as it came */
    uint32_t serial; /* of a call, and of all that belongs to it; 0 for messages */
    uint32_t status; /* RvFrameStatus, but as it came */
} RvFrameHeader;

typedef struct {
    RvFrameHeader header;
    const char *payload; /* within the bytes it was read from */
    size_t payload_len;
    size_t size;         /* of the whole frame: what to consume */
} RvFrame;

typedef enum {
    RV_FRAME_WHOLE,
    RV_FRAME_PARTIAL, /* ret->size says how long it will be, 0 when that is not known yet */
    RV_FRAME_BAD,     /* not a frame: nothing behind it can be understood */
} RvFrameResult;

/* Looks at the front of `bytes`. Takes no memory, whatever length is announced. */
RvFrameResult rv_frame_read(const char *bytes, size_t len, RvFrame *ret, GError **error);

/* Appends a frame with `data` as `xdr` lays it out (NULL: no payload). On failure `out` is as it
 * was before: a value that breaks the protocol's limits, or too long a payload. */
G_GNUC_WARN_UNUSED_RESULT bool rv_frame_write(RvBuffer *out, const RvFrameHeader *header,
                                              xdrproc_t xdr, void *data, GError **error);

/* Appends a frame with bytes as they are; at most RV_FRAME_PAYLOAD_MAX. */
void rv_frame_write_bytes(RvBuffer *out, const RvFrameHeader *header, const void *bytes,
                          size_t len);
