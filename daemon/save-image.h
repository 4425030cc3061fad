/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The file of a saved guest. Worker threads only.
 *
 *   0      "reeve saved guest\n", then a line of JSON that describes the rest, then zeros
 *   4096   the domain's definition as XML, then zeros to the next multiple of 4096
 *   ...    what the driver wrote, to the end of the file
 *
 * It is written under another name in the same folder, and has its own name only once it is
 * complete and on disk.
 */

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    char *path;      /* its own name */
    char *driver;
    char *xml;       /* with secrets */
    bool paused;     /* whether a guest restored from it is not to run yet */
    uint64_t data_at; /* where the driver's part begins */
    uint64_t data_len;
    int fd;          /* stands there */
} RvSaveImage;

void rv_save_image_free(RvSaveImage *image);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RvSaveImage, rv_save_image_free)

/* Begins one, for the driver to write to image->fd. Of `what` the path, driver, xml and paused are
 * taken (copied). What an earlier attempt left is removed. */
G_GNUC_WARN_UNUSED_RESULT RvSaveImage *rv_save_image_new(const RvSaveImage *what, GError **error);
/* The driver has written all of it: makes it complete and durable, under its other name. */
G_GNUC_WARN_UNUSED_RESULT bool rv_save_image_complete(RvSaveImage *image, GError **error);
/* Gives a complete one its own name, durably. Idempotent. */
G_GNUC_WARN_UNUSED_RESULT bool rv_save_image_place(const char *path, GError **error);
/* Removes what was begun and is not placed. What fails is logged. */
void rv_save_image_discard(const char *path);

/* Opens one to restore from. A file that is none, or is damaged or cut short, is refused. */
G_GNUC_WARN_UNUSED_RESULT RvSaveImage *rv_save_image_open(const char *path, GError **error);
