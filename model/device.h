/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What every device has: its alias (live), its own boot order, and its address on a bus. */

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/enum.h"

typedef enum { RV_TRISTATE_ABSENT, RV_TRISTATE_ON, RV_TRISTATE_OFF, RV_TRISTATE_LAST } RvTristate;
RV_ENUM_DECLARE(rv_tristate_switch, RvTristate); /* "default", "on", "off" */
RV_ENUM_DECLARE(rv_tristate_bool, RvTristate);   /* "default", "yes", "no" */

typedef enum {
    RV_ADDRESS_NONE,
    RV_ADDRESS_PCI,
    RV_ADDRESS_DRIVE,
    RV_ADDRESS_VIRTIO_SERIAL,
    RV_ADDRESS_CCID,
    RV_ADDRESS_USB,
    RV_ADDRESS_ISA,
    RV_ADDRESS_VIRTIO_MMIO,
    RV_ADDRESS_CCW,
    RV_ADDRESS_LAST,
} RvAddressType;
RV_ENUM_DECLARE(rv_address_type, RvAddressType);

typedef struct {
    RvAddressType type;
    union {
        struct {
            unsigned domain, bus, slot, function;
            RvTristate multifunction;
        } pci;
        struct {
            unsigned controller, bus, target, unit;
        } drive; /* virtio-serial uses controller, bus and unit as port; ccid controller and unit */
        struct {
            unsigned bus;
            char *port;
        } usb;
        struct {
            unsigned iobase, irq;
        } isa;
        struct {
            unsigned cssid, ssid, devno;
        } ccw;
    };
} RvAddress;

typedef struct {
    char *alias;
    unsigned boot_order; /* 0: none */
    RvAddress address;
} RvDevice;

typedef struct RvXmlType RvXmlType; /* model/xml-table.h: the rows of each device are in its file */
