/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a start finds for a guest on its host, and writes into its live definition: ports of
 * screens, sockets of channels, the place of USB devices, controllers for them. */

#include "drivers/driver.h"

/* [job] Devices of the host that are managed leave their drivers. */
G_GNUC_WARN_UNUSED_RESULT bool xen_prepare(RvGuest *guest, RvOperation *op, GError **error);

/* What was made for it on the host is gone. */
void xen_prepare_undo(RvGuest *guest);
