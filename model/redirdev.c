/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/redirdev.h"

#include "base/error.h"
#include "model/device-xml.h"

#include <string.h>

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
    if (redirdev->source.type == RV_CHARDEV_DBUS && !redirdev->source.channel)
        redirdev->source.channel = g_strdup("org.qemu.usbredir");
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

/* Two numbers below 100 with a dot between them; 9.4 is 9.40. */
static void normalize_version(RvXmlReader *reader, const RvXmlNode *node, char **version)
{
    const char *text = *version;
    size_t whole = strspn(text, "0123456789");
    const char *part = text + whole + 1;
    size_t digits = text[whole] == '.' ? strspn(part, "0123456789") : 0;
    if (whole < 1 || whole > 2 || digits < 1 || digits > 2 || part[digits]) {
        rv_xml_error(reader, RV_ERR_XML, node, "version",
                     "'%s' is not a version of USB, such as 1.10, or -1 for any", text);
        return;
    }
    unsigned major = (unsigned)g_ascii_strtoull(text, NULL, 10);
    unsigned minor = (unsigned)g_ascii_strtoull(part, NULL, 10) * (digits == 1 ? 10 : 1);
    char *normal = g_strdup_printf("%u.%02u", major, minor);
    g_free(*version);
    *version = normal;
}

static void check_rule(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    RvUsbRule *rule = object;
    normalize_id(reader, node, "class", &rule->class, 2);
    normalize_id(reader, node, "vendor", &rule->vendor, 4);
    normalize_id(reader, node, "product", &rule->product, 4);
    if (!g_strcmp0(rule->version, "-1"))
        g_clear_pointer(&rule->version, g_free);
    if (rule->version)
        normalize_version(reader, node, &rule->version);
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
