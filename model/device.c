/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/device-xml.h"

RV_ENUM(rv_address_type, RvAddressType, RV_ADDRESS_LAST, "none", "pci", "drive", "virtio-serial",
        "ccid", "usb", "isa", "virtio-mmio", "ccw");

RV_ENUM(rv_tristate_switch, RvTristate, RV_TRISTATE_LAST, "default", "on", "off");
RV_ENUM(rv_tristate_bool, RvTristate, RV_TRISTATE_LAST, "default", "yes", "no");

bool rv_device_alias_stays(const void *device)
{
    const RvDevice *self = device;
    return self->alias && g_str_has_prefix(self->alias, "ua-");
}

/* <address type='pci'/>: a free place on a PCI bus is wanted. */
static bool pci_is_free(const void *object)
{
    const RvAddress *address = object;
    return !address->pci.domain && !address->pci.bus && !address->pci.slot;
}

#define PCI RV_XML_WHEN(RvAddress, type, RV_XML_BIT(RV_ADDRESS_PCI))
#define DRIVE RV_XML_WHEN(RvAddress, type, RV_XML_BIT(RV_ADDRESS_DRIVE))
#define ISA RV_XML_WHEN(RvAddress, type, RV_XML_BIT(RV_ADDRESS_ISA))
#define CCW RV_XML_WHEN(RvAddress, type, RV_XML_BIT(RV_ADDRESS_CCW))
#define USB RV_XML_WHEN(RvAddress, type, RV_XML_BIT(RV_ADDRESS_USB))
#define ON_CONTROLLER                                                                              \
    RV_XML_WHEN(RvAddress, type,                                                                   \
                RV_XML_BIT(RV_ADDRESS_DRIVE) | RV_XML_BIT(RV_ADDRESS_VIRTIO_SERIAL) |              \
                    RV_XML_BIT(RV_ADDRESS_CCID))
#define ON_BUS                                                                                     \
    RV_XML_WHEN(RvAddress, type,                                                                   \
                RV_XML_BIT(RV_ADDRESS_DRIVE) | RV_XML_BIT(RV_ADDRESS_VIRTIO_SERIAL))

static const RvXmlRow address_rows[] = {
    RV_XML_ATTRIBUTE(RvAddress, type, "type", enum, .names = rv_address_type_names, .min = 1,
                     .flags = RV_XML_REQUIRED | RV_XML_ABI, .doc = "The kind of bus."),

    RV_XML_ATTRIBUTE(RvAddress, pci.domain, "domain", hex4, .max = 0xffff, PCI,
                     .flags = RV_XML_ALWAYS | RV_XML_ABI, .fallback = "0", .omit = pci_is_free,
                     .doc = "The PCI domain; 0 but on some machines."),
    RV_XML_ATTRIBUTE(RvAddress, pci.bus, "bus", hex2, .max = 0xff, PCI,
                     .flags = RV_XML_ALWAYS | RV_XML_ABI, .fallback = "0", .omit = pci_is_free,
                     .doc = "The index of the PCI controller it is plugged into."),
    RV_XML_ATTRIBUTE(RvAddress, pci.slot, "slot", hex2, .max = 0x1f, PCI,
                     .flags = RV_XML_ALWAYS | RV_XML_ABI, .fallback = "0", .omit = pci_is_free,
                     .doc = "The slot of that bus; without domain, bus and slot a free one."),
    RV_XML_ATTRIBUTE(RvAddress, pci.function, "function", hex, .max = 7, PCI,
                     .flags = RV_XML_ALWAYS | RV_XML_ABI, .fallback = "0", .omit = pci_is_free,
                     .doc = "The function of that slot."),
    RV_XML_ATTRIBUTE(RvAddress, pci.multifunction, "multifunction", enum, .min = 1, PCI,
                     .names = rv_tristate_switch_names, .flags = RV_XML_ABI,
                     .doc = "Whether other functions of this slot are in use, too."),

    RV_XML_ATTRIBUTE(RvAddress, drive.controller, "controller", uint, ON_CONTROLLER,
                     .flags = RV_XML_ALWAYS | RV_XML_ABI, .fallback = "0",
                     .doc = "The index of the controller."),
    RV_XML_ATTRIBUTE(RvAddress, drive.bus, "bus", uint, ON_BUS,
                     .flags = RV_XML_ALWAYS | RV_XML_ABI, .fallback = "0",
                     .doc = "The bus of the controller."),
    RV_XML_ATTRIBUTE(RvAddress, drive.target, "target", uint, DRIVE,
                     .flags = RV_XML_ALWAYS | RV_XML_ABI, .fallback = "0",
                     .doc = "The target of a SCSI bus."),
    RV_XML_ATTRIBUTE(RvAddress, drive.unit, "unit", uint, DRIVE,
                     .flags = RV_XML_ALWAYS | RV_XML_ABI, .fallback = "0",
                     .doc = "The place on the bus."),
    RV_XML_ATTRIBUTE(RvAddress, drive.unit, "port", uint,
                     RV_XML_WHEN(RvAddress, type, RV_XML_BIT(RV_ADDRESS_VIRTIO_SERIAL)),
                     .flags = RV_XML_ALWAYS | RV_XML_ABI, .fallback = "0",
                     .doc = "The port of the controller."),
    RV_XML_ATTRIBUTE(RvAddress, drive.unit, "slot", uint,
                     RV_XML_WHEN(RvAddress, type, RV_XML_BIT(RV_ADDRESS_CCID)),
                     .flags = RV_XML_ALWAYS | RV_XML_ABI, .fallback = "0",
                     .doc = "The slot of the card reader."),

    RV_XML_ATTRIBUTE(RvAddress, usb.bus, "bus", uint, USB, .flags = RV_XML_ALWAYS | RV_XML_ABI,
                     .fallback = "0", .doc = "The index of the USB controller."),
    RV_XML_ATTRIBUTE(RvAddress, usb.port, "port", string, USB, .max = 31, .flags = RV_XML_ABI,
                     .doc = "The port, through hubs with dots: 1.2."),

    RV_XML_ATTRIBUTE(RvAddress, isa.iobase, "iobase", hex, .max = 0xffff, ISA,
                     .flags = RV_XML_ABI,
                     .doc = "The first of its ports."),
    RV_XML_ATTRIBUTE(RvAddress, isa.irq, "irq", hex, .max = 0xff, ISA, .flags = RV_XML_ABI,
                     .doc = "Its interrupt."),

    RV_XML_ATTRIBUTE(RvAddress, ccw.cssid, "cssid", hex, .max = 0xfe, CCW,
                     .flags = RV_XML_ALWAYS | RV_XML_ABI, .fallback = "0",
                     .doc = "The channel subsystem; 0xfe for virtio."),
    RV_XML_ATTRIBUTE(RvAddress, ccw.ssid, "ssid", hex, .max = 3, CCW,
                     .flags = RV_XML_ALWAYS | RV_XML_ABI, .fallback = "0",
                     .doc = "The subchannel set."),
    RV_XML_ATTRIBUTE(RvAddress, ccw.devno, "devno", hex4, .max = 0xffff, CCW,
                     .flags = RV_XML_ALWAYS | RV_XML_ABI, .fallback = "0",
                     .doc = "The device number."),
};

static void check_address(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    RvAddress *address = object;
    if (address->type == RV_ADDRESS_PCI && pci_is_free(address))
        address->pci.function = 0;
}

const RvXmlType rv_address_xml = {
    .size = sizeof(RvAddress),
    RV_XML_ROWS(address_rows),
    .check = check_address,
};
