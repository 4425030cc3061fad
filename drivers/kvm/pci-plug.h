/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "drivers/kvm/device-list.h"
#include "drivers/kvm/machine.h"

/* How a device plugs into PCI buses (KvmPlug); KVM_PLUG_NONE: it does not. Those with a fixed place
 * of the machine's own do not, either. */
unsigned kvm_pci_plug(const KvmMachineFamily *family, KvmDeviceKind kind, const void *device);
