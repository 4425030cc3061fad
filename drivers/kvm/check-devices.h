/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The part of kvm_check() that is about devices. */

#include "drivers/kvm/emulator.h"
#include "model/domain-def.h"

void kvm_check_devices(const RvDomainDef *def, const KvmEmulator *emulator,
                       RvDiagnostics *diagnostics);

/* RV_ERR_CONFIG_UNSUPPORTED about one place; `suggestion` may be NULL. */
void kvm_complain(RvDiagnostics *diagnostics, const char *path, const char *suggestion,
                  const char *format, ...) G_GNUC_PRINTF(4, 5);
