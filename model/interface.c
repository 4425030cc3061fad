/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/interface.h"

#include "base/error.h"
#include "model/device-xml.h"

#include <string.h>

RV_ENUM(rv_interface_type, RvInterfaceType, RV_INTERFACE_TYPE_LAST, "user", "ethernet", "network",
        "bridge");

static const char *const link_names[] = {"up", "down", NULL};

#define TYPE(mask) RV_XML_WHEN(RvInterface, type, mask)

/* Names that are made up for a running guest. */
static bool target_stays(const void *object)
{
    static const char *const generated[] = {"vnet", "macvtap", "macvlan", NULL};
    const char *name = ((const RvInterface *)object)->target;
    for (unsigned i = 0; name && generated[i]; i++) {
        if (g_str_has_prefix(name, generated[i]))
            return false;
    }
    return name != NULL;
}

static const RvXmlRow source_rows[] = {
    RV_XML_ATTRIBUTE(RvInterface, source, "network", string, .flags = RV_XML_REQUIRED,
                     TYPE(RV_XML_BIT(RV_INTERFACE_NETWORK)), .doc = "The name of a network."),
    RV_XML_ATTRIBUTE(RvInterface, source, "bridge", string, .flags = RV_XML_REQUIRED,
                     TYPE(RV_XML_BIT(RV_INTERFACE_BRIDGE)), .doc = "The name of a bridge."),
};
static const RvXmlType source = {RV_XML_ROWS(source_rows)};

static const RvXmlRow interface_rows[] = {
    RV_XML_ATTRIBUTE(RvInterface, type, "type", enum, .names = rv_interface_type_names,
                     .flags = RV_XML_REQUIRED | RV_XML_ALWAYS,
                     .doc = "How it is connected to the world."),
    RV_XML_LEAF(RvInterface, mac, "mac", mac, .attribute = "address", .flags = RV_XML_ABI,
                .fallback = "52:54:00 and three random bytes",
                .doc = "Its address. It cannot be that of a group."),
    RV_XML_GROUP("source", &source, .flags = RV_XML_REQUIRED,
                 TYPE(RV_XML_BIT(RV_INTERFACE_NETWORK) | RV_XML_BIT(RV_INTERFACE_BRIDGE))),
    RV_XML_LEAF(RvInterface, script, "script", string, .attribute = "path",
                .doc = "A program that connects it to the host's network: Xen's vif-bridge, or the "
                       "path of another."),
    RV_XML_LEAF(RvInterface, target, "target", string, .attribute = "dev", .max = 15,
                .flags = RV_XML_LIVE, .stays = target_stays,
                .doc = "The device on the host. Names that begin with vnet, macvtap or macvlan "
                       "are given to a running guest, and are not kept in a definition."),
    RV_XML_LEAF(RvInterface, model, "model", string, .attribute = "type", .flags = RV_XML_ABI,
                .doc = "The hardware that the guest sees."),
    RV_XML_LEAF(RvInterface, link_state, "link", string, .attribute = "state",
                .names = link_names, .fallback = "up", .doc = "Whether the cable is plugged in."),
    RV_DEVICE_BOOT_ROW(RvInterface),
    RV_DEVICE_ROM_ROWS(RvInterface),
};

/* Names of well-known models are written in one way, whatever their case in the document. */
static void normalize_model(char **model)
{
    static const char *const known[] = {
        "netfront",            "rtl8139",  "virtio",    "e1000",    "e1000e",
        "virtio-transitional", "usb-net",  "spapr-vlan", "lan9118", "virtio-non-transitional",
        "scm91c111",           "vlance",   "vmxnet",    "vmxnet2",  "vmxnet3",
        "Am79C970A",           "Am79C973", "82540EM",   "82545EM",  "82543GC",
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(known); i++) {
        if (!g_ascii_strcasecmp(*model, known[i])) {
            g_free(*model);
            *model = g_strdup(known[i]);
            return;
        }
    }
}

static void check_interface(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    static const char model_bytes[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                      "0123456789-_";
    RvInterface *interface = object;
    if (interface->mac.bytes[0] & 1)
        rv_xml_error(reader, RV_ERR_XML, rv_xml_node_child(node, "mac", 0), "address",
                     "this is the address of a group, not of one interface");
    if (interface->model && interface->model[strspn(interface->model, model_bytes)])
        rv_xml_error(reader, RV_ERR_INVALID_ARG, rv_xml_node_child(node, "model", 0), "type",
                     "a model has letters, digits, - and _ only");
    else if (interface->model)
        normalize_model(&interface->model);
}

const RvXmlType rv_interface_xml = {
    .doc = "A network interface.",
    .size = sizeof(RvInterface),
    RV_XML_ROWS(interface_rows),
    .check = check_interface,
};
