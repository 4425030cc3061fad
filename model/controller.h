/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/device.h"

typedef enum {
    RV_CONTROLLER_IDE,
    RV_CONTROLLER_FDC,
    RV_CONTROLLER_SCSI,
    RV_CONTROLLER_SATA,
    RV_CONTROLLER_VIRTIO_SERIAL,
    RV_CONTROLLER_CCID,
    RV_CONTROLLER_USB,
    RV_CONTROLLER_PCI,
    RV_CONTROLLER_XENBUS,
    RV_CONTROLLER_ISA,
    RV_CONTROLLER_LAST,
} RvControllerType;
RV_ENUM_DECLARE(rv_controller_type, RvControllerType);

typedef struct {
    RvDevice device;
    RvControllerType type;
    int index; /* -1: not said */
    char *model;
    unsigned ports;   /* virtio-serial, usb; 0: not said */
    unsigned vectors;
    struct {
        unsigned queues, cmd_per_lun, max_sectors, iothread; /* 0: not said */
        RvTristate ioeventfd;
        RvVirtioOptions virtio;
    } driver;
    struct {
        char *model_name;
        int chassis_nr, chassis, port, bus_nr, index, node; /* -1: not said */
        RvTristate hotplug;
        uint64_t hole64_kib; /* of a root; UINT64_MAX: not said */
    } pci;
    int max_grant_frames, max_event_channels; /* xenbus; -1: not said */
    int master_start_port; /* of a USB companion controller; -1: it is none */
} RvController;

extern const RvXmlType rv_controller_xml;
