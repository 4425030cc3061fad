/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "drivers/driver.h"
#include "drivers/kvm/emulator.h"
#include "drivers/kvm/machine.h"

/* Fills in what the document left out. `emulator` NULL: not known yet; then names of machines stay
 * as they are, and all else is as for the emulators we know. Idempotent. [any] */
G_GNUC_WARN_UNUSED_RESULT bool kvm_defaults_fill(RvDomainDef *def, const KvmEmulator *emulator,
                                                 GError **error);

/* Its first steps. */
void kvm_default_machine(RvDomainDef *def, const KvmEmulator *emulator);
void kvm_default_cpu(RvDomainDef *def, const KvmEmulator *emulator);
