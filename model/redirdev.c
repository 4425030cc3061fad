/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/redirdev.h"

#include "base/error.h"
#include "model/device-xml.h"

static const char *const bus_names[] = {"usb", NULL};

static const RvXmlRow redirdev_rows[] = {
    RV_XML_ATTRIBUTE(RvRedirdev, bus, "bus", string, .names = bus_names, .flags = RV_XML_ABI,
                     .fallback = "usb", .doc = "What it is plugged into."),
    RV_CHARDEV_TYPE_ROW(RvRedirdev, source, .flags = RV_XML_REQUIRED | RV_XML_ALWAYS),
    RV_CHARDEV_SOURCE_ROWS(RvRedirdev, source),
    RV_DEVICE_BOOT_ROW(RvRedirdev),
    RV_DEVICE_ROWS(RvRedirdev),
};

static void check_redirdev(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    RvRedirdev *redirdev = object;
    if (!redirdev->bus)
        redirdev->bus = g_strdup("usb");
    rv_chardev_source_check(reader, node, &redirdev->source, false);
}

const RvXmlType rv_redirdev_xml = {
    .doc = "A USB device that a viewer lends to the guest.",
    .size = sizeof(RvRedirdev),
    RV_XML_ROWS(redirdev_rows),
    .check = check_redirdev,
};

static const RvXmlRow rule_rows[] = {
    RV_XML_ATTRIBUTE(RvUsbRule, class, "class", string, .doc = "Its class; -1 for any."),
    RV_XML_ATTRIBUTE(RvUsbRule, vendor, "vendor", string, .doc = "Its vendor; -1 for any."),
    RV_XML_ATTRIBUTE(RvUsbRule, product, "product", string,
                     .doc = "What it is, of that vendor; -1 for any."),
    RV_XML_ATTRIBUTE(RvUsbRule, version, "version", string,
                     .doc = "Its version: 1.10; -1 for any."),
    RV_XML_ATTRIBUTE(RvUsbRule, allow, "allow", yes_no, .flags = RV_XML_REQUIRED | RV_XML_ALWAYS,
                     .doc = "Whether it may be lent."),
};

/* Written in capitals, as libvirt does it; any is the same as not said. */
static void normalize_id(RvXmlReader *reader, const RvXmlNode *node, const char *name, char **id,
                         unsigned digits)
{
    char *end;
    if (!*id)
        return;
    gint64 value = g_ascii_strtoll(*id, &end, 0);
    if (end == *id || *end || value < -1 || value >= G_GINT64_CONSTANT(1) << (4 * digits)) {
        rv_xml_error(reader, RV_ERR_INTERNAL, node, name,
                     "'%s' is not a number of %u hexadecimal digits, or -1 for any", *id, digits);
        return;
    }
    g_clear_pointer(id, g_free);
    if (value >= 0)
        *id = g_strdup_printf("0x%0*" G_GINT64_MODIFIER "X", (int)digits, value);
}

static void check_rule(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    RvUsbRule *rule = object;
    normalize_id(reader, node, "class", &rule->class, 2);
    normalize_id(reader, node, "vendor", &rule->vendor, 4);
    normalize_id(reader, node, "product", &rule->product, 4);
    if (!g_strcmp0(rule->version, "-1"))
        g_clear_pointer(&rule->version, g_free);
}

static const RvXmlType rule = {
    .doc = "USB devices that may or may not be lent.",
    .size = sizeof(RvUsbRule),
    RV_XML_ROWS(rule_rows),
    .check = check_rule,
};

static const RvXmlRow redirfilter_rows[] = {
    RV_XML_LIST(RvRedirfilter, rules, "usbdev", &rule, .max = 4096),
};
const RvXmlType rv_redirfilter_xml = {
    .doc = "Which USB devices may be lent: the first rule that fits decides.",
    .size = sizeof(RvRedirfilter),
    RV_XML_ROWS(redirfilter_rows),
};
