/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What a character device is connected to on the host. Embedded by whatever has one: serial ports,
 * consoles and channels, a smartcard, a redirected USB device, a source of random numbers.
 */

#include "model/device.h"
#include "model/xml-table.h"

typedef enum {
    RV_CHARDEV_NULL,
    RV_CHARDEV_VC,
    RV_CHARDEV_PTY,
    RV_CHARDEV_DEV,
    RV_CHARDEV_FILE,
    RV_CHARDEV_PIPE,
    RV_CHARDEV_STDIO,
    RV_CHARDEV_UDP,
    RV_CHARDEV_TCP,
    RV_CHARDEV_UNIX,
    RV_CHARDEV_SPICEVMC,
    RV_CHARDEV_SPICEPORT,
    RV_CHARDEV_NMDM,
    RV_CHARDEV_QEMU_VDAGENT,
    RV_CHARDEV_DBUS,
    RV_CHARDEV_LAST,
} RvChardevType;
RV_ENUM_DECLARE(rv_chardev_type, RvChardevType);

typedef enum { RV_CHARDEV_CONNECT, RV_CHARDEV_BIND, RV_CHARDEV_MODE_LAST } RvChardevMode;
RV_ENUM_DECLARE(rv_chardev_mode, RvChardevMode);

typedef enum {
    RV_CHARDEV_RAW,
    RV_CHARDEV_TELNET,
    RV_CHARDEV_TELNETS,
    RV_CHARDEV_TLS,
    RV_CHARDEV_PROTOCOL_LAST,
} RvChardevProtocol;
RV_ENUM_DECLARE(rv_chardev_protocol, RvChardevProtocol);

/* One end of a UDP connection. */
typedef struct {
    RvChardevMode mode;
    char *host, *service;
} RvChardevEnd;

typedef struct {
    RvChardevType type;
    RvChardevMode mode; /* tcp; unix with a path */
    char *path;         /* of a pty: the device, in the live definition only */
    RvTristate append;  /* file */
    char *host, *service;
    RvChardevProtocol protocol; /* tcp */
    RvTristate tls;             /* tcp */
    RvTristate reconnect;       /* tcp and unix that connect */
    unsigned reconnect_timeout; /* s */
    GPtrArray *ends;            /* udp: RvChardevEnd; at most one of each mode, bind first */
    char *channel;              /* spiceport, dbus: its name there */
    char *master, *slave;       /* nmdm */
    RvTristate clipboard;       /* qemu-vdagent */
    char *mouse;                /* qemu-vdagent: "server" or "client" */
    GPtrArray *labels;          /* RvDeviceLabel, of a path */
    char *log_file;
    RvTristate log_append;
} RvChardevSource;

extern const RvXmlType rv_chardev_source_xml, rv_chardev_end_xml, rv_chardev_log_xml;

#define RV_CHARDEV_BIT(type) RV_XML_BIT(RV_CHARDEV_##type)

/* Types that have a <source> element, but for udp, which can have two. */
#define RV_CHARDEV_WITH_SOURCE                                                                     \
    (RV_CHARDEV_BIT(PTY) | RV_CHARDEV_BIT(DEV) | RV_CHARDEV_BIT(FILE) | RV_CHARDEV_BIT(PIPE) |     \
     RV_CHARDEV_BIT(TCP) | RV_CHARDEV_BIT(UNIX) | RV_CHARDEV_BIT(SPICEPORT) |                      \
     RV_CHARDEV_BIT(NMDM) | RV_CHARDEV_BIT(QEMU_VDAGENT) | RV_CHARDEV_BIT(DBUS))

/* The rows of an element that has a source in `member`: its type= among the attributes (with what
 * holds where it is absent, or RV_XML_REQUIRED), and <source>, <protocol> and <log>. */
#define RV_CHARDEV_TYPE_ROW(Struct, member, ...)                                                   \
    RV_XML_ATTRIBUTE(Struct, member.type, "type", enum, .names = rv_chardev_type_names,            \
                     .bad_code = RV_ERR_CONFIG_UNSUPPORTED,                                        \
                     .doc = "What it is connected to on the host.", __VA_ARGS__)
#define RV_CHARDEV_SOURCE_ROWS(Struct, member)                                                     \
    RV_XML_EMBED(Struct, member, "source", &rv_chardev_source_xml,                                 \
                 RV_XML_WHEN(Struct, member.type, RV_CHARDEV_WITH_SOURCE),                         \
                 .flags = RV_XML_SINGLE, .doc = "What it is connected to on the host."),           \
        RV_XML_LIST(Struct, member.ends, "source", &rv_chardev_end_xml,                            \
                    RV_XML_WHEN(Struct, member.type, RV_CHARDEV_BIT(UDP)),                         \
                    .doc = "Where datagrams come from (bind), and where they go (connect)."),      \
        RV_XML_LEAF(Struct, member.protocol, "protocol", enum, .attribute = "type",                \
                    .names = rv_chardev_protocol_names,                                            \
                    RV_XML_WHEN(Struct, member.type, RV_CHARDEV_BIT(TCP)),                         \
                    .flags = RV_XML_ALWAYS | RV_XML_SINGLE, .bad_code = RV_ERR_CONFIG_UNSUPPORTED, \
                    .fallback = "raw", .doc = "What is spoken over the connection.")
#define RV_CHARDEV_LOG_ROW(Struct, member, ...)                                                    \
    RV_XML_EMBED(Struct, member, "log", &rv_chardev_log_xml, .flags = RV_XML_SINGLE, __VA_ARGS__)

/* For the check of an element that has a source: what is missing, twice there or contradicts
 * itself, with libvirt's codes. `path_is_made`: the driver makes a socket of type unix where no
 * path is said. `node` is the element with <source> in it. */
void rv_chardev_source_check(RvXmlReader *reader, const RvXmlNode *node, RvChardevSource *source,
                             bool path_is_made);
