/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/input.h"

#include "model/device-xml.h"

static const char *const type_names[] = {"mouse", "tablet", "keyboard", NULL};
static const char *const bus_names[] = {"ps2", "usb", "xen", "virtio", NULL};
static const char *const model_names[] = {"virtio", "virtio-transitional",
                                          "virtio-non-transitional", NULL};

static const RvXmlRow input_rows[] = {
    RV_XML_ATTRIBUTE(RvInput, type, "type", string, .names = type_names,
                     .flags = RV_XML_REQUIRED | RV_XML_ABI, .doc = "What the guest sees."),
    RV_XML_ATTRIBUTE(RvInput, bus, "bus", string, .names = bus_names, .flags = RV_XML_ABI,
                     .doc = "What it is plugged into."),
    RV_XML_ATTRIBUTE(RvInput, model, "model", string, .names = model_names, .flags = RV_XML_ABI,
                     .doc = "The virtio device, on that bus."),
    RV_DEVICE_ROWS(RvInput),
};

const RvXmlType rv_input_xml = {
    .doc = "A mouse, tablet or keyboard.",
    .size = sizeof(RvInput),
    RV_XML_ROWS(input_rows),
};
