/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "wire/xdr.h"

#include <stdint.h>
#include <string.h>

#include "base/error.h"
#include "wire/remote.h"

#define WORD 4 /* every item is at least one word on the wire */

/* ---- The encoding stream: x_private is the buffer, x_handy what it may still grow ---- */

static bool_t encode_bytes(XDR *xdrs, const char *bytes, u_int len)
{
    if (len > xdrs->x_handy)
        return FALSE;
    xdrs->x_handy -= len;
    rv_buffer_append(xdrs->x_private, bytes, len);
    return TRUE;
}

static bool_t encode_long(XDR *xdrs, const long *value)
{
    if (xdrs->x_handy < WORD)
        return FALSE;
    xdrs->x_handy -= WORD;
    uint32_t word = GUINT32_TO_BE((uint32_t)*value);
    RvBuffer *out = xdrs->x_private;
    memcpy(rv_buffer_reserve(out, WORD), &word, WORD);
    rv_buffer_added(out, WORD);
    return TRUE;
}

/* ---- The decoding stream: x_private is the next byte, x_handy how many are left ---- */

static bool_t decode_bytes(XDR *xdrs, char *bytes, u_int len)
{
    if (len > xdrs->x_handy)
        return FALSE;
    if (len > 0)
        memcpy(bytes, xdrs->x_private, len);
    xdrs->x_handy -= len;
    xdrs->x_private = (char *)xdrs->x_private + len;
    return TRUE;
}

static bool_t decode_long(XDR *xdrs, long *value)
{
    uint32_t word;
    if (!decode_bytes(xdrs, (char *)&word, WORD))
        return FALSE;
    *value = (int32_t)GUINT32_FROM_BE(word);
    return TRUE;
}

/* ---- Slots that neither has any use for ---- */

static bool_t no_getlong(XDR *xdrs, long *value)
{
    return FALSE;
}

static bool_t no_putlong(XDR *xdrs, const long *value)
{
    return FALSE;
}

static bool_t no_getbytes(XDR *xdrs, char *bytes, u_int len)
{
    return FALSE;
}

static bool_t no_putbytes(XDR *xdrs, const char *bytes, u_int len)
{
    return FALSE;
}

static u_int no_getpos(XDR *xdrs)
{
    return 0;
}

static bool_t no_setpos(XDR *xdrs, u_int pos)
{
    return FALSE;
}

static int32_t *no_inline(XDR *xdrs, u_int len)
{
    return NULL;
}

static void no_destroy(XDR *xdrs)
{
}

static bool_t no_control(XDR *xdrs, int request, void *info)
{
    return FALSE;
}

#define OPS(get_long, put_long, get_bytes, put_bytes)                                              \
    {                                                                                              \
        .x_getlong = get_long, .x_putlong = put_long, .x_getbytes = get_bytes,                     \
        .x_putbytes = put_bytes, .x_getpostn = no_getpos, .x_setpostn = no_setpos,                 \
        .x_inline = no_inline, .x_destroy = no_destroy, .x_control = no_control                    \
    }

static const struct xdr_ops encode_ops =
    OPS(no_getlong, encode_long, no_getbytes, encode_bytes);
static const struct xdr_ops decode_ops =
    OPS(decode_long, no_putlong, decode_bytes, no_putbytes);

bool rv_xdr_encode(RvBuffer *out, size_t max, xdrproc_t xdr, void *data, GError **error)
{
    XDR stream = {
        .x_op = XDR_ENCODE,
        .x_ops = &encode_ops,
        .x_private = out,
        .x_handy = (u_int)MIN(max, UINT32_MAX),
    };
    if (xdr(&stream, data))
        return true;
    rv_error_set(error, RV_ERR_RPC, "Unable to encode message payload");
    return false;
}

bool rv_xdr_decode(const char *bytes, size_t len, xdrproc_t xdr, void *data, GError **error)
{
    XDR stream = {
        .x_op = XDR_DECODE,
        .x_ops = &decode_ops,
        .x_private = (void *)bytes,
        .x_handy = (u_int)MIN(len, UINT32_MAX),
    };
    if (xdr(&stream, data))
        return true;
    rv_xdr_clear(xdr, data);
    rv_error_set(error, RV_ERR_RPC, "Unable to decode message payload");
    return false;
}

void rv_xdr_clear(xdrproc_t xdr, void *data)
{
    XDR stream = {.x_op = XDR_FREE};
    (void)xdr(&stream, data);
}

/* ---- The stand-ins ---- */

static u_int padding(u_int len)
{
    return (WORD - len % WORD) % WORD;
}

static bool_t encode_counted(XDR *xdrs, const char *bytes, u_int len)
{
    static const char zeros[WORD];
    return xdr_u_int(xdrs, &len) && encode_bytes(xdrs, bytes, len) &&
           encode_bytes(xdrs, zeros, padding(len));
}

/* Reads a count and sees that the bytes for it are there; then copies them, NUL behind. */
static char *decode_counted(XDR *xdrs, u_int max, u_int *ret_len)
{
    u_int len;
    if (!xdr_u_int(xdrs, &len) || len > max || (uint64_t)len + padding(len) > xdrs->x_handy)
        return NULL;
    char *bytes = g_malloc((size_t)len + 1);
    char pad[WORD];
    (void)decode_bytes(xdrs, bytes, len);
    (void)decode_bytes(xdrs, pad, padding(len));
    bytes[len] = '\0';
    *ret_len = len;
    return bytes;
}

static void free_pointer(char **pointer)
{
    g_free(*pointer);
    *pointer = NULL;
}

bool_t rv_xdr_string(XDR *xdrs, char **text, u_int max)
{
    u_int len;
    switch (xdrs->x_op) {
    case XDR_ENCODE:
        if (*text == NULL)
            return FALSE;
        len = (u_int)strnlen(*text, (size_t)max + 1);
        return len <= max && encode_counted(xdrs, *text, len);
    case XDR_DECODE:
        *text = decode_counted(xdrs, max, &len);
        return *text != NULL && strlen(*text) == len; /* no NUL within */
    case XDR_FREE:
        free_pointer(text);
        return TRUE;
    }
    return FALSE;
}

bool_t rv_xdr_bytes(XDR *xdrs, char **bytes, u_int *len, u_int max)
{
    switch (xdrs->x_op) {
    case XDR_ENCODE:
        return *len <= max && encode_counted(xdrs, *bytes, *len);
    case XDR_DECODE:
        *bytes = decode_counted(xdrs, max, len);
        return *bytes != NULL;
    case XDR_FREE:
        free_pointer(bytes);
        *len = 0;
        return TRUE;
    }
    return FALSE;
}

/* A value of an unknown kind stops the decoding, and stops nothing here: the rest is all zeros. */
static void free_items(XDR *xdrs, char **items, u_int *count, u_int item_size, xdrproc_t item_xdr)
{
    for (u_int i = 0; *items != NULL && i < *count; i++)
        (void)item_xdr(xdrs, *items + (size_t)i * item_size);
    free_pointer(items);
    *count = 0;
}

bool_t rv_xdr_array(XDR *xdrs, char **items, u_int *count, u_int max, u_int item_size,
                    xdrproc_t item_xdr)
{
    if (xdrs->x_op == XDR_FREE) {
        free_items(xdrs, items, count, item_size, item_xdr);
        return TRUE;
    }
    if (xdrs->x_op == XDR_ENCODE && *count > max)
        return FALSE;
    if (!xdr_u_int(xdrs, count))
        return FALSE;
    if (xdrs->x_op == XDR_DECODE) {
        if (*count > max || *count > xdrs->x_handy / WORD) {
            *count = 0;
            return FALSE;
        }
        *items = g_malloc0_n(*count, item_size);
    }
    for (u_int i = 0; i < *count; i++) {
        if (!item_xdr(xdrs, *items + (size_t)i * item_size))
            return FALSE;
    }
    return TRUE;
}

bool_t rv_xdr_pointer(XDR *xdrs, char **item, u_int item_size, xdrproc_t item_xdr)
{
    bool_t present = *item != NULL;
    switch (xdrs->x_op) {
    case XDR_ENCODE:
        return xdr_bool(xdrs, &present) && (!present || item_xdr(xdrs, *item));
    case XDR_DECODE:
        if (!xdr_bool(xdrs, &present))
            return FALSE;
        if (!present)
            return TRUE;
        *item = g_malloc0(item_size);
        return item_xdr(xdrs, *item);
    case XDR_FREE:
        if (present)
            (void)item_xdr(xdrs, *item);
        free_pointer(item);
        return TRUE;
    }
    return FALSE;
}

bool_t xdr_wire_text_opt(XDR *xdrs, wire_text_opt *text)
{
    bool_t present = *text != NULL;
    if (xdrs->x_op != XDR_FREE && !xdr_bool(xdrs, &present))
        return FALSE;
    return !present || rv_xdr_string(xdrs, text, WIRE_TEXT_MAX);
}
