/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "drivers/kvm/machine.h"
#include "drivers/kvm/pci-bus.h"

/* Takes what a machine's chipset has on bus 0, and gives those devices their fixed places that are
 * a part of it, or stand where they stand on real hardware. RV_ERR_INTERNAL: one is elsewhere. */
G_GNUC_WARN_UNUSED_RESULT bool kvm_pci_fix_chipset(RvDomainDef *def,
                                                   const KvmMachineFamily *family,
                                                   KvmPciBuses *buses, GError **error);
