/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* An archive of a stranger as a stream of uncompressed bytes, with the digests of both sides. */

#include <archive.h>
#include <gio/gio.h>
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "drivers/container/image/digest.h"
#include "drivers/container/image/oci.h"

typedef struct {
    int fd; /* not owned */
    GCancellable *cancel;
    void (*progress)(uint64_t bytes, void *data); /* may be NULL */
    void *data;
    struct archive *raw;
    RvDigest *outer, *inner;
    char *in, *out; /* one buffer each */
    bool empty;     /* there is nothing in it */
    uint64_t n_in, n_out;
    GError *error;
} RvInflate;

#define RV_INFLATE_DIGESTS true

/* By its first bytes. */
RvLayerFormat rv_inflate_guess(int fd);

void rv_inflate_init(RvInflate *inflate, int fd, RvLayerFormat format, bool digests);
void rv_inflate_clear(RvInflate *inflate);

G_GNUC_WARN_UNUSED_RESULT bool rv_inflate_open(RvInflate *inflate, GError **error);

/* A libarchive reader of the tar archive within; the inflate must outlive it. */
G_GNUC_WARN_UNUSED_RESULT struct archive *rv_inflate_tar(RvInflate *inflate, GError **error);

/* Reads both sides to their ends, so that the digests are of all. */
G_GNUC_WARN_UNUSED_RESULT bool rv_inflate_drain(RvInflate *inflate, GError **error);

/* The error that a libarchive function has just failed with: ours, where reading was it. */
void rv_inflate_fail(RvInflate *inflate, struct archive *tar, const char *what, GError **error);
