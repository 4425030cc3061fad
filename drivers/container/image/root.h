/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The root file system of a container that is made from an image: the image's layers, and above
 * them a folder of the container's own, stacked by overlayfs. Files belong on disk to the users that
 * the image says; each layer is mounted so that they are the container's users, which takes nothing
 * on disk and no time.
 *
 * What a container has written is kept from start to start, until rv_image_root_forget(). From its
 * first start on it stays with the image it has written upon, whatever its name comes to mean.
 *
 * `owner` is the container's UUID as a text. All of this is for worker threads.
 */

#include <glib.h>
#include <stdbool.h>

#include "drivers/container/image/store.h"

/* The image of a container, by the name in its definition or as it was at its first start. */
G_GNUC_WARN_UNUSED_RESULT RvImage *rv_image_root_claim(RvImageStore *store, const char *owner,
                                                       const char *name, GError **error);

/* A mount that is attached nowhere yet, for move_mount(); -1: an error. `users` is a user namespace
 * whose ids the container has, or -1: those of the host. */
G_GNUC_WARN_UNUSED_RESULT int rv_image_root_mount(RvImageStore *store, const char *owner,
                                                  const RvImage *image, int users, GError **error);

/* Removes what it has written, and lets go of the image. Not there: success. Not while it runs. */
G_GNUC_WARN_UNUSED_RESULT bool rv_image_root_forget(RvImageStore *store, const char *owner,
                                                    GError **error);
