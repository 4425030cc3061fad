/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Finding a container again, and removing what is left of one. RvLifeOps.adopt and .cleanup. */

#include "drivers/driver.h"

G_GNUC_WARN_UNUSED_RESULT bool container_adopt(RvGuest *guest, json_t *remembered,
                                               RvOperation *op, RvAdopted *ret, GError **error);
void container_cleanup(RvGuest *guest, json_t *remembered);
