/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * An image in one file (an OCI layout or what `docker save` writes, as tar, gzip or zstd), taken
 * apart into a folder of ours. Only the files that such an archive consists of are taken, by their
 * names; each may come once; links and everything else are passed by.
 */

#include <gio/gio.h>
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    int archive; /* not owned */
    int folder;  /* not owned; empty */
    uint64_t max_bytes;
    GCancellable *cancel;
    void (*progress)(uint64_t bytes, void *data);
    void *data;
} RvStage;

G_GNUC_WARN_UNUSED_RESULT bool rv_stage_archive(const RvStage *stage, GError **error);
