/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "wire/frame.h"

#include <string.h>

#include "base/error.h"
#include "wire/xdr.h"

#define PREFIX_SIZE (RV_FRAME_LENGTH_SIZE + RV_FRAME_HEADER_SIZE)

static uint32_t get_word(const char *bytes)
{
    uint32_t word;
    memcpy(&word, bytes, sizeof(word));
    return GUINT32_FROM_BE(word);
}

static void put_word(char *bytes, uint32_t word)
{
    word = GUINT32_TO_BE(word);
    memcpy(bytes, &word, sizeof(word));
}

RvFrameResult rv_frame_read(const char *bytes, size_t len, RvFrame *ret, GError **error)
{
    memset(ret, 0, sizeof(*ret));
    if (len < RV_FRAME_LENGTH_SIZE)
        return RV_FRAME_PARTIAL;

    uint32_t size = get_word(bytes);
    if (size < PREFIX_SIZE) {
        rv_error_set(error, RV_ERR_RPC,
                     "a message of %u bytes is too small: at least %u are needed", size,
                     PREFIX_SIZE);
        return RV_FRAME_BAD;
    }
    if (size > RV_FRAME_LENGTH_SIZE + RV_FRAME_MAX) {
        rv_error_set(error, RV_ERR_RPC, "a message of %u bytes is too large: at most %u are taken",
                     size, RV_FRAME_LENGTH_SIZE + RV_FRAME_MAX);
        return RV_FRAME_BAD;
    }
    ret->size = size;
    if (len < size)
        return RV_FRAME_PARTIAL;

    ret->header = (RvFrameHeader){
        .program = get_word(bytes + 4),
        .version = get_word(bytes + 8),
        .procedure = get_word(bytes + 12),
        .type = get_word(bytes + 16),
        .serial = get_word(bytes + 20),
        .status = get_word(bytes + 24),
    };
    ret->payload = bytes + PREFIX_SIZE;
    ret->payload_len = size - PREFIX_SIZE;
    return RV_FRAME_WHOLE;
}

static void write_prefix(RvBuffer *out, const RvFrameHeader *header, size_t payload_len)
{
    char *bytes = rv_buffer_reserve(out, PREFIX_SIZE);
    put_word(bytes, (uint32_t)(PREFIX_SIZE + payload_len));
    put_word(bytes + 4, header->program);
    put_word(bytes + 8, header->version);
    put_word(bytes + 12, header->procedure);
    put_word(bytes + 16, header->type);
    put_word(bytes + 20, header->serial);
    put_word(bytes + 24, header->status);
    rv_buffer_added(out, PREFIX_SIZE);
}

bool rv_frame_write(RvBuffer *out, const RvFrameHeader *header, xdrproc_t xdr, void *data,
                    GError **error)
{
    size_t before = rv_buffer_len(out);
    write_prefix(out, header, 0);
    if (xdr == NULL)
        return true;
    if (!rv_xdr_encode(out, RV_FRAME_PAYLOAD_MAX, xdr, data, error)) {
        rv_buffer_truncate(out, before);
        return false;
    }
    put_word(out->data + out->start + before, (uint32_t)(rv_buffer_len(out) - before));
    return true;
}

void rv_frame_write_bytes(RvBuffer *out, const RvFrameHeader *header, const void *bytes, size_t len)
{
    g_assert(len <= RV_FRAME_PAYLOAD_MAX);
    write_prefix(out, header, len);
    rv_buffer_append(out, bytes, len);
}
