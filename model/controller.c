/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/controller.h"

#include "model/device-xml.h"

RV_ENUM(rv_controller_type, RvControllerType, RV_CONTROLLER_LAST, "ide", "fdc", "scsi", "sata",
        "virtio-serial", "ccid", "usb", "pci", "xenbus", "isa");

#define TYPE(mask) RV_XML_WHEN(RvController, type, mask)
#define PCI TYPE(RV_XML_BIT(RV_CONTROLLER_PCI))
#define USB TYPE(RV_XML_BIT(RV_CONTROLLER_USB))

static const RvXmlRow target_rows[] = {
    RV_XML_ATTRIBUTE(RvController, pci.chassis_nr, "chassisNr", int, .min = 1, .max = 255,
                     .absent = -1, .flags = RV_XML_ABI, .doc = "The number of a pci-bridge."),
    RV_XML_ATTRIBUTE(RvController, pci.chassis, "chassis", int, .min = 0, .max = 255,
                     .absent = -1, .flags = RV_XML_ABI, .doc = "The chassis of a root or switch port."),
    RV_XML_ATTRIBUTE(RvController, pci.port, "port", hex, .max = 0xff, .absent = -1,
                     .flags = RV_XML_ABI, .doc = "The number of a root or switch port."),
    RV_XML_ATTRIBUTE(RvController, pci.bus_nr, "busNr", int, .min = 1, .max = 254, .absent = -1,
                     .flags = RV_XML_ABI, .doc = "The bus number of an expander bus."),
};
static const RvXmlType target = {RV_XML_ROWS(target_rows)};

static const RvXmlRow controller_rows[] = {
    RV_XML_ATTRIBUTE(RvController, type, "type", enum, .names = rv_controller_type_names,
                     .flags = RV_XML_REQUIRED | RV_XML_ALWAYS | RV_XML_ABI,
                     .doc = "What can be plugged into it."),
    RV_XML_ATTRIBUTE(RvController, index, "index", int, .min = 0, .max = INT_MAX, .absent = -1,
                     .flags = RV_XML_ABI, .fallback = "the next free one of its type",
                     .doc = "Its number among those of its type: what addresses refer to."),
    RV_XML_ATTRIBUTE(RvController, model, "model", string, .flags = RV_XML_ABI,
                     .doc = "The hardware that the guest sees."),
    RV_XML_ATTRIBUTE(RvController, ports, "ports", uint, .flags = RV_XML_ABI,
                     TYPE(RV_XML_BIT(RV_CONTROLLER_VIRTIO_SERIAL) | RV_XML_BIT(RV_CONTROLLER_USB)),
                     .doc = "How many devices can be plugged in."),
    RV_XML_ATTRIBUTE(RvController, vectors, "vectors", uint, .flags = RV_XML_ABI,
                     TYPE(RV_XML_BIT(RV_CONTROLLER_VIRTIO_SERIAL)),
                     .doc = "How many interrupts it has."),
    RV_XML_LEAF(RvController, pci.model_name, "model", string, .attribute = "name", PCI,
                .flags = RV_XML_ABI, .doc = "The device of the emulator behind the model."),
    RV_XML_GROUP("target", &target, PCI),
    RV_XML_LEAF(RvController, device.alias, "alias", string, .attribute = "name",
                .flags = RV_XML_LIVE, .stays = rv_device_alias_stays,
                .doc = "As for any device."),
    RV_XML_LEAF(RvController, master_start_port, "master", int, .attribute = "startport",
                .min = 0, .max = 255, .absent = -1, USB, .flags = RV_XML_ABI,
                .doc = "The first port of its master that a companion controller serves."),
    RV_XML_EMBED(RvController, device.address, "address", &rv_address_xml,
                 .doc = "Where the guest sees it."),
};

const RvXmlType rv_controller_xml = {
    .doc = "A controller: what devices are plugged into.",
    .size = sizeof(RvController),
    RV_XML_ROWS(controller_rows),
};
