/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/disk-source.h"

#include "base/error.h"
#include "model/seclabel.h"

RV_ENUM(rv_disk_type, RvDiskType, RV_DISK_TYPE_LAST, "none", "file", "block", "dir", "network",
        "volume", "nvme", "vhostuser");
RV_ENUM(rv_disk_format, RvDiskFormat, RV_DISK_FORMAT_LAST, "none", "raw", "dir", "bochs", "cloop",
        "dmg", "iso", "vpc", "vdi", "fat", "vhd", "ploop", "cow", "qcow", "qcow2", "qed", "vmdk");
RV_ENUM(rv_protocol, RvProtocol, RV_PROTOCOL_LAST, "none", "nbd", "rbd", "sheepdog", "gluster",
        "iscsi", "http", "https", "ftp", "ftps", "tftp", "ssh", "vxhs", "nfs");
RV_ENUM(rv_transport, RvTransport, RV_TRANSPORT_LAST, "tcp", "unix", "rdma");

static const char *const startup_policy_names[] = {"mandatory", "requisite", "optional", NULL};
static const char *const pool_mode_names[] = {"host", "direct", NULL};
static const char *const pci_names[] = {"pci", NULL};
static const char *const unix_names[] = {"unix", NULL};
static const char *const client_names[] = {"client", NULL};
static const char *const storage_names[] = {"storage", NULL};

#define BIT(type) RV_DISK_TYPE_BIT(type)
#define TYPE(mask) RV_XML_WHEN(RvDiskSource, type, mask)
#define ALL (RV_XML_BIT(RV_DISK_TYPE_LAST) - 1)
#define ON_NETWORK TYPE(BIT(NETWORK))
#define PROTOCOL(mask) RV_XML_WHEN(RvDiskSource, protocol, mask)
#define WEB (RV_XML_BIT(RV_PROTOCOL_HTTP) | RV_XML_BIT(RV_PROTOCOL_HTTPS))
#define FTP (RV_XML_BIT(RV_PROTOCOL_FTP) | RV_XML_BIT(RV_PROTOCOL_FTPS))
#define ENCRYPTED (RV_XML_BIT(RV_PROTOCOL_HTTPS) | RV_XML_BIT(RV_PROTOCOL_FTPS))

/* ---- On the network ------------------------------------------------------------------------- */

static const RvXmlRow host_rows[] = {
    RV_XML_ATTRIBUTE(RvStorageHost, name, "name", string, .doc = "Its name or address."),
    RV_XML_ATTRIBUTE(RvStorageHost, port, "port", uint, .max = 65535,
                     .bad_code = RV_ERR_INVALID_ARG, .fallback = "the protocol's",
                     .doc = "The port it listens on."),
    RV_XML_ATTRIBUTE(RvStorageHost, transport, "transport", enum, .names = rv_transport_names,
                     .bad_code = RV_ERR_CONFIG_UNSUPPORTED, .fallback = "tcp",
                     .doc = "How to reach it."),
    RV_XML_ATTRIBUTE(RvStorageHost, socket, "socket", string, .flags = RV_XML_KEEP_EMPTY,
                     .doc = "The path of its socket, for transport unix."),
};

static void check_host(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    RvStorageHost *host = object;
    bool is_unix = host->transport == RV_TRANSPORT_UNIX;
    if (is_unix != (host->socket != NULL))
        rv_xml_error(reader, RV_ERR_XML, node, is_unix ? NULL : "socket",
                     is_unix ? "transport unix needs socket=" : "socket= is for transport unix");
    if (!is_unix && !rv_xml_node_attribute(node, "name"))
        rv_xml_error(reader, RV_ERR_XML, node, NULL, "attribute 'name' is missing");
    if (is_unix) {
        g_clear_pointer(&host->name, g_free);
        host->port = 0;
    }
}

const RvXmlType rv_storage_host_xml = {
    .doc = "A server.",
    .size = sizeof(RvStorageHost),
    RV_XML_ROWS(host_rows),
    .check = check_host,
};

static const RvXmlRow cookie_rows[] = {
    RV_XML_ATTRIBUTE(RvCookie, name, "name", string, .flags = RV_XML_REQUIRED, .doc = "Its name."),
    RV_XML_TEXT(RvCookie, value, string, .flags = RV_XML_REQUIRED, .doc = "Its value."),
};

static void check_cookie(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    const RvCookie *cookie = object;
    size_t len = strlen(cookie->value);
    bool quoted = len > 1 && cookie->value[0] == '"' && cookie->value[len - 1] == '"';
    g_autofree char *bare =
        quoted ? g_strndup(cookie->value + 1, len - 2) : g_strdup(cookie->value);
    if (strpbrk(cookie->name, "\x01\x02\x03\x04\x05\x06\x07 \b\t\n\v\f\r\"\\,;()<>@:/[]?={}"))
        rv_xml_error(reader, RV_ERR_XML, node, "name", "characters that no cookie can be named by");
    if (strpbrk(bare, " \t\n\v\f\r\",;\\"))
        rv_xml_error(reader, RV_ERR_XML, node, NULL, "characters that no cookie can have");
}

static const RvXmlType cookie = {
    .doc = "A cookie that is sent to the server.",
    .size = sizeof(RvCookie),
    RV_XML_ROWS(cookie_rows),
    .check = check_cookie,
};
static const RvXmlRow cookies_rows[] = {
    RV_XML_LIST(RvDiskSource, cookies, "cookie", &cookie, .max = 256, .flags = RV_XML_SECRET),
};
static const RvXmlType cookies = {RV_XML_ROWS(cookies_rows)};

static const RvXmlRow identity_rows[] = {
    RV_XML_ATTRIBUTE(RvDiskSource, nfs_user, "user", string, .doc = "The user, by name or +id."),
    RV_XML_ATTRIBUTE(RvDiskSource, nfs_group, "group", string, .doc = "The group, by name or +id."),
};
static const RvXmlType identity = {RV_XML_ROWS(identity_rows)};

static const RvXmlRow initiator_rows[] = {
    RV_XML_LEAF(RvDiskSource, initiator, "iqn", string, .attribute = "name",
                .doc = "The name by which iSCSI knows this host."),
};
static const RvXmlType initiator = {RV_XML_ROWS(initiator_rows)};

/* ---- On this host --------------------------------------------------------------------------- */

static const RvXmlRow pci_address_rows[] = {
    RV_XML_ATTRIBUTE(RvPciAddress, domain, "domain", hex4, .max = 0xffff, .flags = RV_XML_ALWAYS,
                     .fallback = "0", .doc = "Its PCI domain."),
    RV_XML_ATTRIBUTE(RvPciAddress, bus, "bus", hex2, .max = 0xff, .flags = RV_XML_ALWAYS,
                     .fallback = "0", .doc = "Its bus."),
    RV_XML_ATTRIBUTE(RvPciAddress, slot, "slot", hex2, .max = 0x1f, .flags = RV_XML_ALWAYS,
                     .fallback = "0", .doc = "Its slot."),
    RV_XML_ATTRIBUTE(RvPciAddress, function, "function", hex, .max = 7, .flags = RV_XML_ALWAYS,
                     .fallback = "0", .doc = "The function."),
};
const RvXmlType rv_pci_address_xml = {
    .doc = "A PCI device of the host.",
    .size = sizeof(RvPciAddress),
    RV_XML_ROWS(pci_address_rows),
};

static bool has_no_connection(const void *object)
{
    return !((const RvDiskSource *)object)->connection;
}

static bool does_not_reconnect(const void *object)
{
    return ((const RvDiskSource *)object)->reconnect != RV_TRISTATE_ON;
}

static const RvXmlRow reconnect_rows[] = {
    RV_XML_ATTRIBUTE(RvDiskSource, reconnect, "enabled", enum, .min = 1,
                     .names = rv_tristate_bool_names,
                     .doc = "Whether to connect again when the connection is lost."),
    RV_XML_ATTRIBUTE(RvDiskSource, reconnect_timeout, "timeout", uint, .flags = RV_XML_ALWAYS,
                     .omit = does_not_reconnect, .doc = "Seconds between two attempts."),
};
static const RvXmlType reconnect = {RV_XML_ROWS(reconnect_rows)};

static const RvXmlRow slice_rows[] = {
    RV_XML_ATTRIBUTE(RvDiskSlice, type, "type", string, .names = storage_names,
                     .flags = RV_XML_REQUIRED, .doc = "Of what it is a part."),
    RV_XML_ATTRIBUTE(RvDiskSlice, offset, "offset", uint64,
                     .flags = RV_XML_REQUIRED | RV_XML_ALWAYS, .doc = "Where it begins, in bytes."),
    RV_XML_ATTRIBUTE(RvDiskSlice, size, "size", uint64, .flags = RV_XML_REQUIRED | RV_XML_ALWAYS,
                     .doc = "How many bytes it has."),
};
static const RvXmlType slice = {
    .doc = "A part of the storage: all that the guest sees.",
    .size = sizeof(RvDiskSlice),
    RV_XML_ROWS(slice_rows),
};
static const RvXmlRow slices_rows[] = {
    RV_XML_CHILD(RvDiskSource, slice, "slice", &slice),
};
static const RvXmlType slices = {RV_XML_ROWS(slices_rows)};

static const RvXmlRow reservations_source_rows[] = {
    RV_XML_ATTRIBUTE(RvReservations, type, "type", string, .names = unix_names,
                     .doc = "How to reach the helper."),
    RV_XML_ATTRIBUTE(RvReservations, path, "path", string, .doc = "The path of its socket."),
    RV_XML_ATTRIBUTE(RvReservations, mode, "mode", string, .names = client_names,
                     .doc = "Who connects to whom."),
};
static const RvXmlType reservations_source = {RV_XML_ROWS(reservations_source_rows)};

static const RvXmlRow reservations_rows[] = {
    RV_XML_ATTRIBUTE(RvReservations, managed, "managed", enum, .names = rv_tristate_bool_names,
                     .min = 1, .flags = RV_XML_REQUIRED,
                     .doc = "Whether the helper is started for the guest."),
    RV_XML_GROUP("source", &reservations_source, .doc = "A helper that is there already."),
};

static void check_reservations(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    const RvReservations *reservations = object;
    bool any = reservations->type || reservations->path || reservations->mode;
    bool all = reservations->type && reservations->path && reservations->mode;
    if (!all && (any || reservations->managed == RV_TRISTATE_OFF))
        rv_xml_error(reader, RV_ERR_XML, rv_xml_node_child(node, "source", 0), NULL,
                     "a helper that is not managed is named by a <source> with type=, path= and "
                     "mode=");
}

static const RvXmlType reservations = {
    .doc = "Persistent reservations of SCSI.",
    .size = sizeof(RvReservations),
    RV_XML_ROWS(reservations_rows),
    .check = check_reservations,
};

/* ---- The source ------------------------------------------------------------------------------ */

#define ATTRIBUTE_ROWS                                                                             \
    RV_XML_ATTRIBUTE(RvDiskSource, path, "file", string, TYPE(BIT(FILE)),                          \
                     .doc = "Absolute path of an image."),                                         \
        RV_XML_ATTRIBUTE(RvDiskSource, fd_group, "fdgroup", string, TYPE(BIT(FILE)),               \
                         .doc = "The name of file descriptors that were passed for it."),          \
        RV_XML_ATTRIBUTE(RvDiskSource, path, "dev", string, TYPE(BIT(BLOCK)),                      \
                         .doc = "Absolute path of a block device."),                               \
        RV_XML_ATTRIBUTE(RvDiskSource, path, "dir", string, TYPE(BIT(DIR)),                        \
                         .doc = "Absolute path of a folder."),                                     \
        RV_XML_ATTRIBUTE(RvDiskSource, protocol, "protocol", enum, .names = rv_protocol_names,     \
                         .min = 1, ON_NETWORK, .flags = RV_XML_REQUIRED,                              \
                         .doc = "The protocol to reach it by."),                                   \
        RV_XML_ATTRIBUTE(RvDiskSource, path, "name", string, ON_NETWORK,                              \
                         .doc = "Its name there: a pool and an image, a target and a unit, ..."),  \
        RV_XML_ATTRIBUTE(RvDiskSource, query, "query", string, ON_NETWORK,                            \
                         .doc = "The query of the URL (http and https)."),                         \
        RV_XML_ATTRIBUTE(RvDiskSource, tls, "tls", enum, .names = rv_tristate_bool_names,          \
                         .min = 1, ON_NETWORK, .doc = "Whether the connection is encrypted."),        \
        RV_XML_ATTRIBUTE(RvDiskSource, tls_hostname, "tlsHostname", string, ON_NETWORK,               \
                         .doc = "The name that the server's certificate has."),                    \
        RV_XML_ATTRIBUTE(RvDiskSource, pool, "pool", string, TYPE(BIT(VOLUME)),                    \
                         .doc = "The name of a storage pool."),                                    \
        RV_XML_ATTRIBUTE(RvDiskSource, volume, "volume", string, TYPE(BIT(VOLUME)),                \
                         .doc = "The name of a volume in it."),                                    \
        RV_XML_ATTRIBUTE(RvDiskSource, path, "path", string, TYPE(BIT(VOLUME)),                    \
                         .flags = RV_XML_LIVE, .doc = "Where that was found."),                    \
        RV_XML_ATTRIBUTE(RvDiskSource, pool_mode, "mode", string, .names = pool_mode_names,        \
                         TYPE(BIT(VOLUME)), .bad_code = RV_ERR_CONFIG_UNSUPPORTED,                 \
                         .doc = "How a volume of an iSCSI pool is reached."),                      \
        RV_XML_ATTRIBUTE(RvDiskSource, connection, "type", string, .names = pci_names,             \
                         TYPE(BIT(NVME)), .flags = RV_XML_REQUIRED,                                \
                         .doc = "How the controller is plugged in."),                              \
        RV_XML_ATTRIBUTE(RvDiskSource, connection, "type", string, .names = unix_names,            \
                         TYPE(BIT(VHOST_USER)), .flags = RV_XML_REQUIRED,                          \
                         .doc = "How to reach the other program."),                                \
        RV_XML_ATTRIBUTE(RvDiskSource, managed, "managed", enum, .min = 1,                         \
                         .names = rv_tristate_bool_names, TYPE(BIT(NVME)), .fallback = "yes",      \
                         .doc = "Whether the host lets go of the controller by itself."),          \
        RV_XML_ATTRIBUTE(RvDiskSource, nvme_namespace, "namespace", uint64, TYPE(BIT(NVME)),       \
                         .flags = RV_XML_REQUIRED,                                                 \
                         .doc = "The namespace of the controller, from 1."),                       \
        RV_XML_ATTRIBUTE(RvDiskSource, path, "path", string, TYPE(BIT(VHOST_USER)),                \
                         .flags = RV_XML_REQUIRED, .doc = "The path of its socket.")

#define CHILD_ROWS                                                                                 \
    RV_XML_EMBED(RvDiskSource, nvme_address, "address", &rv_pci_address_xml, TYPE(BIT(NVME)),      \
                 .flags = RV_XML_REQUIRED, .omit = has_no_connection),                             \
        RV_XML_LIST(RvDiskSource, hosts, "host", &rv_storage_host_xml, ON_NETWORK, .max = 256),       \
        RV_XML_GROUP("identity", &identity, PROTOCOL(RV_XML_BIT(RV_PROTOCOL_NFS)),                 \
                     .doc = "Who we are to an NFS server."),                                       \
        RV_XML_LEAF(RvDiskSource, snapshot, "snapshot", string, .attribute = "name", ON_NETWORK,      \
                    .doc = "An internal snapshot, which is used as it is (rbd)."),                 \
        RV_XML_LEAF(RvDiskSource, config, "config", string, .attribute = "file", ON_NETWORK,          \
                    .doc = "Absolute path of a configuration (rbd)."),                             \
        RV_XML_GROUP("initiator", &initiator, ON_NETWORK),                                            \
        RV_XML_LEAF(RvDiskSource, ssl_verify, "ssl", enum, .attribute = "verify", .min = 1,        \
                    .names = rv_tristate_bool_names, PROTOCOL(ENCRYPTED),                          \
                    .doc = "Whether the server's certificate must be good."),                      \
        RV_XML_GROUP("cookies", &cookies, PROTOCOL(WEB)),                                          \
        RV_XML_LEAF(RvDiskSource, readahead, "readahead", uint64, .attribute = "size",             \
                    PROTOCOL(WEB | FTP), .doc = "How many bytes to read ahead."),                  \
        RV_XML_LEAF(RvDiskSource, timeout, "timeout", uint64, .attribute = "seconds",              \
                    PROTOCOL(WEB | FTP), .doc = "How many seconds to wait for the server."),       \
        RV_XML_GROUP("reconnect", &reconnect, TYPE(BIT(VHOST_USER))),                              \
        RV_XML_GROUP("slices", &slices),                                                           \
        RV_DEVICE_LABEL_ROW(RvDiskSource, labels, TYPE(ALL & ~BIT(NETWORK))),                      \
        RV_XML_CHILD(RvDiskSource, auth, "auth", &rv_storage_auth_xml, TYPE(ALL & ~BIT(VOLUME))),  \
        RV_XML_CHILD(RvDiskSource, encryption, "encryption", &rv_encryption_xml),                  \
        RV_XML_CHILD(RvDiskSource, reservations, "reservations", &reservations)

static const RvXmlRow source_rows[] = {
    ATTRIBUTE_ROWS,
    RV_XML_ATTRIBUTE(RvDiskSource, startup_policy, "startupPolicy", string,
                     .names = startup_policy_names,
                     .doc = "What happens when the source is missing at start."),
    RV_XML_ATTRIBUTE(RvDiskSource, index, "index", uint, .flags = RV_XML_LIVE,
                     .doc = "Its number in the chain of a running guest."),
    CHILD_ROWS,
};
const RvXmlType rv_disk_source_xml = {RV_XML_ROWS(source_rows)};

static const RvXmlRow chain_source_rows[] = {ATTRIBUTE_ROWS, CHILD_ROWS};
const RvXmlType rv_disk_chain_source_xml = {RV_XML_ROWS(chain_source_rows)};
