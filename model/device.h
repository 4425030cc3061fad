/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What devices share: an alias (live), a place in the boot order, an option ROM, the index that
 * ACPI names it by, an address on a bus, and the options of all virtio devices. */

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
    RV_ADDRESS_SPAPR_VIO,
    RV_ADDRESS_DIMM,
    RV_ADDRESS_UNASSIGNED, /* a host device that the guest shall not see */
    RV_ADDRESS_LAST,
} RvAddressType;
RV_ENUM_DECLARE(rv_address_type, RvAddressType);

typedef struct {
    RvAddressType type;
    union {
        struct {
            unsigned domain, bus, slot, function;
            RvTristate multifunction;
            unsigned uid, fid; /* on s390x */
            bool uid_given, fid_given;
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
            bool given; /* false: a free one is wanted */
        } ccw;
        struct {
            uint64_t reg; /* 0: a free one is wanted */
        } spapr_vio;
        struct {
            unsigned slot;
            uint64_t base; /* 0: not said */
        } dimm;
    };
} RvAddress;

/* A PCI device of the host. */
typedef struct {
    unsigned domain, bus, slot, function;
} RvPciAddress;

/* Whether it stands for a free place on a PCI bus, should the device plug into one, and whether for
 * one that is named. */
bool rv_address_pci_is_wanted(const RvAddress *address);
bool rv_address_pci_is_known(const RvAddress *address);

typedef struct {
    unsigned origin; /* first, by RV_XML_ORIGIN */
    char *alias;
    unsigned boot_order; /* 0: none */
    char *boot_loadparm; /* on s390x, in capitals */
    RvTristate rom_enabled, rom_bar;
    char *rom_file;
    unsigned acpi_index; /* 0: not said */
    RvAddress address;
} RvDevice;

/* What <driver> of any virtio device can say. */
typedef struct {
    RvTristate iommu, ats, packed, page_per_vq;
} RvVirtioOptions;

typedef struct RvXmlType RvXmlType; /* model/xml-table.h: the rows of each device are in its file */
