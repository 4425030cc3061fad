/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/check-devices.h"

bool kvm_memory_is_shared(const RvDomainDef *def)
{
    const GPtrArray *cells = def->numa.cells;
    bool shared = def->memory_backing.access == RV_MEMORY_ACCESS_SHARED;
    for (unsigned i = 0; i < cells->len; i++) {
        RvMemoryAccess access = ((const RvNumaCell *)cells->pdata[i])->access;
        if (access == RV_MEMORY_ACCESS_PRIVATE || (access == RV_MEMORY_ACCESS_DEFAULT && !shared))
            return false;
    }
    return cells->len || shared;
}

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
