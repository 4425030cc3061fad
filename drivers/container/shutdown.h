/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Asking a container's init to end, or to begin again. RvLifeOps.shutdown and .reboot. */

#include "drivers/driver.h"

G_GNUC_WARN_UNUSED_RESULT bool container_shut_down(RvGuest *guest, RvPowerMethod how,
                                                   RvOperation *op, GError **error);
G_GNUC_WARN_UNUSED_RESULT bool container_reboot(RvGuest *guest, RvPowerMethod how,
                                                RvOperation *op, GError **error);
