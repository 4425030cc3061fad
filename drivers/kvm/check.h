/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "drivers/driver.h"
#include "drivers/kvm/emulator.h"

/* Says all that the driver cannot do with a completed definition; `emulator` NULL: not known, then
 * what depends on it passes. [any] */
void kvm_check(const RvDomainDef *def, const KvmEmulator *emulator, RvDiagnostics *diagnostics);
