/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What an image consists of, found out from a folder that holds an OCI layout or what `docker save`
 * wrote, unpacked. Each document is read once, into memory, and its digest compared before it is
 * believed; what is built is built from that.
 */

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "drivers/container/image/oci.h"

typedef struct {
    char *path;   /* within the folder */
    char *digest; /* NULL: not known (docker save) */
    uint64_t size;
    char *diff_id;
    RvLayerFormat format;
} RvLayoutLayer;

typedef struct {
    char *id;          /* digest of the configuration */
    char *digest;      /* of the manifest; NULL: docker save has none */
    char *name;        /* what the folder calls it, or NULL */
    char *config_text; /* the configuration as it is */
    RvImageConfig *config;
    GPtrArray *layers; /* RvLayoutLayer, lowest first */
} RvLayout;

void rv_layout_free(RvLayout *layout);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RvLayout, rv_layout_free)

/* `name` (NULL: the only one there is) chooses among several images. */
G_GNUC_WARN_UNUSED_RESULT RvLayout *rv_layout_read(int folder, const char *name, GError **error);

/* What this host's machine is called in images: "amd64". */
const char *rv_layout_architecture(void);
