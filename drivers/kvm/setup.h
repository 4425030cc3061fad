/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "drivers/driver.h"

/* Says to an emulator that was just started what its command line could not, and asks it what only
 * it knows (the guest's pseudo-terminals and its CPU, which go into guest->def). All in one go: an
 * emulator reads slowly. */
G_GNUC_WARN_UNUSED_RESULT bool kvm_setup(RvGuest *guest, RvOperation *op, GError **error);
