/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Where the devices of a guest are on its buses other than PCI: drives, ports of virtio-serial, USB
 * ports. As in kvm_pci_assign(), addresses are libvirt's. */

#include "model/domain-def.h"

/* Position of a disk among those with its prefix: vda 0, vdb 1, ..., vdaa 26; -1: not such a name.
 * `ret_bus` (may be NULL) is the bus that the prefix stands for. */
int kvm_disk_index(const char *target, RvDiskBus *ret_bus);

/* Gives every drive, and every port, an address; before controllers are added for them. */
G_GNUC_WARN_UNUSED_RESULT bool kvm_bus_assign_drives(RvDomainDef *def, GError **error);
G_GNUC_WARN_UNUSED_RESULT bool kvm_bus_assign_serial_ports(RvDomainDef *def, GError **error);

/* After all USB controllers are there. */
G_GNUC_WARN_UNUSED_RESULT bool kvm_bus_assign_usb_ports(RvDomainDef *def, GError **error);
