/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * XDR with bounds. The routines that rpcgen makes of our .x files run on streams of our own: one
 * that encodes into a growing buffer, one that decodes from memory. Where libtirpc's primitives
 * would take memory for a count before the bytes for it are known to be there, ours stand in: a
 * count above the protocol's maximum, or above what the bytes that are left can hold, is refused
 * first.
 *
 * Decoded data is owned by the struct it was decoded into; rv_xdr_clear() frees it. A struct that is
 * only encoded may borrow all it points to.
 */

#include <glib.h>
#include <rpc/rpc.h>
#include <stdbool.h>
#include <stddef.h>

#include "wire/buffer.h"

/* Appends `data` to `out`, at most `max` bytes. On failure what was appended must be truncated. */
G_GNUC_WARN_UNUSED_RESULT bool rv_xdr_encode(RvBuffer *out, size_t max, xdrproc_t xdr, void *data,
                                             GError **error);

/* Decodes into `data`, a struct of all zeros. On failure it is cleared again. Bytes that are left
 * over are ignored, as libvirt does. */
G_GNUC_WARN_UNUSED_RESULT bool rv_xdr_decode(const char *bytes, size_t len, xdrproc_t xdr,
                                             void *data, GError **error);

/* Frees all that `data` points to; `data` itself is the caller's. */
void rv_xdr_clear(xdrproc_t xdr, void *data);

/* A text that may be absent: NULL then. (rpcgen itself would make a pointer to a pointer of it.) */
typedef char *wire_text_opt;
bool_t xdr_wire_text_opt(XDR *xdrs, wire_text_opt *text);

/* The stand-ins, for what rpcgen makes of our .x files. */
bool_t rv_xdr_string(XDR *xdrs, char **text, u_int max);
bool_t rv_xdr_bytes(XDR *xdrs, char **bytes, u_int *len, u_int max);
bool_t rv_xdr_array(XDR *xdrs, char **items, u_int *count, u_int max, u_int item_size,
                    xdrproc_t item_xdr);
bool_t rv_xdr_pointer(XDR *xdrs, char **item, u_int item_size, xdrproc_t item_xdr);
#define xdr_string rv_xdr_string
#define xdr_bytes rv_xdr_bytes
#define xdr_array rv_xdr_array
#define xdr_pointer rv_xdr_pointer
