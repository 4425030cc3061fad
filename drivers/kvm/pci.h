/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Where the devices of a guest are on its PCI buses. Addresses are given as libvirt gives them,
 * since guests see them: in its order of devices, each in the first slot that is free on a bus that
 * takes its kind; where none is left, controllers are added: bridges on conventional buses, root
 * ports on PCI Express, and one root port more than needed when a guest is given its first.
 */

#include "drivers/kvm/emulator.h"
#include "drivers/kvm/machine.h"

/* Gives every PCI device without an address one, and adds the controllers needed for that.
 * `emulator` may be NULL. RV_ERR_XML: two devices have the same address, or one has an impossible
 * one. */
G_GNUC_WARN_UNUSED_RESULT bool kvm_pci_assign(RvDomainDef *def, const KvmMachineFamily *family,
                                              const KvmEmulator *emulator, GError **error);

/* The emulator's name of the bus a device is on ("pci.0", "pcie.0", "pci.3"), to be freed. */
char *kvm_pci_bus_name(const KvmMachineFamily *family, unsigned bus);

/* The device that plays a model of PCI controller: NULL for a root, and for models not known. */
const char *kvm_pci_controller_device(const char *model);
