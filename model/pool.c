/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/pool.h"

#include <string.h>

#include "base/error.h"
#include "model/disk-source.h"
#include "model/xml-table.h"

#define MAX_NAME 255 /* bytes */
#define MAX_OPTIONS 1024

RV_ENUM(rv_pool_type, RvPoolType, RV_POOL_TYPE_LAST, "dir", "fs", "netfs", "logical", "disk",
        "iscsi", "iscsi-direct", "scsi", "mpath", "rbd", "sheepdog", "gluster", "zfs", "vstorage");
RV_ENUM(rv_adapter_type, RvAdapterType, RV_ADAPTER_LAST, "default", "scsi_host", "fc_host");

static const char *const fs_formats[] = {"auto", "ext2", "ext3", "ext4",  "ufs",
                                         "iso9660", "udf", "gfs", "gfs2", "vfat",
                                         "hfs+", "xfs",  "ocfs2", "vmfs", NULL};
static const char *const netfs_formats[] = {"auto", "nfs", "glusterfs", "cifs", NULL};
static const char *const logical_formats[] = {"lvm2", "unknown", NULL};
static const char *const disk_formats[] = {"unknown", "dos",  "dvh", "gpt",  "mac",
                                           "bsd",     "pc98", "sun", "lvm2", NULL};
static const char *const refresh_names[] = {"default", "capacity", NULL};

#define BIT(type) RV_XML_BIT(RV_POOL_##type)
#define TYPE(mask) RV_XML_WHEN(RvPoolDef, type, mask)
#define ALL (RV_XML_BIT(RV_POOL_TYPE_LAST) - 1)

/* What the source of a type can have. */
#define WITH_HOST                                                                                  \
    (BIT(NETFS) | BIT(ISCSI) | BIT(ISCSI_DIRECT) | BIT(RBD) | BIT(SHEEPDOG) | BIT(GLUSTER))
#define WITH_DEVICE (BIT(FS) | BIT(LOGICAL) | BIT(DISK) | BIT(ISCSI) | BIT(ISCSI_DIRECT) | BIT(ZFS))
#define WITH_DIR (BIT(NETFS) | BIT(GLUSTER))
#define WITH_ADAPTER BIT(SCSI)
#define WITH_NAME                                                                                  \
    (BIT(LOGICAL) | BIT(RBD) | BIT(SHEEPDOG) | BIT(GLUSTER) | BIT(ZFS) | BIT(VSTORAGE))
#define WITH_INITIATOR (BIT(ISCSI) | BIT(ISCSI_DIRECT))
#define NEEDS_DEVICE (BIT(FS) | BIT(DISK))
#define WITH_TARGET (ALL & ~(BIT(RBD) | BIT(SHEEPDOG) | BIT(GLUSTER) | BIT(ISCSI_DIRECT)))
#define HAS(def, mask) (RV_XML_BIT((def)->type) & (mask))

static const RvXmlNamespace fs_namespace = {
    .prefix = "fs",
    .uri = "http://libvirt.org/schemas/storagepool/fs/1.0",
};
static const RvXmlNamespace rbd_namespace = {
    .prefix = "rbd",
    .uri = "http://libvirt.org/schemas/storagepool/rbd/1.0",
};

/* ---- The source ------------------------------------------------------------------------------ */

static const RvXmlRow host_rows[] = {
    RV_XML_ATTRIBUTE(RvPoolHost, name, "name", string, .flags = RV_XML_REQUIRED,
                     .doc = "Its name or address."),
    RV_XML_ATTRIBUTE(RvPoolHost, port, "port", int, .fallback = "the protocol's",
                     .doc = "The port it listens on."),
};
static const RvXmlType host = {
    .doc = "A server.",
    .size = sizeof(RvPoolHost),
    RV_XML_ROWS(host_rows),
};

static const RvXmlRow device_rows[] = {
    RV_XML_ATTRIBUTE(RvPoolDevice, path, "path", string, .flags = RV_XML_REQUIRED,
                     .doc = "Its path, or the name of an iSCSI target."),
    RV_XML_ATTRIBUTE(RvPoolDevice, part_separator, "part_separator", enum, .min = 1,
                     .names = rv_tristate_bool_names,
                     .doc = "Whether names of its partitions have a 'p' before the number."),
};
static const RvXmlType device = {
    .doc = "A block device.",
    .size = sizeof(RvPoolDevice),
    RV_XML_ROWS(device_rows),
};

#define ADAPTER(kind) RV_XML_WHEN(RvPoolAdapter, type, RV_XML_BIT(RV_ADAPTER_##kind))
#define ADAPTER_NAME                                                                               \
    RV_XML_WHEN(RvPoolAdapter, type,                                                               \
                RV_XML_BIT(RV_ADAPTER_NONE) | RV_XML_BIT(RV_ADAPTER_SCSI_HOST))

static const RvXmlRow parent_rows[] = {
    RV_XML_ATTRIBUTE(RvAdapterParent, unique_id, "unique_id", int, .max = INT_MAX,
                     .flags = RV_XML_REQUIRED | RV_XML_ALWAYS, .doc = "Its number there."),
    RV_XML_EMBED(RvAdapterParent, address, "address", &rv_pci_address_xml,
                 .flags = RV_XML_REQUIRED | RV_XML_ALWAYS),
};
static const RvXmlType parent = {
    .doc = "The PCI device that the adapter belongs to.",
    .size = sizeof(RvAdapterParent),
    RV_XML_ROWS(parent_rows),
};

static const RvXmlRow adapter_rows[] = {
    RV_XML_ATTRIBUTE(RvPoolAdapter, type, "type", enum, .min = 1, .names = rv_adapter_type_names,
                     .fallback = "scsi_host", .doc = "What it is."),
    RV_XML_ATTRIBUTE(RvPoolAdapter, name, "name", string, ADAPTER_NAME,
                     .doc = "Its name: scsi_host5."),
    RV_XML_ATTRIBUTE(RvPoolAdapter, parent, "parent", string, ADAPTER(FC_HOST),
                     .doc = "The adapter that this one is made on."),
    RV_XML_ATTRIBUTE(RvPoolAdapter, parent_wwnn, "parent_wwnn", string, ADAPTER(FC_HOST),
                     .doc = "The same, by its node's name."),
    RV_XML_ATTRIBUTE(RvPoolAdapter, parent_wwpn, "parent_wwpn", string, ADAPTER(FC_HOST),
                     .doc = "The name of its port."),
    RV_XML_ATTRIBUTE(RvPoolAdapter, parent_fabric_wwn, "parent_fabric_wwn", string,
                     ADAPTER(FC_HOST), .doc = "The same, by the fabric it is in."),
    RV_XML_ATTRIBUTE(RvPoolAdapter, managed, "managed", enum, .min = 1,
                     .names = rv_tristate_bool_names, ADAPTER(FC_HOST),
                     .doc = "Whether it goes when the pool is stopped."),
    RV_XML_ATTRIBUTE(RvPoolAdapter, wwnn, "wwnn", string, ADAPTER(FC_HOST),
                     .doc = "The name of its node."),
    RV_XML_ATTRIBUTE(RvPoolAdapter, wwpn, "wwpn", string, ADAPTER(FC_HOST),
                     .doc = "The name of its port."),
    RV_XML_CHILD(RvPoolAdapter, parent_address, "parentaddr", &parent, ADAPTER(SCSI_HOST)),
};

/* Sixteen hexadecimal digits, with 0x before them or not. */
static void check_wwn(RvXmlReader *reader, const RvXmlNode *node, const char *name,
                      const char *wwn)
{
    const char *digits = wwn && wwn[0] == '0' && wwn[1] == 'x' ? wwn + 2 : wwn;
    if (digits && (strlen(digits) != 16 || strspn(digits, "0123456789abcdefABCDEF") != 16))
        rv_xml_error(reader, RV_ERR_XML, node, name, "a WWN is 16 hexadecimal digits");
}

static void check_fc_host(RvXmlReader *reader, const RvXmlNode *node, const RvPoolAdapter *adapter)
{
    if (!adapter->wwnn || !adapter->wwpn)
        rv_xml_error(reader, RV_ERR_XML, node, NULL, "an adapter of type fc_host needs wwnn= and "
                                                     "wwpn=");
    if (!adapter->parent_wwnn != !adapter->parent_wwpn)
        rv_xml_error(reader, RV_ERR_XML, node, NULL, "parent_wwnn= and parent_wwpn= go together");
    check_wwn(reader, node, "wwnn", adapter->wwnn);
    check_wwn(reader, node, "wwpn", adapter->wwpn);
    check_wwn(reader, node, "parent_wwnn", adapter->parent_wwnn);
    check_wwn(reader, node, "parent_wwpn", adapter->parent_wwpn);
    check_wwn(reader, node, "parent_fabric_wwn", adapter->parent_fabric_wwn);
}

static void check_adapter(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    RvPoolAdapter *adapter = object;
    bool is_new = rv_xml_node_attribute(node, "wwnn") || rv_xml_node_attribute(node, "wwpn") ||
                  rv_xml_node_attribute(node, "parent") ||
                  rv_xml_node_child(node, "parentaddr", 0) != node;
    if (adapter->type == RV_ADAPTER_NONE && is_new)
        rv_xml_error(reader, RV_ERR_XML, node, NULL,
                     "wwnn=, wwpn=, parent= and <parentaddr> need the type of the adapter");
    else if (adapter->type == RV_ADAPTER_NONE)
        adapter->type = RV_ADAPTER_SCSI_HOST;
    if (adapter->type == RV_ADAPTER_FC_HOST)
        check_fc_host(reader, node, adapter);
    else if (!adapter->name == !adapter->parent_address)
        rv_xml_error(reader, RV_ERR_XML, node, NULL,
                     "an adapter of type scsi_host has either a name or a <parentaddr>");
}

static const RvXmlType adapter = {
    .doc = "A host adapter of SCSI or Fibre Channel.",
    .size = sizeof(RvPoolAdapter),
    RV_XML_ROWS(adapter_rows),
    .check = check_adapter,
};

static const RvXmlRow initiator_rows[] = {
    RV_XML_LEAF(RvPoolDef, initiator, "iqn", string, .attribute = "name",
                .doc = "The name by which iSCSI knows this host."),
};
static const RvXmlType initiator = {RV_XML_ROWS(initiator_rows)};

#define FORMAT_ROW(names_, types)                                                                  \
    RV_XML_LEAF(RvPoolDef, format, "format", string, .attribute = "type", .names = (names_),       \
                TYPE(types), .bad_code = RV_ERR_CONFIG_UNSUPPORTED, .doc = "What is in it.")

static const RvXmlRow source_rows[] = {
    RV_XML_LIST(RvPoolDef, hosts, "host", &host, .max = 256, TYPE(WITH_HOST)),
    RV_XML_LIST(RvPoolDef, devices, "device", &device, .max = 1024, TYPE(WITH_DEVICE)),
    RV_XML_LEAF(RvPoolDef, source_dir, "dir", string, .attribute = "path", TYPE(WITH_DIR),
                .doc = "The folder on the server."),
    RV_XML_CHILD(RvPoolDef, adapter, "adapter", &adapter, TYPE(WITH_ADAPTER)),
    RV_XML_LEAF(RvPoolDef, source_name, "name", string, TYPE(WITH_NAME),
                .fallback = "that of the pool", .doc = "Its name there: a volume group, ..."),
    RV_XML_GROUP("initiator", &initiator, TYPE(WITH_INITIATOR)),
    FORMAT_ROW(fs_formats, BIT(FS)),
    FORMAT_ROW(netfs_formats, BIT(NETFS)),
    FORMAT_ROW(logical_formats, BIT(LOGICAL)),
    FORMAT_ROW(disk_formats, BIT(DISK)),
    RV_XML_CHILD(RvPoolDef, auth, "auth", &rv_storage_auth_xml),
    RV_XML_LEAF(RvPoolDef, protocol_version, "protocol", string, .attribute = "ver",
                .doc = "The version of NFS."),
    RV_XML_LEAF(RvPoolDef, vendor, "vendor", string, .attribute = "name",
                .doc = "Who made the storage."),
    RV_XML_LEAF(RvPoolDef, product, "product", string, .attribute = "name",
                .doc = "How it is sold."),
};
static const RvXmlType source = {.doc = "Where the storage is.", RV_XML_ROWS(source_rows)};

/* ---- The rest -------------------------------------------------------------------------------- */

static const RvXmlRow target_rows[] = {
    RV_XML_LEAF(RvPoolDef, target, "path", string,
                .doc = "The folder in which its volumes are found on this host."),
    RV_XML_EMBED(RvPoolDef, permissions, "permissions", &rv_storage_permissions_xml),
};
static const RvXmlType target = {RV_XML_ROWS(target_rows)};

static const RvXmlRow features_rows[] = {
    RV_XML_LEAF(RvPoolDef, cow, "cow", enum, .attribute = "state", .min = 1,
                .names = rv_tristate_bool_names,
                .doc = "Whether files are copied on write (btrfs)."),
};
static const RvXmlType features = {RV_XML_ROWS(features_rows)};

static const RvXmlRow refresh_rows[] = {
    RV_XML_LEAF(RvPoolDef, refresh_allocation, "volume", string, .attribute = "allocation",
                .names = refresh_names, .bad_code = RV_ERR_CONFIG_UNSUPPORTED,
                .doc = "capacity: what a volume takes is not measured."),
};
static const RvXmlType refresh = {RV_XML_ROWS(refresh_rows)};

static const RvXmlRow mount_option_rows[] = {
    RV_XML_ATTRIBUTE(RvPoolOption, name, "name", string, .flags = RV_XML_REQUIRED,
                     .doc = "An option of mount(8)."),
};
static const RvXmlType mount_option = {.size = sizeof(RvPoolOption),
                                       RV_XML_ROWS(mount_option_rows)};

static const RvXmlRow mount_options_rows[] = {
    RV_XML_LIST_OF(&fs_namespace, RvPoolOptions, options, "option", &mount_option,
                   .max = MAX_OPTIONS),
};
static const RvXmlType mount_options = {
    .doc = "How it is mounted.",
    .size = sizeof(RvPoolOptions),
    RV_XML_ROWS(mount_options_rows),
};

static const RvXmlRow rbd_option_rows[] = {
    RV_XML_ATTRIBUTE(RvPoolOption, name, "name", string, .flags = RV_XML_REQUIRED,
                     .doc = "An option of Ceph."),
    RV_XML_ATTRIBUTE(RvPoolOption, value, "value", string, .flags = RV_XML_REQUIRED,
                     .doc = "Its value."),
};
static const RvXmlType rbd_option = {.size = sizeof(RvPoolOption), RV_XML_ROWS(rbd_option_rows)};

static const RvXmlRow rbd_options_rows[] = {
    RV_XML_LIST_OF(&rbd_namespace, RvPoolOptions, options, "option", &rbd_option,
                   .max = MAX_OPTIONS),
};
static const RvXmlType rbd_options = {
    .doc = "How Ceph is reached.",
    .size = sizeof(RvPoolOptions),
    RV_XML_ROWS(rbd_options_rows),
};

static const RvXmlRow pool_rows[] = {
    RV_XML_ATTRIBUTE(RvPoolDef, type, "type", enum, .names = rv_pool_type_names,
                     .flags = RV_XML_REQUIRED | RV_XML_ALWAYS, .doc = "What holds the volumes."),
    RV_XML_LEAF(RvPoolDef, identity.name, "name", string, .max = MAX_NAME,
                .fallback = "the name of its source, where it has one",
                .doc = "Its name, unique on the host."),
    RV_XML_LEAF(RvPoolDef, identity.uuid, "uuid", uuid, .fallback = "a random one",
                .doc = "Its identity, unique in the world."),
    RV_XML_LEAF(RvPoolDef, capacity, "capacity", long_bytes, .flags = RV_XML_ALWAYS,
                .doc = "How much fits in. Told, never read."),
    RV_XML_LEAF(RvPoolDef, allocation, "allocation", long_bytes, .flags = RV_XML_ALWAYS,
                .doc = "How much is taken. Told, never read."),
    RV_XML_LEAF(RvPoolDef, available, "available", long_bytes, .flags = RV_XML_ALWAYS,
                .doc = "How much is free. Told, never read."),
    RV_XML_GROUP("features", &features, TYPE(BIT(DIR) | BIT(FS))),
    RV_XML_GROUP("source", &source, .flags = RV_XML_ALWAYS),
    RV_XML_GROUP("target", &target, .flags = RV_XML_ALWAYS, TYPE(WITH_TARGET),
                 .doc = "Where it is on this host."),
    RV_XML_GROUP("refresh", &refresh, .doc = "How its volumes are looked at."),
    RV_XML_CHILD_OF(&fs_namespace, RvPoolDef, mount_options, "mount_opts", &mount_options,
                    TYPE(BIT(FS) | BIT(NETFS))),
    RV_XML_CHILD_OF(&rbd_namespace, RvPoolDef, rbd_options, "config_opts", &rbd_options,
                    TYPE(BIT(RBD))),
};

const char *const *rv_pool_source_formats(RvPoolType type)
{
    switch (type) {
    case RV_POOL_FS: return fs_formats;
    case RV_POOL_NETFS: return netfs_formats;
    case RV_POOL_LOGICAL: return logical_formats;
    case RV_POOL_DISK: return disk_formats;
    default: return NULL;
    }
}

bool rv_pool_has_files(RvPoolType type)
{
    return RV_XML_BIT(type) & (BIT(DIR) | BIT(FS) | BIT(NETFS) | BIT(RBD) | BIT(GLUSTER) |
                               BIT(VSTORAGE));
}

static void check_source(RvXmlReader *reader, const RvXmlNode *node, const RvPoolDef *def)
{
    const RvXmlNode *place = rv_xml_node_child(node, "source", 0);
    if (HAS(def, WITH_HOST) && !def->hosts->len)
        rv_xml_error(reader, RV_ERR_XML, place, NULL, "a pool of this type needs a <host> in its "
                                                      "<source>");
    if (HAS(def, WITH_DIR) && !def->source_dir)
        rv_xml_error(reader, RV_ERR_XML, place, NULL, "a pool of this type needs a <dir path=''> "
                                                      "in its <source>");
    if (HAS(def, NEEDS_DEVICE) && !def->devices->len)
        rv_xml_error(reader, RV_ERR_XML, place, NULL, "a pool of this type needs a <device> in its "
                                                      "<source>");
    if (HAS(def, WITH_ADAPTER) && !def->adapter)
        rv_xml_error(reader, RV_ERR_XML, place, NULL, "a pool of this type needs an <adapter> in "
                                                      "its <source>");
    if (def->type == RV_POOL_ISCSI_DIRECT && !def->initiator)
        rv_xml_error(reader, RV_ERR_CONFIG_UNSUPPORTED, place, NULL,
                     "a pool of this type needs an <initiator> in its <source>");
    if (def->auth && def->auth->type == RV_STORAGE_AUTH_NONE)
        rv_xml_error(reader, RV_ERR_CONFIG_UNSUPPORTED, place, NULL, "<auth> needs a type");
    if (!def->protocol_version)
        return;
    place = rv_xml_node_child(place, "protocol", 0);
    if (g_strcmp0(def->format, "glusterfs") == 0 || g_strcmp0(def->format, "cifs") == 0)
        rv_xml_error(reader, RV_ERR_CONFIG_UNSUPPORTED, place, "ver",
                     "a version of the protocol is said of NFS only");
    if (strchr(def->protocol_version, ','))
        rv_xml_error(reader, RV_ERR_XML_DETAIL, place, "ver", "a version has no ','");
}

static void replace(char **text, char *with)
{
    g_free(*text);
    *text = with;
}

static void complete_paths(RvPoolDef *def)
{
    if (def->type == RV_POOL_GLUSTER && !def->source_dir)
        def->source_dir = g_strdup("/");
    if (def->type == RV_POOL_LOGICAL)
        replace(&def->target, g_strdup_printf("/dev/%s", def->source_name));
    else if (def->type == RV_POOL_ZFS)
        replace(&def->target, g_strdup_printf("/dev/zvol/%s", def->source_name));
    replace(&def->target, rv_storage_path(def->target));
    replace(&def->source_dir, rv_storage_path(def->source_dir));
}

static void complete(RvPoolDef *def)
{
    const char *const *formats = rv_pool_source_formats(def->type);
    def->capacity = def->allocation = def->available = 0;
    if (!def->identity.name && HAS(def, WITH_NAME))
        def->identity.name = g_strdup(def->source_name);
    if (!def->source_name && HAS(def, WITH_NAME))
        def->source_name = g_strdup(def->identity.name);
    if (!def->format && formats)
        def->format = g_strdup(formats[0]);
    complete_paths(def);
}

static void check_pool(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    RvPoolDef *def = object;
    const RvXmlNode *name = rv_xml_node_child(node, "name", 0);
    if (def->type == RV_POOL_RBD && !def->source_name)
        rv_xml_error(reader, RV_ERR_XML, rv_xml_node_child(node, "source", 0), NULL,
                     "a pool of this type needs a <name> in its <source>");
    complete(def);
    if (!def->identity.name)
        rv_xml_error(reader, RV_ERR_XML, node, NULL, "the pool has no <name>");
    else if (strpbrk(def->identity.name, "/\n"))
        rv_xml_error(reader, RV_ERR_XML, name, NULL,
                     "the name of a pool has no '/' and no end of line");
    check_source(reader, node, def);
    if (HAS(def, WITH_TARGET) && !def->target)
        rv_xml_error(reader, RV_ERR_XML, rv_xml_node_child(node, "target", 0), NULL,
                     "the pool needs a <target> with a <path>");
}

const RvXmlType rv_pool_xml = {
    .doc = "A place that volumes come from.",
    .size = sizeof(RvPoolDef),
    RV_XML_ROWS(pool_rows),
    .check = check_pool,
};

/* ---- The document ---------------------------------------------------------------------------- */

RvPoolDef *rv_pool_def_parse(const char *text, size_t len, RvDiagnostics *diagnostics,
                             GError **error)
{
    return rv_xml_parse(&rv_pool_xml, "pool", text, len, 0, diagnostics, error);
}

char *rv_pool_def_format(const RvPoolDef *def, RvFormatFlags flags)
{
    GString *out = g_string_new(NULL);
    rv_xml_write(&rv_pool_xml, "pool", def, flags, 0, out);
    return g_string_free(out, FALSE);
}

RvPoolDef *rv_pool_def_copy(const RvPoolDef *def)
{
    return rv_xml_copy(&rv_pool_xml, def);
}

void rv_pool_def_free(RvPoolDef *def)
{
    rv_xml_free(&rv_pool_xml, def);
}
