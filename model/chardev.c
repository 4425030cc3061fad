/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/chardev.h"

#include "base/error.h"
#include "model/device-xml.h"

RV_ENUM(rv_chardev_type, RvChardevType, RV_CHARDEV_LAST, "null", "vc", "pty", "dev", "file", "pipe",
        "stdio", "udp", "tcp", "unix", "spicevmc");

RV_ENUM(rv_channel_target, RvChannelTarget, RV_CHANNEL_LAST, "none", "virtio", "guestfwd", "xen");

static const char *const mode_names[] = {"bind", "connect", NULL};
static const char *const protocol_names[] = {"raw", "telnet", "telnets", "tls", NULL};
static const char *const serial_target_names[] = {
    "isa-serial",    "usb-serial",  "pci-serial", "spapr-vio-serial",
    "system-serial", "sclp-serial", "isa-debug",  NULL};
static const char *const serial_model_names[] = {
    "isa-serial", "usb-serial",     "pci-serial", "spapr-vty",    "pl011",
    "sclpconsole", "sclplmconsole", "16550a",     "isa-debugcon", NULL};
static const char *const console_target_names[] = {"serial", "xen",  "virtio", "lxc",
                                                   "sclp",   "sclplm", NULL};
static const char *const state_names[] = {"connected", "disconnected", NULL};

#define BIT(type) RV_XML_BIT(RV_CHARDEV_##type)
#define TYPE(mask) RV_XML_WHEN(RvChardev, type, mask)
#define NETWORK (BIT(TCP) | BIT(UDP))

static const RvXmlRow source_rows[] = {
    RV_XML_ATTRIBUTE(RvChardev, mode, "mode", string, .names = mode_names,
                     TYPE(BIT(UNIX) | NETWORK), .doc = "Whether to listen or to connect."),
    RV_XML_ATTRIBUTE(RvChardev, path, "path", string, .flags = RV_XML_LIVE, TYPE(BIT(PTY)),
                     .doc = "The pseudo-terminal of a running guest."),
    RV_XML_ATTRIBUTE(RvChardev, path, "path", string,
                     TYPE(BIT(DEV) | BIT(FILE) | BIT(PIPE) | BIT(UNIX)),
                     .doc = "Absolute path on the host."),
    RV_XML_ATTRIBUTE(RvChardev, host, "host", string, TYPE(NETWORK),
                     .doc = "The name or address to listen on or to connect to."),
    RV_XML_ATTRIBUTE(RvChardev, service, "service", string, TYPE(NETWORK),
                     .doc = "The port, by number or name."),
    RV_XML_ATTRIBUTE(RvChardev, append, "append", enum, .names = rv_tristate_switch_names,
                     .min = 1, TYPE(BIT(FILE)), .doc = "Whether to keep what is in the file."),
};
static const RvXmlType source = {RV_XML_ROWS(source_rows)};

static const RvXmlRow log_rows[] = {
    RV_XML_ATTRIBUTE(RvChardev, log_file, "file", string, .flags = RV_XML_REQUIRED,
                     .doc = "Absolute path of a file that gets a copy of all output."),
    RV_XML_ATTRIBUTE(RvChardev, log_append, "append", enum, .names = rv_tristate_switch_names,
                     .min = 1, .fallback = "off",
                     .doc = "Whether to keep what is in the file."),
};
static const RvXmlType log_type = {RV_XML_ROWS(log_rows)};

static const RvXmlRow serial_target_rows[] = {
    RV_XML_ATTRIBUTE(RvChardev, target_type, "type", string, .names = serial_target_names,
                     .flags = RV_XML_ABI, .doc = "What it is plugged into."),
    RV_XML_ATTRIBUTE(RvChardev, target_port, "port", int, .min = 0, .max = INT_MAX, .absent = -1,
                     .flags = RV_XML_ABI, .fallback = "the next free one", .doc = "Its number."),
    RV_XML_LEAF(RvChardev, target_model, "model", string, .attribute = "name",
                .names = serial_model_names, .flags = RV_XML_ABI,
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
                     .flags = RV_XML_ABI, .fallback = "serial",
                     .doc = "What the guest sees; serial is the same device as the <serial>."),
    RV_XML_ATTRIBUTE(RvChardev, target_port, "port", int, .min = 0, .max = INT_MAX, .absent = -1,
                     .flags = RV_XML_ABI, .fallback = "the next free one", .doc = "Its number."),
};
static const RvXmlType console_target = {RV_XML_ROWS(console_target_rows)};

#define CHANNEL(mask) RV_XML_WHEN(RvChardev, channel, mask)

static const RvXmlRow channel_target_rows[] = {
    RV_XML_ATTRIBUTE(RvChardev, channel, "type", enum, .names = rv_channel_target_names, .min = 1,
                     .flags = RV_XML_REQUIRED | RV_XML_ABI,
                     .doc = "What the channel is made of."),
    RV_XML_ATTRIBUTE(RvChardev, target_address, "address", string, .flags = RV_XML_ABI,
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

/* A channel for which the driver chooses a path. */
static bool has_no_path(const void *object)
{
    const RvChardev *chardev = object;
    return chardev->type == RV_CHARDEV_UNIX && !chardev->path;
}

static bool has_other_port(const void *object)
{
    return ((const RvChardev *)object)->target_port > 0;
}

#define TYPE_ROW                                                                                   \
    RV_XML_ATTRIBUTE(RvChardev, type, "type", enum, .names = rv_chardev_type_names,                \
                     .flags = RV_XML_REQUIRED | RV_XML_ALWAYS,                                     \
                     .doc = "What it is connected to on the host.")
#define SOURCE_ROWS                                                                                \
    RV_XML_GROUP("source", &source, .omit = has_no_path,                                           \
                 TYPE(BIT(PTY) | BIT(DEV) | BIT(FILE) | BIT(PIPE) | BIT(UNIX) | NETWORK)),         \
        RV_XML_LEAF(RvChardev, protocol, "protocol", string, .attribute = "type",                  \
                    .names = protocol_names, TYPE(BIT(TCP)), .fallback = "raw",                    \
                    .doc = "What is spoken over the connection."),                                 \
        RV_XML_GROUP("log", &log_type)

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
    RV_XML_ATTRIBUTE(RvChardev, path, "tty", string, .flags = RV_XML_LIVE, TYPE(BIT(PTY)),
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

static void set_default(char **field, const char *value)
{
    if (!*field)
        *field = g_strdup(value);
}

static void check_source(RvXmlReader *reader, const RvXmlNode *node, RvChardev *chardev,
                         bool path_is_made)
{
    const uint64_t with_path = BIT(FILE) | BIT(DEV) | BIT(PIPE) | (path_is_made ? 0 : BIT(UNIX));
    const RvXmlNode *place = rv_xml_node_child(node, "source", 0);
    uint64_t bit = RV_XML_BIT(chardev->type);
    if ((bit & with_path) && !chardev->path)
        rv_xml_error(reader, RV_ERR_INTERNAL, place, NULL, "path= of the <source> is missing");
    if ((bit & BIT(TCP)) && !chardev->host)
        rv_xml_error(reader, RV_ERR_INTERNAL, place, NULL, "host= of the <source> is missing");
    if ((bit & NETWORK) && !chardev->service)
        rv_xml_error(reader, RV_ERR_INTERNAL, place, NULL, "service= of the <source> is missing");
    if (has_no_path(chardev))
        g_clear_pointer(&chardev->mode, g_free);
    else if (bit & (NETWORK | BIT(UNIX)))
        set_default(&chardev->mode, "connect");
    if (bit & BIT(TCP))
        set_default(&chardev->protocol, "raw");
}

static void check_chardev(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    check_source(reader, node, object, false);
}

static void check_channel(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    RvChardev *channel = object;
    check_source(reader, node, channel, channel->channel != RV_CHANNEL_GUESTFWD);
}

const RvXmlType rv_serial_xml = {
    .doc = "A serial port.",
    .size = sizeof(RvChardev),
    RV_XML_ROWS(serial_rows),
    .check = check_chardev,
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
