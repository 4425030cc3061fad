/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Bringing an image into the store: from a folder or a file of the host, or from a registry. */

#include <gio/gio.h>

#include "drivers/container/image/store.h"
#include "drivers/container/image/unpack.h"

typedef struct {
    /* Where from: "oci:PATH[:NAME]" (a folder with an OCI layout), "oci-archive:PATH[:NAME]",
     * "docker-archive:PATH[:NAME]", "docker://NAME" (a registry, by skopeo), or an absolute PATH
     * with the kind left to be found out. */
    const char *source;
    const char *name;  /* what it is to be called; NULL: as where it comes from calls it */
    bool insecure;     /* a registry without TLS, or with a certificate that nobody vouches for */
    const RvUnpackLimits *limits; /* NULL: the usual ones */
    GCancellable *cancel;         /* may be NULL */
    /* Bytes read of all there are to read; total 0: not known. May be NULL. */
    void (*progress)(uint64_t done, uint64_t total, void *data);
    void *data;
} RvImageImport;

/* The image as it is in the store then. An error leaves nothing of it. */
G_GNUC_WARN_UNUSED_RESULT RvImage *rv_image_import(RvImageStore *store, const RvImageImport *import,
                                                   GError **error);
