/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/chardev.h"

#include "base/error.h"
#include "model/device-xml.h"

#include <arpa/inet.h>

RV_ENUM(rv_channel_target, RvChannelTarget, RV_CHANNEL_LAST, "none", "virtio", "guestfwd", "xen");

static const char *const serial_target_names[] = {
    "isa-serial",    "usb-serial",  "pci-serial", "spapr-vio-serial",
    "system-serial", "sclp-serial", "isa-debug",  NULL};
static const char *const serial_model_names[] = {
    "isa-serial", "usb-serial",     "pci-serial", "spapr-vty",    "pl011",
    "sclpconsole", "sclplmconsole", "16550a",     "isa-debugcon", NULL};
static const char *const console_target_names[] = {"serial", "xen",    "uml",  "virtio", "lxc",
                                                   "openvz", "sclp",   "sclplm", NULL};
static const char *const state_names[] = {"connected", "disconnected", NULL};

static const RvXmlRow serial_target_rows[] = {
    RV_XML_ATTRIBUTE(RvChardev, target_type, "type", string, .names = serial_target_names,
                     .bad_code = RV_ERR_CONFIG_UNSUPPORTED, .flags = RV_XML_ABI, .doc = "What it is plugged into."),
    RV_XML_ATTRIBUTE(RvChardev, target_port, "port", int, .min = 0, .max = INT_MAX, .absent = -1,
                     .flags = RV_XML_ABI, .fallback = "the next free one", .doc = "Its number."),
    RV_XML_LEAF(RvChardev, target_model, "model", string, .attribute = "name",
                .names = serial_model_names, .bad_code = RV_ERR_CONFIG_UNSUPPORTED, .flags = RV_XML_ABI,
                .doc = "The hardware that the guest sees."),
};
static const RvXmlType serial_target = {RV_XML_ROWS(serial_target_rows)};

static const RvXmlRow parallel_target_rows[] = {
    RV_XML_ATTRIBUTE(RvChardev, target_port, "port", int, .min = 0, .max = INT_MAX, .absent = -1,
                     .flags = RV_XML_ABI, .fallback = "the next free one", .doc = "Its number."),
};
static const RvXmlType parallel_target = {RV_XML_ROWS(parallel_target_rows)};

static const RvXmlRow console_target_rows[] = {
    RV_XML_ATTRIBUTE(RvChardev, target_type, "type", string, .names = console_target_names,
                     .bad_code = RV_ERR_CONFIG_UNSUPPORTED, .flags = RV_XML_ABI, .fallback = "serial",
                     .doc = "What the guest sees; serial is the same device as the <serial>."),
    RV_XML_ATTRIBUTE(RvChardev, target_port, "port", int, .min = 0, .max = INT_MAX, .absent = -1,
                     .flags = RV_XML_ABI, .fallback = "the next free one", .doc = "Its number."),
};
static const RvXmlType console_target = {RV_XML_ROWS(console_target_rows)};

#define CHANNEL(mask) RV_XML_WHEN(RvChardev, channel, mask)

static const RvXmlRow channel_target_rows[] = {
    RV_XML_ATTRIBUTE(RvChardev, channel, "type", enum, .names = rv_channel_target_names, .min = 1,
                     .bad_code = RV_ERR_CONFIG_UNSUPPORTED,
                     .missing_code = RV_ERR_CONFIG_UNSUPPORTED,
                     .flags = RV_XML_REQUIRED | RV_XML_ABI,
                     .doc = "What the channel is made of."),
    RV_XML_ATTRIBUTE(RvChardev, target_address, "address", string,
                     .flags = RV_XML_REQUIRED | RV_XML_ABI,
                     CHANNEL(RV_XML_BIT(RV_CHANNEL_GUESTFWD)),
                     .doc = "What the guest connects to."),
    RV_XML_ATTRIBUTE(RvChardev, target_port, "port", int, .min = 0, .max = 65535, .absent = -1,
                     .flags = RV_XML_ABI, CHANNEL(RV_XML_BIT(RV_CHANNEL_GUESTFWD)),
                     .doc = "The port that the guest connects to."),
    RV_XML_ATTRIBUTE(RvChardev, target_name, "name", string, .flags = RV_XML_ABI,
                     CHANNEL(RV_XML_BIT(RV_CHANNEL_VIRTIO) | RV_XML_BIT(RV_CHANNEL_XEN)),
                     .doc = "Its name in the guest: /dev/virtio-ports/NAME."),
    RV_XML_ATTRIBUTE(RvChardev, target_state, "state", string, .names = state_names,
                     .flags = RV_XML_LIVE, CHANNEL(RV_XML_BIT(RV_CHANNEL_VIRTIO)),
                     .doc = "Whether a program in the guest has opened it."),
};
static const RvXmlType channel_target = {RV_XML_ROWS(channel_target_rows)};

static bool has_other_port(const void *object)
{
    return ((const RvChardev *)object)->target_port > 0;
}

#define TYPE_ROW                                                                                   \
    RV_CHARDEV_TYPE_ROW(RvChardev, source, .absent = RV_CHARDEV_PTY, .flags = RV_XML_ALWAYS,       \
                        .fallback = "pty")
#define SOURCE_ROWS RV_CHARDEV_SOURCE_ROWS(RvChardev, source), RV_CHARDEV_LOG_ROW(RvChardev, source)

static const RvXmlRow serial_rows[] = {
    TYPE_ROW,
    SOURCE_ROWS,
    RV_XML_GROUP("target", &serial_target),
    RV_DEVICE_ROWS(RvChardev),
};

static const RvXmlRow parallel_rows[] = {
    TYPE_ROW,
    SOURCE_ROWS,
    RV_XML_GROUP("target", &parallel_target),
    RV_DEVICE_ROWS(RvChardev),
};

static const RvXmlRow console_rows[] = {
    TYPE_ROW,
    RV_XML_ATTRIBUTE(RvChardev, source.path, "tty", string, .flags = RV_XML_LIVE,
                     RV_XML_WHEN(RvChardev, source.type, RV_CHARDEV_BIT(PTY)),
                     .omit = has_other_port, .doc = "The same as the path of its source."),
    SOURCE_ROWS,
    RV_XML_GROUP("target", &console_target),
    RV_DEVICE_ROWS(RvChardev),
};

static const RvXmlRow channel_rows[] = {
    TYPE_ROW,
    SOURCE_ROWS,
    RV_XML_GROUP("target", &channel_target, .flags = RV_XML_REQUIRED),
    RV_DEVICE_ROWS(RvChardev),
};

static void check_chardev(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    RvChardev *chardev = object;
    rv_chardev_source_check(reader, node, &chardev->source, false);
    if (chardev->source.type == RV_CHARDEV_SPICEVMC)
        rv_xml_error(reader, RV_ERR_CONFIG_UNSUPPORTED, node, "type",
                     "SPICE's agent is reached by a <channel> only");
}

static void check_serial(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    const RvChardev *serial = object;
    RvAddressType address = serial->device.address.type;
    check_chardev(reader, node, object);
    if (!g_strcmp0(serial->target_type, "usb-serial") && address != RV_ADDRESS_NONE &&
        address != RV_ADDRESS_USB)
        rv_xml_error(reader, RV_ERR_CONFIG_UNSUPPORTED, rv_xml_node_child(node, "address", 0),
                     "type", "a usb-serial is plugged into USB: its address is of type usb");
}

static bool is_ipv4(const char *address)
{
    struct in_addr ignored;
    return inet_pton(AF_INET, address, &ignored) == 1;
}

static void check_channel(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    RvChardev *channel = object;
    const RvXmlNode *target = rv_xml_node_child(node, "target", 0);
    rv_chardev_source_check(reader, node, &channel->source,
                            channel->channel != RV_CHANNEL_GUESTFWD);
    if (channel->source.type == RV_CHARDEV_SPICEVMC && channel->channel != RV_CHANNEL_VIRTIO)
        rv_xml_error(reader, RV_ERR_CONFIG_UNSUPPORTED, target, "type",
                     "SPICE's agent is reached by a channel of type virtio only");
    if (channel->channel == RV_CHANNEL_GUESTFWD && !is_ipv4(channel->target_address))
        rv_xml_error(reader, RV_ERR_CONFIG_UNSUPPORTED, target, "address",
                     "'%s' is not an IPv4 address", channel->target_address);
}

const RvXmlType rv_serial_xml = {
    .doc = "A serial port.",
    .size = sizeof(RvChardev),
    RV_XML_ROWS(serial_rows),
    .check = check_serial,
};
const RvXmlType rv_parallel_xml = {
    .doc = "A parallel port.",
    .size = sizeof(RvChardev),
    RV_XML_ROWS(parallel_rows),
    .check = check_chardev,
};
const RvXmlType rv_console_xml = {
    .doc = "A console. The first of a full machine is its first serial port.",
    .size = sizeof(RvChardev),
    RV_XML_ROWS(console_rows),
    .check = check_chardev,
};
const RvXmlType rv_channel_xml = {
    .doc = "A channel between a program in the guest and one on the host.",
    .size = sizeof(RvChardev),
    RV_XML_ROWS(channel_rows),
    .check = check_channel,
};
