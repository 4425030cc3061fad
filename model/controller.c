/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/controller.h"

RV_ENUM(rv_controller_type, RvControllerType, RV_CONTROLLER_LAST, "ide", "fdc", "scsi", "sata",
        "virtio-serial", "ccid", "usb", "pci", "xenbus", "isa");
