/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A layer: a tar archive of what it adds to those below it and hides of them, unpacked into a folder
 * of its own as overlayfs wants it: a whiteout becomes a device 0/0, an opaque folder gets
 * trusted.overlay.opaque.
 *
 * The archive is hostile until its digests are known, and that is at its end; so nothing in it may
 * write outside of the folder (tree.h), take more than the limits, or make what acts by being there:
 * device nodes are left out, overlayfs' own attributes refused. Owners, modes, times, file
 * capabilities and user attributes are kept. What was written before an error is the caller's to
 * remove.
 */

#include <gio/gio.h>
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "drivers/container/image/oci.h"

typedef struct {
    uint64_t max_bytes;   /* of all files, holes counted */
    uint64_t max_entries;
    uint64_t free_ratio;  /* up to so many bytes the ratio is not looked at */
    unsigned max_ratio;   /* bytes of files for one of the archive */
    uint64_t min_free;    /* bytes that must stay free on the file system */
} RvUnpackLimits;

extern const RvUnpackLimits rv_unpack_limits;

/* How far: bytes of the archive that were read since the last call. Any thread. */
typedef void (*RvUnpackProgress)(uint64_t bytes, void *data);

typedef struct {
    int archive;          /* where it is read from, from its beginning; not owned */
    const char *label;    /* what errors call it: "layer 2 of 3" */
    RvLayerFormat format;
    int root;             /* the folder; empty; not owned */
    const RvUnpackLimits *limits;
    GCancellable *cancel; /* may be NULL */
    RvUnpackProgress progress; /* may be NULL */
    void *data;
} RvUnpack;

typedef struct {
    char *digest;  /* of the archive as it is */
    char *diff_id; /* of the archive when uncompressed */
    uint64_t size; /* of the archive as it is */
    uint64_t bytes, entries; /* of what was unpacked */
    unsigned devices;        /* left out */
} RvUnpacked;

void rv_unpacked_clear(RvUnpacked *unpacked);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(RvUnpacked, rv_unpacked_clear)

G_GNUC_WARN_UNUSED_RESULT bool rv_unpack_layer(const RvUnpack *unpack, RvUnpacked *ret,
                                               GError **error);
