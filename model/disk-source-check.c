/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What libvirt wants of one source of storage, whatever it is the source of. */

#include "base/error.h"
#include "model/disk-source.h"
#include "model/seclabel.h"

#include <string.h>

static const unsigned default_ports[RV_PROTOCOL_LAST] = {
    [RV_PROTOCOL_NBD] = 10809,    [RV_PROTOCOL_SHEEPDOG] = 7000, [RV_PROTOCOL_GLUSTER] = 24007,
    [RV_PROTOCOL_ISCSI] = 3260,   [RV_PROTOCOL_HTTP] = 80,       [RV_PROTOCOL_HTTPS] = 443,
    [RV_PROTOCOL_FTP] = 21,       [RV_PROTOCOL_FTPS] = 990,      [RV_PROTOCOL_TFTP] = 69,
    [RV_PROTOCOL_SSH] = 22,       [RV_PROTOCOL_VXHS] = 9999,
};

bool rv_disk_source_is_local(const RvDiskSource *source)
{
    return source->type == RV_DISK_FILE || source->type == RV_DISK_BLOCK ||
           source->type == RV_DISK_DIR;
}

bool rv_disk_source_is_empty(const RvDiskSource *source)
{
    return source->type == RV_DISK_NONE || (rv_disk_source_is_local(source) && !source->path) ||
           (source->type == RV_DISK_NETWORK && source->protocol == RV_PROTOCOL_NONE);
}

void rv_disk_source_complete_name(RvDiskSource *source)
{
    if (source->type != RV_DISK_NETWORK || source->protocol != RV_PROTOCOL_ISCSI ||
        !source->path || strchr(source->path, '/'))
        return;
    char *name = g_strconcat(source->path, "/0", NULL);
    g_free(source->path);
    source->path = name;
}

static void check_name(RvXmlReader *reader, const RvXmlNode *node, const RvDiskSource *source)
{
    bool pair = source->protocol == RV_PROTOCOL_GLUSTER || source->protocol == RV_PROTOCOL_RBD;
    const char *slash = source->path ? strchr(source->path, '/') : NULL;
    if (!rv_xml_node_attribute(node, "name") && source->protocol != RV_PROTOCOL_NBD)
        rv_xml_error(reader, RV_ERR_XML, node, NULL, "attribute 'name' is missing");
    else if (pair && source->path && (!slash || slash == source->path))
        rv_xml_error(reader, RV_ERR_XML, node, "name",
                     "a name for %s is a pool or volume, a slash, and an image",
                     rv_protocol_to_string(source->protocol));
}

/* Whether the protocol knows users, and what kind of secret it wants; NULL: any. */
static bool takes_auth(RvProtocol protocol, const char **ret_secret)
{
    *ret_secret = protocol == RV_PROTOCOL_ISCSI ? "iscsi"
                  : protocol == RV_PROTOCOL_RBD ? "ceph"
                                                : NULL;
    switch (protocol) {
    case RV_PROTOCOL_ISCSI:
    case RV_PROTOCOL_RBD:
    case RV_PROTOCOL_HTTP:
    case RV_PROTOCOL_HTTPS:
    case RV_PROTOCOL_FTP:
    case RV_PROTOCOL_FTPS:
    case RV_PROTOCOL_SSH:
        return true;
    default:
        return false;
    }
}

void rv_disk_source_check_auth(RvXmlReader *reader, const RvXmlNode *node,
                               const RvDiskSource *source, const RvStorageAuth *login)
{
    static const char *const known[] = {"none", "volume", "ceph", "iscsi", "tls", "vtpm", NULL};
    const char *wanted, *type = login->secret.type;
    const RvXmlNode *auth = rv_xml_node_child(node, "auth", 0);
    if (!takes_auth(source->protocol, &wanted))
        rv_xml_error(reader, RV_ERR_CONFIG_UNSUPPORTED, auth, NULL,
                     "%s has no way to log in: leave out <auth>",
                     rv_protocol_to_string(source->protocol));
    else if (!type || !g_strv_contains(known, type) || (wanted && strcmp(type, wanted)))
        rv_xml_fault(reader, RV_DIAGNOSTIC_ERROR, RV_ERR_CONFIG_UNSUPPORTED,
                     rv_xml_node_child(auth, "secret", 0), type ? "type" : NULL, wanted,
                     "the secret for %s must be of type %s",
                     rv_protocol_to_string(source->protocol), wanted ? wanted : "ceph or iscsi");
}

static void check_network(RvXmlReader *reader, const RvXmlNode *node, RvDiskSource *source)
{
    check_name(reader, node, source);
    for (unsigned i = 0; i < source->hosts->len; i++) {
        RvStorageHost *host = source->hosts->pdata[i];
        if (host->transport == RV_TRANSPORT_TCP && !host->port)
            host->port = default_ports[source->protocol];
    }
    if (source->auth)
        rv_disk_source_check_auth(reader, node, source, source->auth);
}

/* `node` is the <source>. */
static void check_place(RvXmlReader *reader, const RvXmlNode *node, const RvDiskSource *source)
{
    const RvPciAddress *address = &source->nvme_address;
    if (source->type == RV_DISK_VOLUME && !source->pool != !source->volume)
        rv_xml_error(reader, RV_ERR_XML, node, NULL,
                     "a volume is named by pool= and volume=, both of them");
    if (source->type == RV_DISK_NVME && !source->nvme_namespace)
        rv_xml_error(reader, RV_ERR_CONFIG_UNSUPPORTED, node, "namespace",
                     "namespaces are counted from 1");
    if (source->type == RV_DISK_NVME && !address->domain && !address->bus && !address->slot &&
        address->function)
        rv_xml_error(reader, RV_ERR_XML, rv_xml_node_child(node, "address", 0), NULL,
                     "there is no device at 0000:00:00");
    if (source->reconnect == RV_TRISTATE_ON &&
        !rv_xml_node_attribute(rv_xml_node_child(node, "reconnect", 0), "timeout"))
        rv_xml_error(reader, RV_ERR_XML, rv_xml_node_child(node, "reconnect", 0), NULL,
                     "attribute 'timeout' is missing");
}

void rv_disk_source_check(RvXmlReader *reader, const RvXmlNode *node, RvDiskSource *source)
{
    const RvXmlNode *place = rv_xml_node_child(node, "source", 0);
    if (source->type == RV_DISK_NETWORK)
        check_network(reader, place, source);
    else
        check_place(reader, place, source);
    if (source->encryption && source->encryption->cipher)
        rv_xml_error(reader, RV_ERR_CONFIG_UNSUPPORTED, rv_xml_node_child(place, "encryption", 0),
                     NULL, "a disk knows its <cipher> itself: leave it out");
    rv_device_labels_check(reader, place, source->labels);
}
