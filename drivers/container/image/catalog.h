/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The images that there are, as one document: what is in the file is what counts, and folders that
 * it does not know of are litter. Not locked: store.h does that. */

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    char *id;           /* digest of its configuration */
    char *digest;       /* of its manifest, or NULL */
    char *created;      /* as the image says, or NULL */
    char *architecture;
    int64_t imported_us; /* wall clock */
    GPtrArray *names;   /* char *: "busybox:latest"; empty: another image has taken them */
    GPtrArray *layers;  /* char *: diff ids, lowest first */
    uint64_t size;      /* bytes of its files, of all layers */
} RvImage;

RvImage *rv_image_new(void);
RvImage *rv_image_copy(const RvImage *image);
void rv_image_free(RvImage *image);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RvImage, rv_image_free)

typedef struct {
    GPtrArray *images;  /* RvImage */
    GHashTable *layers; /* diff id -> bytes (uint64_t *) */
} RvCatalog;

RvCatalog *rv_catalog_new(void);
RvCatalog *rv_catalog_copy(const RvCatalog *catalog);
void rv_catalog_free(RvCatalog *catalog);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RvCatalog, rv_catalog_free)

G_GNUC_WARN_UNUSED_RESULT RvCatalog *rv_catalog_parse(const char *text, size_t len, GError **error);
/* Without layers that no image has yet: they are litter, should we be killed. */
char *rv_catalog_format(const RvCatalog *catalog);

/* The diff ids of all images, as a set; they are the catalog's. */
GHashTable *rv_catalog_needed(const RvCatalog *catalog);

/* By a name ("busybox", "busybox:1"), an id, or the beginning of one that no other has (at least 6
 * digits). RV_ERR_OPERATION_FAILED: none, or several. */
G_GNUC_WARN_UNUSED_RESULT RvImage *rv_catalog_find(const RvCatalog *catalog, const char *name,
                                                   GError **error);

/* Adds an image, or what is new of one that is there already; it takes `name` (may be NULL) from
 * whoever had it. */
void rv_catalog_add(RvCatalog *catalog, const RvImage *image, const char *name);
void rv_catalog_add_layer(RvCatalog *catalog, const char *diff_id, uint64_t bytes);

/* "busybox" is "busybox:latest". False: that cannot be a name. */
G_GNUC_WARN_UNUSED_RESULT char *rv_image_name(const char *text, GError **error);
