/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A container that is made from an image: what its definition leaves to the image. */

#include "drivers/container/ids.h"
#include "drivers/driver.h"

/* [job] The root file system of a starting guest with an image: a mount that is attached nowhere
 * yet; -1: an error. Where the definition says nothing else, the guest's own copy of it gets what
 * the image wants to run, as whom, where, and with which environment. *ret_volumes (char *, to be
 * freed) are the folders that it wants to write to. */
G_GNUC_WARN_UNUSED_RESULT int container_image_open(const RvGuest *guest, const ContainerIds *ids,
                                                   GPtrArray **ret_volumes, GError **error);

/* [job] The signal by which the image wants to be stopped; 0: it does not say, or there is none. */
int container_image_stop_signal(const RvGuest *guest);
