/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/hostdev.h"

#include "base/error.h"
#include "model/device-xml.h"
#include "model/disk-source.h"
#include "model/interface-port.h"

#include <string.h>

RV_ENUM(rv_hostdev_mode, RvHostdevMode, RV_HOSTDEV_MODE_LAST, "subsystem", "capabilities");
RV_ENUM(rv_hostdev_type, RvHostdevType, RV_HOSTDEV_TYPE_LAST, "usb", "pci", "scsi", "scsi_host",
        "mdev", "storage", "misc", "net");

static const char *const sgio_names[] = {"filtered", "unfiltered", NULL};
static const char *const mdev_names[] = {"vfio-pci", "vfio-ccw", "vfio-ap", NULL};
static const char *const scsi_host_names[] = {"virtio", "virtio-transitional",
                                              "virtio-non-transitional", NULL};
static const char *const driver_names[] = {"kvm", "vfio", "xen", NULL};
static const char *const startup_policy_names[] = {"mandatory", "requisite", "optional", NULL};
static const char *const guest_reset_names[] = {"off", "uninitialized", "on", NULL};
static const char *const scsi_protocol_names[] = {"adapter", "iscsi", NULL};
static const char *const vhost_names[] = {"vhost", NULL};
static const char *const teaming_names[] = {"persistent", "transient", NULL};

#define BIT(type) RV_XML_BIT(RV_HOSTDEV_##type)
#define ADDRESS(type) (1u << RV_ADDRESS_##type)
#define TYPE(mask) RV_XML_WHEN(RvHostdev, type, mask)
#define SUBSYSTEM (BIT(USB) | BIT(PCI) | BIT(SCSI) | BIT(SCSI_HOST) | BIT(MDEV))

static bool is_not_iscsi(const void *object)
{
    return !((const RvHostdev *)object)->protocol;
}

static bool is_iscsi(const void *object)
{
    return !is_not_iscsi(object);
}

static bool has_no_usb_address(const void *object)
{
    const RvHostdev *hostdev = object;
    return !hostdev->address.bus && !hostdev->address.device;
}

static bool has_no_vendor(const void *object)
{
    return !((const RvHostdev *)object)->vendor;
}

/* ---- Where it is on the host ------------------------------------------------------------------ */

static const RvXmlRow usb_address_rows[] = {
    RV_XML_ATTRIBUTE(RvHostdev, address.bus, "bus", uint, .flags = RV_XML_ALWAYS,
                     .omit = has_no_usb_address, .doc = "Its bus."),
    RV_XML_ATTRIBUTE(RvHostdev, address.device, "device", uint, .flags = RV_XML_ALWAYS,
                     .omit = has_no_usb_address, .doc = "Its number on that bus."),
};
static const RvXmlType usb_address = {RV_XML_ROWS(usb_address_rows)};

static const RvXmlRow scsi_address_rows[] = {
    RV_XML_ATTRIBUTE(RvHostdev, address.scsi_bus, "bus", uint, .omit = is_iscsi,
                     .flags = RV_XML_REQUIRED | RV_XML_ALWAYS, .doc = "Its bus."),
    RV_XML_ATTRIBUTE(RvHostdev, address.target, "target", uint, .omit = is_iscsi,
                     .flags = RV_XML_REQUIRED | RV_XML_ALWAYS, .doc = "Its target."),
    RV_XML_ATTRIBUTE(RvHostdev, address.unit, "unit", uint64, .omit = is_iscsi,
                     .flags = RV_XML_REQUIRED | RV_XML_ALWAYS, .doc = "Its unit."),
};
static const RvXmlType scsi_address = {RV_XML_ROWS(scsi_address_rows)};

static const RvXmlRow initiator_rows[] = {
    RV_XML_LEAF(RvHostdev, initiator, "iqn", string, .attribute = "name",
                .doc = "The name by which iSCSI knows this host."),
};
static const RvXmlType initiator = {RV_XML_ROWS(initiator_rows)};

static const RvXmlRow source_rows[] = {
    RV_XML_ATTRIBUTE(RvHostdev, startup_policy, "startupPolicy", string, TYPE(BIT(USB)),
                     .names = startup_policy_names,
                     .doc = "What happens when it is missing at start."),
    RV_XML_ATTRIBUTE(RvHostdev, missing, "missing", yes_no, TYPE(BIT(USB)), .flags = RV_XML_LIVE,
                     .doc = "That it was missing at start."),
    RV_XML_ATTRIBUTE(RvHostdev, guest_reset, "guestReset", string, TYPE(BIT(USB)),
                     .names = guest_reset_names, .doc = "When the guest can reset it."),
    RV_XML_ATTRIBUTE(RvHostdev, write_filtering, "writeFiltering", enum, .min = 1, TYPE(BIT(PCI)),
                     .names = rv_tristate_bool_names,
                     .doc = "Whether writes to its configuration are filtered (xen)."),
    RV_XML_ATTRIBUTE(RvHostdev, protocol, "protocol", string, TYPE(BIT(SCSI)),
                     .names = scsi_protocol_names, .bad_code = RV_ERR_CONFIG_UNSUPPORTED,
                     .doc = "iscsi: it is not on this host."),
    RV_XML_ATTRIBUTE(RvHostdev, protocol, "protocol", string, TYPE(BIT(SCSI_HOST)),
                     .names = vhost_names, .flags = RV_XML_REQUIRED,
                     .bad_code = RV_ERR_CONFIG_UNSUPPORTED, .doc = "How the host serves it."),
    RV_XML_ATTRIBUTE(RvHostdev, name, "name", string, TYPE(BIT(SCSI)),
                     .doc = "Target and unit of iSCSI."),
    RV_XML_ATTRIBUTE(RvHostdev, wwpn, "wwpn", string, TYPE(BIT(SCSI_HOST)),
                     .flags = RV_XML_REQUIRED, .doc = "naa. and 16 hexadecimal digits."),

    RV_XML_LEAF(RvHostdev, vendor, "vendor", hex4, .attribute = "id", TYPE(BIT(USB)), .max = 0xffff,
                .flags = RV_XML_NOT_EMPTY, .doc = "Its vendor."),
    RV_XML_LEAF(RvHostdev, product, "product", hex4, .attribute = "id", TYPE(BIT(USB)),
                .max = 0xffff, .flags = RV_XML_NOT_EMPTY | RV_XML_ALWAYS, .omit = has_no_vendor,
                .doc = "What it is, of that vendor."),
    RV_XML_GROUP("address", &usb_address, TYPE(BIT(USB)), .doc = "Where it is plugged in."),
    RV_XML_EMBED(RvHostdev, address.pci, "address", &rv_pci_address_xml, TYPE(BIT(PCI)),
                 .flags = RV_XML_REQUIRED),
    RV_XML_LEAF(RvHostdev, adapter, "adapter", string, .attribute = "name", TYPE(BIT(SCSI)),
                .doc = "The host adapter it is on: scsi_host0."),
    RV_XML_GROUP("address", &scsi_address, TYPE(BIT(SCSI)), .omit = is_iscsi),
    RV_XML_LIST(RvHostdev, hosts, "host", &rv_storage_host_xml, TYPE(BIT(SCSI)), .max = 16),
    RV_XML_CHILD(RvHostdev, auth, "auth", &rv_storage_auth_xml, TYPE(BIT(SCSI))),
    RV_XML_GROUP("initiator", &initiator, TYPE(BIT(SCSI))),
    RV_XML_LEAF(RvHostdev, address.uuid, "address", uuid, .attribute = "uuid", TYPE(BIT(MDEV)),
                .flags = RV_XML_REQUIRED | RV_XML_NOT_EMPTY,
                .missing_code = RV_ERR_CONFIG_UNSUPPORTED, .doc = "Its UUID."),
    RV_XML_LEAF(RvHostdev, path, "block", string, TYPE(BIT(STORAGE)), .flags = RV_XML_REQUIRED,
                .doc = "Absolute path of a block device."),
    RV_XML_LEAF(RvHostdev, path, "char", string, TYPE(BIT(MISC)), .flags = RV_XML_REQUIRED,
                .doc = "Absolute path of a character device."),
    RV_XML_LEAF(RvHostdev, path, "interface", string, TYPE(BIT(NET)), .flags = RV_XML_REQUIRED,
                .doc = "The name of a network interface."),
};
static const RvXmlType source = {RV_XML_ROWS(source_rows)};

/* ---- What the guest sees ---------------------------------------------------------------------- */

static const RvXmlRow teaming_rows[] = {
    RV_XML_ATTRIBUTE(RvHostdev, teaming, "type", string, .names = teaming_names,
                     .flags = RV_XML_REQUIRED, .bad_code = RV_ERR_CONFIG_UNSUPPORTED,
                     .missing_code = RV_ERR_CONFIG_UNSUPPORTED,
                     .doc = "Whether it stays, or goes while the guest moves."),
    RV_XML_ATTRIBUTE(RvHostdev, teaming_with, "persistent", string,
                     .doc = "The alias of the one that stays, for the one that goes."),
};
static const RvXmlType teaming = {RV_XML_ROWS(teaming_rows)};

static const RvXmlRow hostdev_rows[] = {
    RV_XML_ATTRIBUTE(RvHostdev, mode, "mode", enum, .names = rv_hostdev_mode_names,
                     .flags = RV_XML_ALWAYS, .fallback = "subsystem",
                     .doc = "capabilities: for a container."),
    RV_XML_ATTRIBUTE(RvHostdev, type, "type", enum, .names = rv_hostdev_type_names,
                     .flags = RV_XML_REQUIRED | RV_XML_ALWAYS | RV_XML_ABI, .doc = "What it is."),
    RV_XML_ATTRIBUTE(RvHostdev, managed, "managed", yes_no, TYPE(SUBSYSTEM), .fallback = "no",
                     .flags = RV_XML_ALWAYS,
                     .doc = "Whether the host lets go of the device by itself."),
    RV_XML_ATTRIBUTE(RvHostdev, sgio, "sgio", string, .names = sgio_names, TYPE(BIT(SCSI)),
                     .doc = "Whether the kernel filters its SCSI commands."),
    RV_XML_ATTRIBUTE(RvHostdev, raw_io, "rawio", enum, .names = rv_tristate_bool_names, .min = 1,
                     TYPE(BIT(SCSI)), .doc = "Whether the guest may send any SCSI command."),
    RV_XML_ATTRIBUTE(RvHostdev, model, "model", string, .names = scsi_host_names,
                     TYPE(BIT(SCSI_HOST)), .flags = RV_XML_ABI,
                     .doc = "The generation of the virtio device."),
    RV_XML_ATTRIBUTE(RvHostdev, model, "model", string, .names = mdev_names, TYPE(BIT(MDEV)),
                     .flags = RV_XML_REQUIRED | RV_XML_ABI, .doc = "What it is to the guest."),
    RV_XML_ATTRIBUTE(RvHostdev, display, "display", enum, .names = rv_tristate_switch_names,
                     .min = 1, TYPE(BIT(MDEV)), .doc = "Whether it is a graphics card that shows."),
    RV_XML_ATTRIBUTE(RvHostdev, ramfb, "ramfb", enum, .names = rv_tristate_switch_names, .min = 1,
                     TYPE(BIT(MDEV)), .doc = "Whether it shows before its driver is there."),
    RV_XML_LEAF(RvHostdev, driver, "driver", string, .attribute = "name", .names = driver_names,
                TYPE(BIT(PCI)), .doc = "The driver on the host."),
    RV_XML_GROUP("source", &source, .flags = RV_XML_REQUIRED | RV_XML_ALWAYS,
                 .doc = "Which one of the host's."),
    RV_XML_LIST(RvHostdev, ips, "ip", &rv_ip_xml, TYPE(BIT(NET)), .max = 256),
    RV_XML_LIST(RvHostdev, routes, "route", &rv_route_xml, TYPE(BIT(NET)), .max = 256),
    RV_XML_GROUP("teaming", &teaming, TYPE(BIT(PCI)), .doc = "Two interfaces that are one."),
    RV_XML_FLAG(RvHostdev, read_only, "readonly", .flags = RV_XML_ABI,
                .doc = "The guest cannot write to it."),
    RV_XML_FLAG(RvHostdev, shareable, "shareable", .doc = "Other guests may use it as well."),
    RV_DEVICE_BOOT_ROW(RvHostdev),
    RV_DEVICE_ROM_ROWS(RvHostdev),
};

static void check_usb(RvXmlReader *reader, const RvXmlNode *node, const RvHostdev *hostdev)
{
    if (hostdev->vendor && !hostdev->product &&
        rv_xml_node_child(node, "product", 0) == node)
        rv_xml_error(reader, 0, node, NULL, "a <vendor> needs a <product> beside it");
    if (!hostdev->vendor && has_no_usb_address(hostdev))
        rv_xml_error(reader, 0, node, NULL,
                     "a USB device is named by <vendor> and <product>, or by its <address>");
}

static void check_scsi(RvXmlReader *reader, const RvXmlNode *node, RvHostdev *hostdev)
{
    if (!g_strcmp0(hostdev->protocol, "adapter"))
        g_clear_pointer(&hostdev->protocol, g_free);
    if (!hostdev->protocol && (!hostdev->adapter || rv_xml_node_child(node, "address", 0) == node))
        rv_xml_error(reader, 0, node, NULL,
                     "a SCSI device is named by an <adapter> and an <address>");
    if (hostdev->protocol && (!hostdev->name || !hostdev->hosts->len))
        rv_xml_error(reader, 0, node, NULL, "a device behind iSCSI has a name= and a <host>");
}

/* What the guest may see a device as. */
static const struct {
    RvHostdevType type;
    const char *model; /* of an mdev; NULL: any */
    unsigned addresses;
    int code;
} places[] = {
    {RV_HOSTDEV_PCI, NULL, ADDRESS(PCI) | ADDRESS(UNASSIGNED), RV_ERR_INTERNAL},
    {RV_HOSTDEV_SCSI, NULL, ADDRESS(DRIVE), RV_ERR_CONFIG_UNSUPPORTED},
    {RV_HOSTDEV_SCSI_HOST, NULL, ADDRESS(PCI) | ADDRESS(CCW), RV_ERR_CONFIG_UNSUPPORTED},
    {RV_HOSTDEV_USB, NULL, ADDRESS(USB), RV_ERR_CONFIG_UNSUPPORTED},
    {RV_HOSTDEV_MDEV, "vfio-pci", ADDRESS(PCI), RV_ERR_XML},
    {RV_HOSTDEV_MDEV, "vfio-ccw", ADDRESS(CCW), RV_ERR_XML},
};

static void check_place(RvXmlReader *reader, const RvXmlNode *node, const RvHostdev *hostdev)
{
    RvAddressType type = hostdev->device.address.type;
    for (unsigned i = 0; i < G_N_ELEMENTS(places); i++) {
        bool is_it = places[i].type == hostdev->type &&
                     (!places[i].model || !g_strcmp0(places[i].model, hostdev->model));
        if (is_it && type != RV_ADDRESS_NONE && !(places[i].addresses & 1u << type))
            rv_xml_error(reader, places[i].code, rv_xml_node_child(node, "address", 0), "type",
                         "a %s device of the host has no address of type '%s'",
                         rv_hostdev_type_to_string(hostdev->type), rv_address_type_to_string(type));
    }
}

static void check_teaming(RvXmlReader *reader, const RvXmlNode *node, const RvHostdev *hostdev)
{
    const RvXmlNode *place = rv_xml_node_child(node, "teaming", 0);
    if (hostdev->teaming && strcmp(hostdev->teaming, "transient"))
        rv_xml_fault(reader, RV_DIAGNOSTIC_ERROR, RV_ERR_CONFIG_UNSUPPORTED, place, "type",
                     "transient", "a device of the host is the one of a team that goes");
    else if (hostdev->teaming && !hostdev->teaming_with)
        rv_xml_error(reader, RV_ERR_CONFIG_UNSUPPORTED, place, NULL,
                     "persistent= is missing: the alias of the interface that stays");
}

static void check_hostdev(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    RvHostdev *hostdev = object;
    const RvXmlNode *place = rv_xml_node_child(node, "source", 0);
    bool subsystem = SUBSYSTEM & RV_XML_BIT(hostdev->type);
    if (subsystem != (hostdev->mode == RV_HOSTDEV_SUBSYSTEM))
        rv_xml_error(reader, RV_ERR_CONFIG_UNSUPPORTED, node, "type",
                     "a device of mode %s has no type %s", rv_hostdev_mode_to_string(hostdev->mode),
                     rv_hostdev_type_to_string(hostdev->type));
    if (hostdev->type == RV_HOSTDEV_USB)
        check_usb(reader, place, hostdev);
    if (hostdev->type == RV_HOSTDEV_SCSI)
        check_scsi(reader, place, hostdev);
    check_place(reader, node, hostdev);
    check_teaming(reader, node, hostdev);
}

/* ---- Which one it is -------------------------------------------------------------------------- */

static char *usb_key(const RvHostdev *hostdev)
{
    const RvHostdevAddress *address = &hostdev->address;
    if (address->bus && address->device)
        return g_strdup_printf("bus %u device %u", address->bus, address->device);
    return g_strdup_printf("%04x:%04x", hostdev->vendor, hostdev->product);
}

static char *scsi_key(const RvHostdev *hostdev)
{
    const RvHostdevAddress *address = &hostdev->address;
    const RvStorageHost *host = hostdev->hosts->len ? hostdev->hosts->pdata[0] : NULL;
    if (hostdev->protocol)
        return g_strdup_printf("%s at %s:%u", hostdev->name, host ? host->name : "",
                               host ? host->port : 0);
    return g_strdup_printf("%s %u:%u:%" G_GUINT64_FORMAT, hostdev->adapter, address->scsi_bus,
                           address->target, address->unit);
}

static char *mdev_key(const RvHostdev *hostdev)
{
    char uuid[RV_UUID_STRING_LEN + 1];
    rv_uuid_format(&hostdev->address.uuid, uuid);
    return g_strdup(uuid);
}

char *rv_hostdev_key(const RvHostdev *hostdev)
{
    const RvPciAddress *pci = &hostdev->address.pci;
    g_autofree char *which = NULL;
    switch (hostdev->type) {
    case RV_HOSTDEV_USB:
        which = usb_key(hostdev);
        break;
    case RV_HOSTDEV_PCI:
        which = g_strdup_printf("%04x:%02x:%02x.%x", pci->domain, pci->bus, pci->slot,
                                pci->function);
        break;
    case RV_HOSTDEV_SCSI:
        which = scsi_key(hostdev);
        break;
    case RV_HOSTDEV_MDEV:
        which = mdev_key(hostdev);
        break;
    default:
        which = g_strdup(hostdev->type == RV_HOSTDEV_SCSI_HOST ? hostdev->wwpn : hostdev->path);
    }
    return g_strdup_printf("%s device %s", rv_hostdev_type_to_string(hostdev->type), which);
}

const RvXmlType rv_hostdev_xml = {
    .doc = "A device of the host that is given to the guest.",
    .size = sizeof(RvHostdev),
    RV_XML_ROWS(hostdev_rows),
    .check = check_hostdev,
};
