/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/disk.h"

RV_ENUM(rv_disk_type, RvDiskType, RV_DISK_TYPE_LAST, "file", "block");

RV_ENUM(rv_disk_device, RvDiskDevice, RV_DISK_DEVICE_LAST, "disk", "cdrom", "floppy", "lun");

RV_ENUM(rv_disk_bus, RvDiskBus, RV_DISK_BUS_LAST, "none", "ide", "fdc", "scsi", "virtio", "xen",
        "usb", "sata", "sd");

RV_ENUM(rv_disk_format, RvDiskFormat, RV_DISK_FORMAT_LAST, "none", "raw", "qcow2");
