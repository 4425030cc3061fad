/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Devices of the host that a guest is given. A managed PCI device leaves its driver for Xen's back end
 * while the guest has it; one that is not managed has to be there already (xl pci-assignable-add).
 * What a guest has taken from a driver is noted on disk, so that nothing else is given back: neither
 * what another guest has, nor what was with the back end before.
 */

#include "drivers/driver.h"

/* Where a USB device is that is named by vendor and product. Reads sysfs. */
G_GNUC_WARN_UNUSED_RESULT bool xen_hostdev_find(RvHostdev *hostdev, GError **error);

G_GNUC_WARN_UNUSED_RESULT bool xen_hostdev_take(const RvGuest *guest, const RvHostdev *hostdev,
                                                GCancellable *cancel, GError **error);
/* Doing it again changes nothing. */
void xen_hostdev_return(const RvGuest *guest, const RvHostdev *hostdev);
