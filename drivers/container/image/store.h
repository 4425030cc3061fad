/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The images of the host, below one folder:
 *
 *     images.json        what there is: see catalog.h
 *     configs/ID         the configuration of each, as it was
 *     layers/DIFF-ID/    each layer, unpacked, once, whoever shares it
 *     writable/UUID/     what a container has written: see root.h
 *     tmp/               what is being made; emptied when the store is opened
 *
 * A layer comes into being by a rename, an image by the replacement of images.json, after all that
 * it needs has been synced: kill -9 at any instant leaves what was there before, or all of the new.
 *
 * Every function is for worker threads, several at once; none for the I/O thread but _new and
 * _free. The folder must be root's alone: unpacked layers hold setuid programs of strangers.
 */

#include <gio/gio.h>
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "drivers/container/image/catalog.h"
#include "drivers/container/image/oci.h"

typedef struct RvImageStore RvImageStore;

RvImageStore *rv_image_store_new(const char *folder);
void rv_image_store_free(RvImageStore *store);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RvImageStore, rv_image_store_free)

/* Copies, sorted by name. */
G_GNUC_WARN_UNUSED_RESULT GPtrArray *rv_image_store_list(RvImageStore *store, GError **error);
G_GNUC_WARN_UNUSED_RESULT RvImage *rv_image_store_find(RvImageStore *store, const char *name,
                                                       GError **error);

/* The configuration of an image, by its whole id. *ret_text (may be NULL): as it is. */
G_GNUC_WARN_UNUSED_RESULT RvImageConfig *rv_image_store_config(RvImageStore *store, const char *id,
                                                               char **ret_text, GError **error);

/* Removes layers that imports have put and that have come to nothing. */
G_GNUC_WARN_UNUSED_RESULT bool rv_image_store_tidy(RvImageStore *store, GError **error);

/* Takes the name away, and removes the image if it was the last one; by an id, the image with all
 * its names. One that a container uses stays (RV_ERR_RESOURCE_BUSY names the container). */
G_GNUC_WARN_UNUSED_RESULT bool rv_image_store_remove(RvImageStore *store, const char *name,
                                                     GError **error);

/* Removes images that have no name (`all`: any) and that no container uses; returns how many, and
 * the bytes of layers that went. */
G_GNUC_WARN_UNUSED_RESULT bool rv_image_store_prune(RvImageStore *store, bool all,
                                                    unsigned *ret_images, uint64_t *ret_bytes,
                                                    GError **error);

/* See rv_image_root_claim(). */
G_GNUC_WARN_UNUSED_RESULT RvImage *rv_image_store_claim(RvImageStore *store, const char *owner,
                                                        const char *name, GError **error);

/* ---- For the other files of this folder ---- */

char *rv_image_store_path(const RvImageStore *store, const char *folder, const char *name);

/* A new folder in tmp/, 0700. Free the path. */
G_GNUC_WARN_UNUSED_RESULT char *rv_image_store_temporary(RvImageStore *store, GError **error);

/* Keeps a layer from being removed, there already or soon; count them. */
void rv_image_store_pin(RvImageStore *store, const char *diff_id);
void rv_image_store_unpin(RvImageStore *store, const char *diff_id);

/* Whether a layer is there; and puts an unpacked one in its place (`bytes` of files). */
bool rv_image_store_has_layer(RvImageStore *store, const char *diff_id, uint64_t *ret_bytes);
G_GNUC_WARN_UNUSED_RESULT bool rv_image_store_put_layer(RvImageStore *store, const char *diff_id,
                                                        uint64_t bytes, const char *unpacked,
                                                        GError **error);

/* Makes an image whose layers are there durable and known. */
G_GNUC_WARN_UNUSED_RESULT bool rv_image_store_put(RvImageStore *store, const RvImage *image,
                                                  const char *name, const char *config_text,
                                                  GError **error);
