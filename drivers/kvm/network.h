/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Interfaces that a guest has on the host: a tap for each that has an end there, which goes with
 * the emulator. */

#include <glib.h>

#include "drivers/driver.h"
#include "model/interface.h"

/* [job] Makes the device on the host of the guest's interface `number`, connects it, and writes its
 * name into the definition where that has none. A descriptor for the emulator; the device is gone
 * when the last one is closed. RV_ERR_OPERATION_INVALID: there is one of this name;
 * RV_ERR_INTERNAL, as libvirt has it: there is none, and none is to be made. */
G_GNUC_WARN_UNUSED_RESULT int kvm_network_open(RvGuest *guest, unsigned number, GError **error);
