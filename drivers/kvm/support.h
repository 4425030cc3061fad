/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What of a definition the driver can start a guest with. Whoever makes the command line or the
 * set-up say more adds its path to the list in support.c, or takes a refusal away there.
 */

#include "drivers/kvm/emulator.h"
#include "model/domain-def.h"
#include "model/support.h"

extern const RvSupport kvm_support;

/* What no single element or value decides. `emulator` NULL: not known, then what depends on it
 * passes. [any] */
void kvm_check_start(const RvDomainDef *def, const KvmEmulator *emulator, RvDiagnosticLevel level,
                     RvDiagnostics *diagnostics);
