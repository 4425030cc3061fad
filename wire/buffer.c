/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "wire/buffer.h"

#include <string.h>

#define FIRST_SIZE 1024

void rv_buffer_clear(RvBuffer *buffer)
{
    g_free(buffer->data);
    memset(buffer, 0, sizeof(*buffer));
}

char *rv_buffer_reserve(RvBuffer *buffer, size_t n)
{
    if (buffer->size - buffer->end >= n)
        return buffer->data + buffer->end;

    /* Moving to the front is paid for by the bytes eaten since the last time. */
    size_t len = rv_buffer_len(buffer);
    if (buffer->start >= len && buffer->size - len >= n) {
        memmove(buffer->data, buffer->data + buffer->start, len);
    } else {
        size_t size = MAX(buffer->size, FIRST_SIZE);
        while (size - len < n)
            size *= 2;
        char *data = g_malloc(size);
        if (len > 0)
            memcpy(data, buffer->data + buffer->start, len);
        g_free(buffer->data);
        buffer->data = data;
        buffer->size = size;
    }
    buffer->start = 0;
    buffer->end = len;
    return buffer->data + len;
}

void rv_buffer_added(RvBuffer *buffer, size_t n)
{
    g_assert(buffer->size - buffer->end >= n);
    buffer->end += n;
}

void rv_buffer_append(RvBuffer *buffer, const void *bytes, size_t n)
{
    if (n == 0)
        return;
    memcpy(rv_buffer_reserve(buffer, n), bytes, n);
    buffer->end += n;
}

void rv_buffer_truncate(RvBuffer *buffer, size_t len)
{
    g_assert(len <= rv_buffer_len(buffer));
    buffer->end = buffer->start + len;
}

void rv_buffer_consume(RvBuffer *buffer, size_t n, size_t keep)
{
    g_assert(n <= rv_buffer_len(buffer));
    buffer->start += n;
    if (buffer->start < buffer->end)
        return;
    buffer->start = buffer->end = 0;
    if (buffer->size > keep)
        rv_buffer_clear(buffer);
}
