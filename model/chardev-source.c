/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/chardev-source.h"

#include "base/error.h"
#include "model/seclabel.h"

#include <string.h>

RV_ENUM(rv_chardev_type, RvChardevType, RV_CHARDEV_LAST, "null", "vc", "pty", "dev", "file", "pipe",
        "stdio", "udp", "tcp", "unix", "spicevmc", "spiceport", "nmdm", "qemu-vdagent", "dbus");

RV_ENUM(rv_chardev_mode, RvChardevMode, RV_CHARDEV_MODE_LAST, "connect", "bind");

RV_ENUM(rv_chardev_protocol, RvChardevProtocol, RV_CHARDEV_PROTOCOL_LAST, "raw", "telnet",
        "telnets", "tls");

static const char *const mouse_names[] = {"server", "client", NULL};

#define BIT(type) RV_CHARDEV_BIT(type)
#define TYPE(mask) RV_XML_WHEN(RvChardevSource, type, mask)
#define FILES (BIT(DEV) | BIT(FILE) | BIT(PIPE))

/* A socket for which the driver chooses a path. */
static bool has_no_path(const void *object)
{
    const RvChardevSource *source = object;
    return source->type == RV_CHARDEV_UNIX && !source->path;
}

static bool does_not_reconnect(const void *object)
{
    const RvChardevSource *source = object;
    return has_no_path(source) || source->reconnect != RV_TRISTATE_ON;
}

static const RvXmlRow reconnect_rows[] = {
    RV_XML_ATTRIBUTE(RvChardevSource, reconnect, "enabled", enum, .min = 1,
                     .names = rv_tristate_bool_names, .omit = has_no_path,
                     .doc = "Whether to connect again when the connection is lost."),
    RV_XML_ATTRIBUTE(RvChardevSource, reconnect_timeout, "timeout", uint, .flags = RV_XML_ALWAYS,
                     .omit = does_not_reconnect, .doc = "Seconds between two attempts."),
};
static const RvXmlType reconnect = {RV_XML_ROWS(reconnect_rows)};

static const RvXmlRow source_rows[] = {
    RV_XML_ATTRIBUTE(RvChardevSource, channel, "channel", string,
                     TYPE(BIT(SPICEPORT) | BIT(DBUS)), .doc = "Its name for those who connect."),
    RV_XML_ATTRIBUTE(RvChardevSource, mode, "mode", enum, .names = rv_chardev_mode_names,
                     TYPE(BIT(UNIX) | BIT(TCP)), .flags = RV_XML_ALWAYS, .omit = has_no_path,
                     .fallback = "connect", .doc = "Whether to listen or to connect."),
    RV_XML_ATTRIBUTE(RvChardevSource, path, "path", string, .flags = RV_XML_LIVE, TYPE(BIT(PTY)),
                     .doc = "The pseudo-terminal of a running guest."),
    RV_XML_ATTRIBUTE(RvChardevSource, path, "path", string, TYPE(FILES | BIT(UNIX)),
                     .doc = "Absolute path on the host."),
    RV_XML_ATTRIBUTE(RvChardevSource, host, "host", string, TYPE(BIT(TCP)),
                     .doc = "The name or address to listen on or to connect to."),
    RV_XML_ATTRIBUTE(RvChardevSource, service, "service", string, TYPE(BIT(TCP)),
                     .doc = "The port, by number or name."),
    RV_XML_ATTRIBUTE(RvChardevSource, tls, "tls", enum, .names = rv_tristate_bool_names, .min = 1,
                     TYPE(BIT(TCP)), .doc = "Whether the connection is encrypted."),
    RV_XML_ATTRIBUTE(RvChardevSource, append, "append", enum, .names = rv_tristate_switch_names,
                     .min = 1, TYPE(BIT(FILE)), .doc = "Whether to keep what is in the file."),
    RV_XML_ATTRIBUTE(RvChardevSource, master, "master", string, TYPE(BIT(NMDM)),
                     .doc = "The guest's end of a null-modem device."),
    RV_XML_ATTRIBUTE(RvChardevSource, slave, "slave", string, TYPE(BIT(NMDM)),
                     .doc = "Its other end."),
    RV_XML_LEAF(RvChardevSource, clipboard, "clipboard", enum, .attribute = "copypaste", .min = 1,
                .names = rv_tristate_bool_names, TYPE(BIT(QEMU_VDAGENT)), .flags = RV_XML_NOT_EMPTY,
                .doc = "Whether guest and viewer share a clipboard."),
    RV_XML_LEAF(RvChardevSource, mouse, "mouse", string, .attribute = "mode", .names = mouse_names,
                TYPE(BIT(QEMU_VDAGENT)), .flags = RV_XML_NOT_EMPTY, .doc = "Who draws the pointer."),
    RV_DEVICE_LABEL_ROW(RvChardevSource, labels, TYPE(FILES | BIT(UNIX)), .omit = has_no_path),
    RV_XML_GROUP("reconnect", &reconnect, TYPE(BIT(TCP) | BIT(UNIX))),
};
const RvXmlType rv_chardev_source_xml = {RV_XML_ROWS(source_rows)};

static const RvXmlRow end_rows[] = {
    RV_XML_ATTRIBUTE(RvChardevEnd, mode, "mode", enum, .names = rv_chardev_mode_names,
                     .flags = RV_XML_ALWAYS, .fallback = "connect",
                     .doc = "Whether it is the address to listen on or to send to."),
    RV_XML_ATTRIBUTE(RvChardevEnd, host, "host", string, .doc = "The name or address."),
    RV_XML_ATTRIBUTE(RvChardevEnd, service, "service", string,
                     .doc = "The port, by number or name."),
};
const RvXmlType rv_chardev_end_xml = {
    .doc = "One end of a UDP connection.",
    .size = sizeof(RvChardevEnd),
    RV_XML_ROWS(end_rows),
};

static bool has_no_log(const void *object)
{
    return !((const RvChardevSource *)object)->log_file;
}

static const RvXmlRow log_rows[] = {
    RV_XML_ATTRIBUTE(RvChardevSource, log_file, "file", string,
                     .doc = "Absolute path of a file that gets a copy of all output."),
    RV_XML_ATTRIBUTE(RvChardevSource, log_append, "append", enum, .min = 1, .omit = has_no_log,
                     .names = rv_tristate_switch_names, .fallback = "off",
                     .doc = "Whether to keep what is in the file."),
};
const RvXmlType rv_chardev_log_xml = {RV_XML_ROWS(log_rows)};

/* ---- Checks -------------------------------------------------------------------------------- */

/* The first of each mode counts, those that listen before those that send. */
static void order_ends(RvChardevSource *source)
{
    RvChardevEnd *first[RV_CHARDEV_MODE_LAST] = {NULL};
    for (unsigned i = 0; i < source->ends->len; i++) {
        RvChardevEnd *end = source->ends->pdata[i];
        RvChardevEnd **place = &first[end->mode];
        if (!*place && (end->host || end->service))
            *place = end;
        else
            rv_xml_free(&rv_chardev_end_xml, end);
    }
    g_ptr_array_set_size(source->ends, 0);
    for (int mode = RV_CHARDEV_MODE_LAST; mode-- > 0;) {
        if (first[mode])
            g_ptr_array_add(source->ends, first[mode]);
    }
}

static void check_ends(RvXmlReader *reader, const RvXmlNode *node, RvChardevSource *source)
{
    if (source->ends->len > RV_CHARDEV_MODE_LAST)
        rv_xml_error(reader, RV_ERR_XML, rv_xml_node_child(node, "source", RV_CHARDEV_MODE_LAST),
                     NULL, "there are two ends at most, one to listen on and one to send to");
    order_ends(source);
    for (unsigned i = 0; i < source->ends->len; i++) {
        const RvChardevEnd *end = source->ends->pdata[i];
        if (end->mode == RV_CHARDEV_CONNECT && end->service)
            return;
    }
    rv_xml_error(reader, RV_ERR_INTERNAL, rv_xml_node_child(node, "source", 0), NULL,
                 "where to send datagrams is missing: <source mode='connect' host= service=>");
}

static void check_reconnect(RvXmlReader *reader, const RvXmlNode *source_node,
                            RvChardevSource *source)
{
    const RvXmlNode *node = rv_xml_node_child(source_node, "reconnect", 0);
    if (node == source_node)
        return;
    if (source->reconnect != RV_TRISTATE_ON)
        source->reconnect_timeout = 0;
    else if (!rv_xml_node_attribute(node, "timeout"))
        rv_xml_error(reader, RV_ERR_XML, node, NULL, "attribute 'timeout' is missing");
    if (source->reconnect != RV_TRISTATE_ABSENT &&
        (source->mode == RV_CHARDEV_BIND || has_no_path(source)))
        rv_xml_error(reader, RV_ERR_INTERNAL, node, NULL,
                     "only who connects can connect again: mode='bind' waits for others");
}

static void check_channel(RvXmlReader *reader, const RvXmlNode *node, const char *channel)
{
    static const char allowed[] = G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_-.";
    if (!channel)
        rv_xml_error(reader, RV_ERR_CONFIG_UNSUPPORTED, node, NULL,
                     "channel= of the <source> is missing");
    else if (channel[strspn(channel, allowed)])
        rv_xml_error(reader, RV_ERR_INVALID_ARG, node, "channel",
                     "'%s' is not a name of letters, digits, '_', '-' and '.'", channel);
}

static void check_missing(RvXmlReader *reader, const RvXmlNode *node, const char *value,
                          const char *name)
{
    if (!value)
        rv_xml_error(reader, RV_ERR_INTERNAL, node, NULL, "%s= of the <source> is missing", name);
}

void rv_chardev_source_check(RvXmlReader *reader, const RvXmlNode *node, RvChardevSource *source,
                             bool path_is_made)
{
    const uint64_t with_path = FILES | (path_is_made ? 0 : BIT(UNIX));
    const RvXmlNode *place = rv_xml_node_child(node, "source", 0);
    uint64_t bit = RV_XML_BIT(source->type);
    if (bit & with_path)
        check_missing(reader, place, source->path, "path");
    if (bit & BIT(TCP)) {
        check_missing(reader, place, source->host, "host");
        check_missing(reader, place, source->service, "service");
    }
    if (bit & (BIT(TCP) | BIT(UNIX)))
        check_reconnect(reader, place, source);
    rv_device_labels_check(reader, place, source->labels);
    if (bit & BIT(UDP))
        check_ends(reader, node, source);
    if (bit & BIT(NMDM) && !source->master != !source->slave)
        check_missing(reader, place, NULL, source->master ? "slave" : "master");
    if (bit & (BIT(SPICEPORT) | BIT(DBUS)))
        check_channel(reader, place, source->channel);
    if (has_no_path(source))
        source->mode = RV_CHARDEV_CONNECT;
    if (!source->log_file)
        source->log_append = RV_TRISTATE_ABSENT;
}
