/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/device.h"

RV_ENUM(rv_address_type, RvAddressType, RV_ADDRESS_LAST, "none", "pci", "drive", "virtio-serial",
        "ccid", "usb", "isa", "virtio-mmio", "ccw");
