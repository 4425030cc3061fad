/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/device-xml.h"

#include "base/error.h"

#include <string.h>

RV_ENUM(rv_address_type, RvAddressType, RV_ADDRESS_LAST, "none", "pci", "drive", "virtio-serial",
        "ccid", "usb", "isa", "virtio-mmio", "ccw", "spapr-vio", "dimm", "unassigned");

RV_ENUM(rv_tristate_switch, RvTristate, RV_TRISTATE_LAST, "default", "on", "off");
RV_ENUM(rv_tristate_bool, RvTristate, RV_TRISTATE_LAST, "default", "yes", "no");

bool rv_device_alias_stays(const void *device)
{
    static const char bytes[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    const RvDevice *self = device;
    return self->alias && g_str_has_prefix(self->alias, "ua-") &&
           !self->alias[strspn(self->alias, bytes)];
}

/* <address type='pci'/>: a free place on a PCI bus is wanted. */
static bool pci_is_free(const void *object)
{
    const RvAddress *address = object;
    return !address->pci.domain && !address->pci.bus && !address->pci.slot;
}

bool rv_address_pci_is_wanted(const RvAddress *address)
{
    return address->type == RV_ADDRESS_NONE ||
           (address->type == RV_ADDRESS_PCI && pci_is_free(address));
}

bool rv_address_pci_is_known(const RvAddress *address)
{
    return address->type == RV_ADDRESS_PCI && !pci_is_free(address);
}

static bool has_no_zpci(const void *object)
{
    const RvAddress *address = object;
    return !address->pci.uid_given && !address->pci.fid_given;
}

/* A port of a hub in a port of a hub: up to four numbers with dots between them. */
static bool is_usb_port(const char *port)
{
    for (unsigned depth = 0; depth < 4 && g_ascii_isdigit(*port); depth++) {
        port += strspn(port, "0123456789");
        if (!*port)
            return true;
        port += *port == '.';
    }
    return false;
}

#define PCI RV_XML_WHEN(RvAddress, type, RV_XML_BIT(RV_ADDRESS_PCI))
#define DRIVE RV_XML_WHEN(RvAddress, type, RV_XML_BIT(RV_ADDRESS_DRIVE))
#define ISA RV_XML_WHEN(RvAddress, type, RV_XML_BIT(RV_ADDRESS_ISA))
#define CCW RV_XML_WHEN(RvAddress, type, RV_XML_BIT(RV_ADDRESS_CCW))
#define DIMM RV_XML_WHEN(RvAddress, type, RV_XML_BIT(RV_ADDRESS_DIMM))
#define SPAPR_VIO RV_XML_WHEN(RvAddress, type, RV_XML_BIT(RV_ADDRESS_SPAPR_VIO))
#define USB RV_XML_WHEN(RvAddress, type, RV_XML_BIT(RV_ADDRESS_USB))
#define ON_CONTROLLER                                                                              \
    RV_XML_WHEN(RvAddress, type,                                                                   \
                RV_XML_BIT(RV_ADDRESS_DRIVE) | RV_XML_BIT(RV_ADDRESS_VIRTIO_SERIAL) |              \
                    RV_XML_BIT(RV_ADDRESS_CCID))
#define ON_BUS                                                                                     \
    RV_XML_WHEN(RvAddress, type,                                                                   \
                RV_XML_BIT(RV_ADDRESS_DRIVE) | RV_XML_BIT(RV_ADDRESS_VIRTIO_SERIAL))

/* The identity of a PCI device on s390x. */
static const RvXmlRow zpci_rows[] = {
    RV_XML_ATTRIBUTE(RvAddress, pci.uid, "uid", hex4, .flags = RV_XML_ALWAYS | RV_XML_ABI,
                     .omit = has_no_zpci, .fallback = "a free one",
                     .doc = "The user-defined identifier."),
    RV_XML_ATTRIBUTE(RvAddress, pci.fid, "fid", hex8, .flags = RV_XML_ALWAYS | RV_XML_ABI,
                     .omit = has_no_zpci, .fallback = "a free one",
                     .doc = "The function identifier."),
};

static void check_zpci(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    RvAddress *address = object;
    address->pci.uid_given = rv_xml_node_attribute(node, "uid") != NULL;
    address->pci.fid_given = rv_xml_node_attribute(node, "fid") != NULL;
}

static const RvXmlType zpci = {RV_XML_ROWS(zpci_rows), .check = check_zpci};

static const RvXmlRow address_rows[] = {
    RV_XML_ATTRIBUTE(RvAddress, type, "type", enum, .names = rv_address_type_names, .min = 1,
                     .flags = RV_XML_REQUIRED | RV_XML_ABI, .bad_code = RV_ERR_CONFIG_UNSUPPORTED,
                     .missing_code = RV_ERR_INTERNAL,
                     .doc = "The kind of bus. unassigned: the guest does not see the device."),

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

    RV_XML_ATTRIBUTE(RvAddress, ccw.cssid, "cssid", hex, .max = 0xfe, CCW, .bad_code = RV_ERR_INTERNAL,
                     .flags = RV_XML_ALWAYS | RV_XML_ABI, .fallback = "0",
                     .doc = "The channel subsystem; 0xfe for virtio."),
    RV_XML_ATTRIBUTE(RvAddress, ccw.ssid, "ssid", hex, .max = 3, CCW, .bad_code = RV_ERR_INTERNAL,
                     .flags = RV_XML_ALWAYS | RV_XML_ABI, .fallback = "0",
                     .doc = "The subchannel set."),
    RV_XML_ATTRIBUTE(RvAddress, ccw.devno, "devno", hex4, .max = 0xffff, CCW, .bad_code = RV_ERR_INTERNAL,
                     .flags = RV_XML_ALWAYS | RV_XML_ABI, .fallback = "0",
                     .doc = "The device number."),

    RV_XML_ATTRIBUTE(RvAddress, spapr_vio.reg, "reg", hex64_8, SPAPR_VIO, .flags = RV_XML_ABI,
                     .fallback = "a free one", .doc = "The register of a device on pseries."),

    RV_XML_ATTRIBUTE(RvAddress, dimm.slot, "slot", uint, DIMM,
                     .flags = RV_XML_REQUIRED | RV_XML_ALWAYS | RV_XML_ABI,
                     .doc = "The slot of a memory module."),
    RV_XML_ATTRIBUTE(RvAddress, dimm.base, "base", hex64, DIMM, .flags = RV_XML_ABI,
                     .doc = "Where the guest sees the memory."),

    RV_XML_GROUP("zpci", &zpci, PCI, .doc = "What a PCI device is to a guest on s390x."),
};

static void check_ccw(RvXmlReader *reader, const RvXmlNode *node, RvAddress *address)
{
    static const char *const parts[] = {"cssid", "ssid", "devno"};
    unsigned given = 0;
    for (unsigned i = 0; i < G_N_ELEMENTS(parts); i++)
        given += rv_xml_node_attribute(node, parts[i]) != NULL;
    address->ccw.given = given == G_N_ELEMENTS(parts);
    if (given && !address->ccw.given)
        rv_xml_error(reader, RV_ERR_INTERNAL, node, NULL,
                     "a ccw address needs cssid, ssid and devno, or none of them");
}

static void check_address(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    RvAddress *address = object;
    if (address->type == RV_ADDRESS_PCI && pci_is_free(address))
        address->pci.function = 0;
    if (address->type == RV_ADDRESS_CCW)
        check_ccw(reader, node, address);
    if (address->type == RV_ADDRESS_USB && address->usb.port && !is_usb_port(address->usb.port))
        rv_xml_error(reader, RV_ERR_INTERNAL, node, "port",
                     "a port is up to four numbers with dots between them, such as 1.2");
}

const RvXmlType rv_address_xml = {
    .size = sizeof(RvAddress),
    RV_XML_ROWS(address_rows),
    .check = check_address,
};

/* ---- Boot order, option ROM, virtio ---------------------------------------------------------- */

static const RvXmlRow boot_rows[] = {
    RV_XML_ATTRIBUTE(RvDevice, boot_order, "order", uint, .min = 1, .flags = RV_XML_REQUIRED,
                     .doc = "Its place among all devices to boot from. Cannot stand beside "
                            "<boot dev=> in <os>."),
    RV_XML_ATTRIBUTE(RvDevice, boot_loadparm, "loadparm", string, .min = 1, .max = 8,
                     .bad_code = RV_ERR_INTERNAL, .flags = RV_XML_ABI | RV_XML_KEEP_EMPTY,
                     .doc = "What the boot loader of s390x is told."),
};

static void check_boot(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    static const char bytes[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789. ";
    RvDevice *device = object;
    if (!device->boot_loadparm)
        return;
    for (char *at = device->boot_loadparm; *at; at++)
        *at = g_ascii_toupper(*at);
    if (device->boot_loadparm[strspn(device->boot_loadparm, bytes)])
        rv_xml_error(reader, RV_ERR_INTERNAL, node, "loadparm",
                     "only letters, digits, dots and spaces can stand here");
}

const RvXmlType rv_device_boot_xml = {RV_XML_ROWS(boot_rows), .check = check_boot};

static const RvXmlRow rom_rows[] = {
    RV_XML_ATTRIBUTE(RvDevice, rom_enabled, "enabled", enum, .names = rv_tristate_bool_names,
                     .min = 1, .flags = RV_XML_ABI, .doc = "Whether it has an option ROM at all."),
    RV_XML_ATTRIBUTE(RvDevice, rom_bar, "bar", enum, .names = rv_tristate_switch_names, .min = 1,
                     .flags = RV_XML_ABI, .doc = "Whether the guest sees the ROM in memory."),
    RV_XML_ATTRIBUTE(RvDevice, rom_file, "file", string,
                     .doc = "A file on the host with the ROM's content."),
};

static void check_rom(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    const RvDevice *device = object;
    if (device->rom_enabled == RV_TRISTATE_OFF && (device->rom_bar || device->rom_file))
        rv_xml_error(reader, RV_ERR_CONFIG_UNSUPPORTED, node, NULL,
                     "with enabled='no' there is no ROM: leave out bar= and file=");
}

const RvXmlType rv_device_rom_xml = {RV_XML_ROWS(rom_rows), .check = check_rom};

void rv_virtio_options_refuse(RvXmlReader *reader, const RvXmlNode *driver,
                              const RvVirtioOptions *options)
{
    const struct {
        const char *name;
        RvTristate value;
    } given[] = {
        {"iommu", options->iommu},
        {"ats", options->ats},
        {"packed", options->packed},
        {"page_per_vq", options->page_per_vq},
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(given); i++) {
        if (given[i].value)
            rv_xml_error(reader, RV_ERR_CONFIG_UNSUPPORTED, driver, given[i].name,
                         "%s= is for virtio devices only", given[i].name);
    }
}
