/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Addresses that are not on a PCI or USB bus: channels of s390x (ccw), registers of pseries
 * (spapr-vio), virtio-mmio, slots of memory modules. As libvirt gives them. */

#include "drivers/kvm/emulator.h"
#include "drivers/kvm/machine.h"

/* Gives addresses to the devices that need one of these. RV_ERR_XML: two have the same. */
G_GNUC_WARN_UNUSED_RESULT bool kvm_address_assign(RvDomainDef *def,
                                                  const KvmMachineFamily *family,
                                                  const KvmEmulator *emulator, GError **error);

/* Gives each PCI device of a guest on s390x what the guest knows it by, once it has its place.
 * RV_ERR_INTERNAL: two devices say the same. */
G_GNUC_WARN_UNUSED_RESULT bool kvm_address_identify(RvDomainDef *def, const KvmEmulator *emulator,
                                                    GError **error);
