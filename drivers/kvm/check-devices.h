/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The part of kvm_check() that is about devices. */

#include "drivers/kvm/emulator.h"
#include "drivers/kvm/refusal.h"
#include "model/domain-def.h"

void kvm_check_devices(const RvDomainDef *def, const KvmEmulator *emulator,
                       RvDiagnostics *diagnostics);

/* Its parts, each in the file of its name. */
void kvm_check_disks(const RvDomainDef *def, RvDiagnostics *diagnostics);
void kvm_check_controllers(const RvDomainDef *def, RvDiagnostics *diagnostics);
void kvm_check_filesystems(const RvDomainDef *def, RvDiagnostics *diagnostics);
void kvm_check_interfaces(const RvDomainDef *def, RvDiagnostics *diagnostics);
void kvm_check_hostdevs(const RvDomainDef *def, RvDiagnostics *diagnostics);
void kvm_check_chardevs(const RvDomainDef *def, RvDiagnostics *diagnostics);
void kvm_check_screens(const RvDomainDef *def, const KvmEmulator *emulator,
                       RvDiagnostics *diagnostics);
void kvm_check_peripherals(const RvDomainDef *def, const KvmEmulator *emulator,
                           RvDiagnostics *diagnostics);

void kvm_check_addresses(const RvDomainDef *def, const KvmEmulator *emulator,
                         RvDiagnostics *diagnostics);

/* A source that stands at `path`. */
void kvm_check_chardev_source(const RvDomainDef *def, const RvChardevSource *source,
                              const char *path, RvDiagnostics *diagnostics);
