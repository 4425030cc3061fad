/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "drivers/driver.h"
#include "drivers/kvm/emulator.h"

/* Fills in what the document left out. `emulator` NULL: not known yet; then names of machines stay
 * as they are, and all else is as for the emulators we know. Idempotent. [any] */
G_GNUC_WARN_UNUSED_RESULT bool kvm_defaults_fill(RvDomainDef *def, const KvmEmulator *emulator,
                                                 GError **error);
