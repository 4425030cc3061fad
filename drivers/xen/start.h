/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "drivers/driver.h"

/* RvLifeOps.start */
G_GNUC_WARN_UNUSED_RESULT bool xen_start(RvGuest *guest, RvOperation *op, GError **error);
