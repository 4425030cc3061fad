/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The bytes of a client, as far as they are understood without a daemon: frames, and the payload of
 * each as the arguments and as the result of the procedure it names. What can be decoded must be
 * encoded again to something that decodes the same way.
 */
#include <string.h>

#include "daemon/dispatch.h"
#include "wire/frame.h"
#include "wire/remote.h"
#include "wire/xdr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void decode(const RvFrame *frame, xdrproc_t xdr, size_t size)
{
    if (!xdr)
        return;
    g_autofree void *value = g_malloc0(size);
    g_autoptr(GError) error = NULL;
    if (!rv_xdr_decode(frame->payload, frame->payload_len, xdr, value, &error)) {
        g_assert(error);
        return;
    }
    g_auto(RvBuffer) out = {0};
    g_autofree void *again = g_malloc0(size);
    g_assert(rv_xdr_encode(&out, RV_FRAME_PAYLOAD_MAX, xdr, value, NULL));
    g_assert(rv_buffer_len(&out) <= frame->payload_len);
    g_assert(rv_xdr_decode(rv_buffer_bytes(&out), rv_buffer_len(&out), xdr, again, NULL));
    rv_xdr_clear(xdr, value);
    rv_xdr_clear(xdr, again);
}

static void look(const RvFrame *frame)
{
    for (size_t i = 0; rv_programs[i]; i++) {
        if (rv_programs[i]->number != frame->header.program)
            continue;
        const RvProcedure *row = rv_program_find(rv_programs[i], frame->header.procedure);
        if (row && frame->header.type == RV_FRAME_CALL)
            decode(frame, row->args_xdr, row->args_size);
        if (row && frame->header.type == RV_FRAME_REPLY && frame->header.status == RV_FRAME_OK)
            decode(frame, row->ret_xdr, row->ret_size);
    }
    if (frame->header.status == RV_FRAME_ERROR)
        decode(frame, (xdrproc_t)xdr_wire_error, sizeof(wire_error));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = (const char *)data;
    RvFrame frame;
    while (rv_frame_read(bytes, size, &frame, NULL) == RV_FRAME_WHOLE) {
        g_assert(frame.size >= RV_FRAME_LENGTH_SIZE + RV_FRAME_HEADER_SIZE && frame.size <= size);
        look(&frame);
        bytes += frame.size;
        size -= frame.size;
    }
    return 0;
}
