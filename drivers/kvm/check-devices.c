/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/check-devices.h"

void kvm_check_devices(const RvDomainDef *def, const KvmEmulator *emulator,
                       RvDiagnostics *diagnostics)
{
    kvm_check_disks(def, diagnostics);
    kvm_check_controllers(def, diagnostics);
    kvm_check_filesystems(def, diagnostics);
    kvm_check_interfaces(def, diagnostics);
    kvm_check_hostdevs(def, diagnostics);
    kvm_check_chardevs(def, diagnostics);
    rv_diagnostics_about(diagnostics, 0);
    kvm_check_screens(def, emulator, diagnostics);
    kvm_check_peripherals(def, emulator, diagnostics);
    kvm_check_addresses(def, emulator, diagnostics);
    rv_diagnostics_about(diagnostics, 0);
}
