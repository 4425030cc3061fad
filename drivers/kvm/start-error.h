/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "drivers/driver.h"

/* [job] Sets `error` to why an emulator did not come up: what it said itself, where it has ended,
 * with a remedy where the cause is known; else `fault`, which is taken over. */
void kvm_start_error(RvGuest *guest, GError *fault, GError **error);
