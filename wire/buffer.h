/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A queue of bytes that grows at its end and is eaten from its front: what came from a socket and
 * is not yet understood, or what waits to be sent. Embedded; all zero is an empty one.
 */

#include <glib.h>
#include <stddef.h>

typedef struct {
    char *data;
    size_t start; /* the first byte that still counts */
    size_t end;   /* behind the last one */
    size_t size;  /* of the memory */
} RvBuffer;

void rv_buffer_clear(RvBuffer *buffer); /* frees the memory; empty again */
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(RvBuffer, rv_buffer_clear)

static inline size_t rv_buffer_len(const RvBuffer *buffer)
{
    return buffer->end - buffer->start;
}

static inline const char *rv_buffer_bytes(const RvBuffer *buffer)
{
    return buffer->data + buffer->start;
}

/* Room for `n` more bytes behind the end, which rv_buffer_added() then makes count. Pointers into
 * the buffer are not valid after this. */
char *rv_buffer_reserve(RvBuffer *buffer, size_t n);
void rv_buffer_added(RvBuffer *buffer, size_t n);
void rv_buffer_append(RvBuffer *buffer, const void *bytes, size_t n);

/* Takes back what was appended behind `len` bytes. */
void rv_buffer_truncate(RvBuffer *buffer, size_t len);

/* Eats `n` bytes at the front. An empty buffer gives memory above `keep` bytes back. */
void rv_buffer_consume(RvBuffer *buffer, size_t n, size_t keep);
