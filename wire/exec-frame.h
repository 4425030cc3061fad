/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What a stream of the procedure "exec" carries, both ways: frames of a kind, a length (big-endian,
 * 32 bits) and so many bytes. With a terminal all output is of RV_EXEC_OUTPUT.
 */

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { RV_EXEC_HEAD = 5, RV_EXEC_MAX = 32768 };

typedef enum {
    RV_EXEC_INPUT = 0,  /* to the program; no bytes: there will be no more */
    RV_EXEC_OUTPUT = 1, /* from it */
    RV_EXEC_ERRORS = 2,
    RV_EXEC_RESIZE = 3, /* rows and columns of the client's terminal, 16 bits each */
    RV_EXEC_SIGNAL = 4, /* to the program: a number, 32 bits */
    RV_EXEC_EXIT = 5,   /* it has ended: its exit code, or 128 + the signal, 32 bits; the last one */
} RvExecKind;

static inline void rv_exec_append(GByteArray *out, RvExecKind kind, const void *bytes, uint32_t len)
{
    uint32_t length = GUINT32_TO_BE(len);
    guint8 head[RV_EXEC_HEAD] = {(guint8)kind};
    memcpy(head + 1, &length, sizeof(length));
    g_byte_array_append(out, head, sizeof(head));
    g_byte_array_append(out, bytes, len);
}

static inline void rv_exec_append_number(GByteArray *out, RvExecKind kind, uint32_t number)
{
    uint32_t value = GUINT32_TO_BE(number);
    rv_exec_append(out, kind, &value, sizeof(value));
}

/* The first frame in `in`, if it is there as a whole: its bytes, and *ret_len of them. It is dropped
 * by removing RV_EXEC_HEAD + *ret_len bytes. *ret_bad: this is no frame. */
static inline const guint8 *rv_exec_peek(const GByteArray *in, RvExecKind *ret_kind,
                                         uint32_t *ret_len, bool *ret_bad)
{
    uint32_t length;
    *ret_bad = false;
    if (in->len < RV_EXEC_HEAD)
        return NULL;
    memcpy(&length, in->data + 1, sizeof(length));
    *ret_kind = (RvExecKind)in->data[0];
    *ret_len = GUINT32_FROM_BE(length);
    *ret_bad = *ret_len > RV_EXEC_MAX || in->data[0] > RV_EXEC_EXIT;
    return *ret_bad || in->len < RV_EXEC_HEAD + *ret_len ? NULL : in->data + RV_EXEC_HEAD;
}

static inline uint32_t rv_exec_number(const guint8 *bytes, uint32_t len)
{
    uint32_t value = 0;
    if (len == sizeof(value))
        memcpy(&value, bytes, sizeof(value));
    return GUINT32_FROM_BE(value);
}
