/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/image/inflate.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"

#define BUFFER ((size_t)256 << 10)

RvLayerFormat rv_inflate_guess(int fd)
{
    unsigned char head[4] = {0};
    if (pread(fd, head, sizeof(head), 0) != sizeof(head))
        return RV_LAYER_PLAIN;
    if (head[0] == 0x1f && head[1] == 0x8b)
        return RV_LAYER_GZIP;
    return memcmp(head, "\x28\xb5\x2f\xfd", sizeof(head)) == 0 ? RV_LAYER_ZSTD : RV_LAYER_PLAIN;
}

void rv_inflate_init(RvInflate *inflate, int fd, RvLayerFormat format, bool digests)
{
    *inflate = (RvInflate){.fd = fd, .raw = archive_read_new()};
    inflate->in = g_malloc(BUFFER);
    inflate->out = g_malloc(BUFFER);
    if (digests) {
        inflate->outer = rv_digest_new();
        /* Uncompressed, both are the same. */
        inflate->inner = format == RV_LAYER_PLAIN ? NULL : rv_digest_new();
    }
    archive_read_support_format_raw(inflate->raw);
    archive_read_support_format_empty(inflate->raw);
    if (format == RV_LAYER_GZIP)
        archive_read_support_filter_gzip(inflate->raw);
    else if (format == RV_LAYER_ZSTD)
        archive_read_support_filter_zstd(inflate->raw);
}

void rv_inflate_clear(RvInflate *inflate)
{
    g_clear_pointer(&inflate->raw, archive_read_free);
    g_clear_pointer(&inflate->outer, rv_digest_free);
    g_clear_pointer(&inflate->inner, rv_digest_free);
    g_clear_pointer(&inflate->in, g_free);
    g_clear_pointer(&inflate->out, g_free);
    g_clear_error(&inflate->error);
}

static bool is_cancelled(RvInflate *inflate)
{
    if (!inflate->cancel || !g_cancellable_is_cancelled(inflate->cancel))
        return false;
    if (!inflate->error)
        rv_error_set(&inflate->error, RV_ERR_OPERATION_ABORTED, "it was cancelled");
    return true;
}

static la_ssize_t read_outer(struct archive *raw, void *data, const void **ret_bytes)
{
    RvInflate *inflate = data;
    if (is_cancelled(inflate))
        return -1;
    ssize_t n;
    do {
        n = read(inflate->fd, inflate->in, BUFFER);
    } while (n < 0 && errno == EINTR);
    if (n < 0) {
        rv_error_set_errno(&inflate->error, errno, "cannot read the archive");
        return -1;
    }
    if (inflate->outer)
        rv_digest_add(inflate->outer, inflate->in, (size_t)n);
    inflate->n_in += (uint64_t)n;
    if (inflate->progress)
        inflate->progress((uint64_t)n, inflate->data);
    *ret_bytes = inflate->in;
    return n;
}

static la_ssize_t read_inner(struct archive *tar, void *data, const void **ret_bytes)
{
    RvInflate *inflate = data;
    la_ssize_t n = inflate->empty ? 0 : archive_read_data(inflate->raw, inflate->out, BUFFER);
    if (n < 0) {
        if (!inflate->error)
            rv_error_set(&inflate->error, RV_ERR_OPERATION_FAILED, "it cannot be uncompressed: %s",
                         archive_error_string(inflate->raw));
        return -1;
    }
    if (inflate->inner)
        rv_digest_add(inflate->inner, inflate->out, (size_t)n);
    inflate->n_out += (uint64_t)n;
    *ret_bytes = inflate->out;
    return n;
}

void rv_inflate_fail(RvInflate *inflate, struct archive *tar, const char *what, GError **error)
{
    const char *why = archive_error_string(tar);
    if (inflate->error)
        g_propagate_error(error, g_steal_pointer(&inflate->error));
    else
        rv_error_set(error, RV_ERR_OPERATION_FAILED, "%s: %s", what, why ? why : "it is damaged");
}

bool rv_inflate_open(RvInflate *inflate, GError **error)
{
    struct archive_entry *entry;
    if (archive_read_open(inflate->raw, inflate, NULL, read_outer, NULL) == ARCHIVE_OK) {
        int result = archive_read_next_header(inflate->raw, &entry);
        inflate->empty = result == ARCHIVE_EOF;
        if (result == ARCHIVE_OK || inflate->empty)
            return true;
    }
    rv_inflate_fail(inflate, inflate->raw, "the archive cannot be read", error);
    return false;
}

struct archive *rv_inflate_tar(RvInflate *inflate, GError **error)
{
    struct archive *tar = archive_read_new();
    archive_read_support_format_tar(tar);
    archive_read_support_format_empty(tar);
    if (archive_read_open(tar, inflate, NULL, read_inner, NULL) == ARCHIVE_OK)
        return tar;
    rv_inflate_fail(inflate, tar, "the archive cannot be read", error);
    archive_read_free(tar);
    return NULL;
}

bool rv_inflate_drain(RvInflate *inflate, GError **error)
{
    const void *bytes;
    la_ssize_t n;
    while ((n = read_inner(NULL, inflate, &bytes)) > 0)
        ;
    /* What stands behind the end of the compressed stream. */
    while (n == 0 && (n = read_outer(NULL, inflate, &bytes)) > 0)
        n = 0;
    if (n < 0)
        rv_inflate_fail(inflate, inflate->raw, "the archive cannot be read", error);
    return n == 0;
}
