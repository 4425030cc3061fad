/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Where the devices of a guest are on its buses other than PCI: ports of virtio-serial and of USB. (The
 * addresses of drives are the model's.) As in kvm_pci_assign(), they are those that libvirt gives. */

#include "model/domain-def.h"

/* Ports of virtio-serial, to the channels without one. */
G_GNUC_WARN_UNUSED_RESULT bool kvm_bus_assign_serial_ports(RvDomainDef *def, GError **error);

/* After all USB controllers are there. */
G_GNUC_WARN_UNUSED_RESULT bool kvm_bus_assign_usb_ports(RvDomainDef *def, GError **error);
