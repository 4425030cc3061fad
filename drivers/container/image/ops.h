/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Images, as the core asks for them. */

#include "drivers/container/image/store.h"
#include "drivers/driver.h"

/* Where the images of a host are: STATE/drivers/container/images. */
RvImageStore *container_images_new(const RvDriverHost *host);

extern const RvImageOps container_image_ops;
