/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/controller.h"

#include "base/error.h"
#include "model/device-xml.h"

#include <limits.h>
#include <string.h>

#define MAX_PCI_INDEX 255

RV_ENUM(rv_controller_type, RvControllerType, RV_CONTROLLER_LAST, "ide", "fdc", "scsi", "sata",
        "virtio-serial", "ccid", "usb", "pci", "xenbus", "isa");

static const char *const pci_model_names[] = {"pci-root",
                                              "pcie-root",
                                              "pci-bridge",
                                              "dmi-to-pci-bridge",
                                              "pcie-to-pci-bridge",
                                              "pcie-root-port",
                                              "pcie-switch-upstream-port",
                                              "pcie-switch-downstream-port",
                                              "pci-expander-bus",
                                              "pcie-expander-bus",
                                              NULL};
static const char *const pci_device_names[] = {"pci-bridge",
                                               "i82801b11-bridge",
                                               "ioh3420",
                                               "x3130-upstream",
                                               "xio3130-downstream",
                                               "pxb",
                                               "pxb-pcie",
                                               "pcie-root-port",
                                               "spapr-pci-host-bridge",
                                               "pcie-pci-bridge",
                                               NULL};
static const char *const scsi_model_names[] = {"auto",
                                               "buslogic",
                                               "lsilogic",
                                               "lsisas1068",
                                               "vmpvscsi",
                                               "ibmvscsi",
                                               "virtio-scsi",
                                               "lsisas1078",
                                               "virtio-transitional",
                                               "virtio-non-transitional",
                                               "ncr53c90",
                                               "dc390",
                                               "am53c974",
                                               NULL};
static const char *const usb_model_names[] = {
    "piix3-uhci",     "piix4-uhci", "ehci",     "ich9-ehci1", "ich9-uhci1",
    "ich9-uhci2",     "ich9-uhci3", "pci-ohci", "nec-xhci",   "vt82c686b-uhci",
    "qusb1",          "qusb2",      "qemu-xhci", "none",      NULL};
static const char *const ide_model_names[] = {"piix3", "piix4", "ich6", NULL};
static const char *const virtio_serial_model_names[] = {"virtio", "virtio-transitional",
                                                        "virtio-non-transitional", NULL};

#define TYPE(mask) RV_XML_WHEN(RvController, type, mask)
#define PCI TYPE(RV_XML_BIT(RV_CONTROLLER_PCI))
#define USB TYPE(RV_XML_BIT(RV_CONTROLLER_USB))

#define MODEL_ROW(type_, names_)                                                                   \
    RV_XML_ATTRIBUTE(RvController, model, "model", string, .names = names_, .flags = RV_XML_ABI,   \
                     TYPE(RV_XML_BIT(type_)), .doc = "The hardware that the guest sees.")

static const RvXmlRow target_rows[] = {
    RV_XML_ATTRIBUTE(RvController, pci.chassis_nr, "chassisNr", int, .min = 1, .max = 255,
                     .absent = -1, .flags = RV_XML_ABI, .bad_code = RV_ERR_CONFIG_UNSUPPORTED,
                     .doc = "The number of a pci-bridge."),
    RV_XML_ATTRIBUTE(RvController, pci.chassis, "chassis", int, .min = 0, .max = 255,
                     .absent = -1, .flags = RV_XML_ABI, .bad_code = RV_ERR_CONFIG_UNSUPPORTED,
                     .doc = "The chassis of a root or switch port."),
    RV_XML_ATTRIBUTE(RvController, pci.port, "port", hex, .max = 0xff, .absent = -1,
                     .flags = RV_XML_ABI, .bad_code = RV_ERR_CONFIG_UNSUPPORTED,
                     .doc = "The number of a root or switch port."),
    RV_XML_ATTRIBUTE(RvController, pci.index, "index", int, .min = 0, .max = 30, .absent = -1,
                     .flags = RV_XML_ABI, .bad_code = RV_ERR_CONFIG_UNSUPPORTED,
                     .doc = "The number of a root of pseries."),
    RV_XML_ATTRIBUTE(RvController, pci.bus_nr, "busNr", int, .min = 1, .max = 254, .absent = -1,
                     .flags = RV_XML_ABI, .bad_code = RV_ERR_CONFIG_UNSUPPORTED,
                     .doc = "The bus number of an expander bus."),
    RV_XML_ATTRIBUTE(RvController, pci.hotplug, "hotplug", enum, .names = rv_tristate_switch_names,
                     .min = 1, .flags = RV_XML_ABI, .fallback = "on",
                     .doc = "Whether devices can be plugged in while the guest runs."),
    RV_XML_LEAF(RvController, pci.node, "node", int, .min = 0, .max = INT_MAX, .absent = -1,
                .flags = RV_XML_ABI, .doc = "The NUMA node of the guest that the bus belongs to."),
};
static const RvXmlType target = {RV_XML_ROWS(target_rows)};

#define DRIVER_NUMBER(field, name_, doc_)                                                           \
    RV_XML_ATTRIBUTE(RvController, driver.field, name_, uint, .flags = RV_XML_ABI, .doc = doc_)

static const RvXmlRow driver_rows[] = {
    DRIVER_NUMBER(queues, "queues", "How many queues the guest can use at once (virtio-scsi)."),
    DRIVER_NUMBER(cmd_per_lun, "cmd_per_lun", "How many commands wait at a device (virtio-scsi)."),
    DRIVER_NUMBER(max_sectors, "max_sectors",
                  "How many 512-byte blocks one transfer can have (virtio-scsi)."),
    RV_XML_ATTRIBUTE(RvController, driver.ioeventfd, "ioeventfd", enum,
                     .names = rv_tristate_switch_names, .min = 1, .flags = RV_XML_ABI,
                     .doc = "Whether the guest goes on at once while its I/O is begun."),
    DRIVER_NUMBER(iothread, "iothread", "The I/O thread that does its work."),
    RV_VIRTIO_ROWS(RvController, driver.virtio),
};
static const RvXmlType driver = {RV_XML_ROWS(driver_rows)};

static bool is_no_root(const void *object)
{
    const char *model = ((const RvController *)object)->model;
    return g_strcmp0(model, "pci-root") != 0 && g_strcmp0(model, "pcie-root") != 0;
}

#define XENBUS_ROW(field, name_, doc_)                                                             \
    RV_XML_ATTRIBUTE(RvController, field, name_, int, .min = 0, .max = INT_MAX, .absent = -1,      \
                     .flags = RV_XML_ABI, TYPE(RV_XML_BIT(RV_CONTROLLER_XENBUS)), .doc = doc_)

static const RvXmlRow controller_rows[] = {
    RV_XML_ATTRIBUTE(RvController, type, "type", enum, .names = rv_controller_type_names,
                     .flags = RV_XML_REQUIRED | RV_XML_ALWAYS | RV_XML_ABI,
                     .doc = "What can be plugged into it."),
    RV_XML_ATTRIBUTE(RvController, index, "index", int, .min = 0, .max = INT_MAX, .absent = -1,
                     .flags = RV_XML_ABI, .fallback = "the next free one of its type",
                     .doc = "Its number among those of its type: what addresses refer to."),
    MODEL_ROW(RV_CONTROLLER_PCI, pci_model_names),
    MODEL_ROW(RV_CONTROLLER_SCSI, scsi_model_names),
    MODEL_ROW(RV_CONTROLLER_USB, usb_model_names),
    MODEL_ROW(RV_CONTROLLER_IDE, ide_model_names),
    MODEL_ROW(RV_CONTROLLER_VIRTIO_SERIAL, virtio_serial_model_names),
    RV_XML_ATTRIBUTE(RvController, ports, "ports", uint, .flags = RV_XML_ABI,
                     TYPE(RV_XML_BIT(RV_CONTROLLER_VIRTIO_SERIAL) | RV_XML_BIT(RV_CONTROLLER_USB)),
                     .doc = "How many devices can be plugged in."),
    RV_XML_ATTRIBUTE(RvController, vectors, "vectors", uint, .flags = RV_XML_ABI,
                     TYPE(RV_XML_BIT(RV_CONTROLLER_VIRTIO_SERIAL)),
                     .doc = "How many interrupts it has."),
    XENBUS_ROW(max_grant_frames, "maxGrantFrames", "How many pages of grants the guest can have."),
    XENBUS_ROW(max_event_channels, "maxEventChannels",
               "How many event channels the guest can have."),
    RV_XML_LEAF(RvController, pci.model_name, "model", string, .attribute = "name", PCI,
                .names = pci_device_names, .flags = RV_XML_ABI,
                .doc = "The device of the emulator behind the model."),
    RV_XML_GROUP("target", &target, PCI),
    RV_XML_GROUP("driver", &driver, .doc = "How the host serves it."),
    RV_XML_LEAF(RvController, device.alias, "alias", string, .attribute = "name",
                .flags = RV_XML_LIVE, .stays = rv_device_alias_stays,
                .doc = "As for any device."),
    RV_XML_LEAF(RvController, master_start_port, "master", int, .attribute = "startport",
                .min = 0, .max = 255, .absent = -1, USB, .flags = RV_XML_ABI,
                .doc = "The first port of its master that a companion controller serves."),
    RV_XML_EMBED(RvController, device.address, "address", &rv_address_xml,
                 .doc = "Where the guest sees it."),
    RV_XML_LEAF(RvController, pci.hole64_kib, "pcihole64", kib, .absent = -1, PCI,
                .omit = is_no_root, .flags = RV_XML_ABI,
                .doc = "The size of the window above 4 GiB for devices of a root."),
};

/* A companion of a USB 2 controller serves the ports from 0, 2 or 4 on. */
static void complete_companion(RvController *controller)
{
    static const char prefix[] = "ich9-uhci";
    if (controller->master_start_port < 0 && controller->model &&
        g_str_has_prefix(controller->model, prefix))
        controller->master_start_port = 2 * (controller->model[strlen(prefix)] - '1');
}

static void check_controller(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    RvController *controller = object;
    bool is_root = !g_strcmp0(controller->model, "pci-root") ||
                   !g_strcmp0(controller->model, "pcie-root");
    if (controller->type == RV_CONTROLLER_USB)
        complete_companion(controller);
    if (controller->type != RV_CONTROLLER_PCI)
        return;
    if (is_root && controller->device.address.type != RV_ADDRESS_NONE)
        rv_xml_error(reader, RV_ERR_CONFIG_UNSUPPORTED, rv_xml_node_child(node, "address", 0), NULL,
                     "a %s is not plugged into anything: it has no address", controller->model);
    if (controller->index > MAX_PCI_INDEX)
        rv_xml_error(reader, RV_ERR_CONFIG_UNSUPPORTED, node, "index",
                     "the highest index of a PCI controller is %d", MAX_PCI_INDEX);
}

const RvXmlType rv_controller_xml = {
    .doc = "A controller: what devices are plugged into.",
    .size = sizeof(RvController),
    RV_XML_ROWS(controller_rows),
    .check = check_controller,
};
