/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The part of kvm_check() that is about devices. */

#include "drivers/kvm/emulator.h"
#include "model/domain-def.h"

void kvm_check_devices(const RvDomainDef *def, const KvmEmulator *emulator,
                       RvDiagnostics *diagnostics);

/* Its parts: check-chardevs.c, check-screens.c, check-peripherals.c. */
void kvm_check_chardevs(const RvDomainDef *def, RvDiagnostics *diagnostics);
void kvm_check_screens(const RvDomainDef *def, const KvmEmulator *emulator,
                       RvDiagnostics *diagnostics);
void kvm_check_peripherals(const RvDomainDef *def, const KvmEmulator *emulator,
                           RvDiagnostics *diagnostics);

/* A source that stands at `path`. */
void kvm_check_chardev_source(const RvDomainDef *def, const RvChardevSource *source,
                              const char *path, RvDiagnostics *diagnostics);

/* RV_ERR_CONFIG_UNSUPPORTED about one place; `suggestion` may be NULL. */
void kvm_complain(RvDiagnostics *diagnostics, const char *path, const char *suggestion,
                  const char *format, ...) G_GNUC_PRINTF(4, 5);
