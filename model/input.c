/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/input.h"

#include "base/error.h"
#include "model/device-xml.h"

#include <string.h>

RV_ENUM(rv_input_type, RvInputType, RV_INPUT_LAST, "mouse", "tablet", "keyboard", "passthrough",
        "evdev");

static const char *const bus_names[] = {"ps2", "usb", "xen", "parallels", "virtio", "none", NULL};
static const char *const model_names[] = {"virtio", "virtio-transitional",
                                          "virtio-non-transitional", NULL};
static const char *const toggle_names[] = {"ctrl-ctrl", "alt-alt",    "shift-shift",    "meta-meta",
                                           "scrolllock", "ctrl-scrolllock", NULL};
static const char *const grab_names[] = {"all", NULL};

#define TYPE(type_) RV_XML_WHEN(RvInput, type, RV_XML_BIT(RV_INPUT_##type_))

static bool has_no_bus(const void *object)
{
    return !g_strcmp0(((const RvInput *)object)->bus, "none");
}

static const RvXmlRow source_rows[] = {
    RV_XML_ATTRIBUTE(RvInput, source, "evdev", string, TYPE(PASSTHROUGH), .flags = RV_XML_REQUIRED,
                     .doc = "The device: /dev/input/event1."),
    RV_XML_ATTRIBUTE(RvInput, source, "dev", string, TYPE(EVDEV), .flags = RV_XML_REQUIRED,
                     .doc = "The device: /dev/input/event1."),
    RV_XML_ATTRIBUTE(RvInput, grab, "grab", string, .names = grab_names, TYPE(EVDEV),
                     .doc = "all: with this keyboard all others are taken, too."),
    RV_XML_ATTRIBUTE(RvInput, grab_toggle, "grabToggle", string, .names = toggle_names,
                     TYPE(EVDEV), .fallback = "ctrl-ctrl",
                     .doc = "The keys that give the device to the guest and take it back."),
    RV_XML_ATTRIBUTE(RvInput, repeat, "repeat", enum, .names = rv_tristate_switch_names, .min = 1,
                     TYPE(EVDEV), .doc = "Whether keys that are held down repeat."),
};
static const RvXmlType source = {RV_XML_ROWS(source_rows)};

static const RvXmlRow driver_rows[] = {
    RV_VIRTIO_ROWS(RvInput, virtio),
};
static const RvXmlType driver = {RV_XML_ROWS(driver_rows)};

static const RvXmlRow input_rows[] = {
    RV_XML_ATTRIBUTE(RvInput, type, "type", enum, .names = rv_input_type_names,
                     .flags = RV_XML_REQUIRED | RV_XML_ALWAYS | RV_XML_ABI,
                     .missing_code = RV_ERR_INTERNAL, .bad_code = RV_ERR_CONFIG_UNSUPPORTED,
                     .doc = "What the guest sees; passthrough: a device of the host, evdev: what "
                            "comes from it."),
    RV_XML_ATTRIBUTE(RvInput, bus, "bus", string, .names = bus_names, .flags = RV_XML_ABI,
                     .bad_code = RV_ERR_CONFIG_UNSUPPORTED, .omit = has_no_bus,
                     .doc = "What it is plugged into."),
    RV_XML_ATTRIBUTE(RvInput, model, "model", string, .names = model_names, .flags = RV_XML_ABI,
                     .bad_code = RV_ERR_CONFIG_UNSUPPORTED,
                     .doc = "The virtio device, on that bus."),
    RV_XML_GROUP("driver", &driver, .doc = "How a virtio device works."),
    RV_XML_GROUP("source", &source, .doc = "The device of the host."),
    RV_DEVICE_ROWS(RvInput),
};

static void check_bus(RvXmlReader *reader, const RvXmlNode *node, const RvInput *input)
{
    RvAddressType address = input->device.address.type;
    if (!strcmp(input->bus, "usb") && address != RV_ADDRESS_NONE && address != RV_ADDRESS_USB)
        rv_xml_error(reader, RV_ERR_XML, rv_xml_node_child(node, "address", 0), "type",
                     "it is plugged into USB: its address is of type usb");
    if (input->type == RV_INPUT_PASSTHROUGH && strcmp(input->bus, "virtio"))
        rv_xml_error(reader, RV_ERR_CONFIG_UNSUPPORTED, node, "bus",
                     "devices of the host are passed through bus 'virtio' only");
    if (input->type == RV_INPUT_EVDEV && strcmp(input->bus, "none"))
        rv_xml_error(reader, RV_ERR_CONFIG_UNSUPPORTED, node, "bus",
                     "an evdev is plugged into nothing: leave the bus out");
    if (input->model && strcmp(input->bus, "virtio"))
        rv_xml_error(reader, RV_ERR_CONFIG_UNSUPPORTED, node, "model",
                     "model '%s' is for bus 'virtio' only", input->model);
}

static void check_input(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    RvInput *input = object;
    if (input->type == RV_INPUT_EVDEV && !input->bus)
        input->bus = g_strdup("none");
    if (input->type != RV_INPUT_EVDEV && has_no_bus(input))
        g_clear_pointer(&input->bus, g_free);
    if (input->bus)
        check_bus(reader, node, input);
}

const RvXmlType rv_input_xml = {
    .doc = "A mouse, tablet or keyboard.",
    .size = sizeof(RvInput),
    RV_XML_ROWS(input_rows),
    .check = check_input,
};
