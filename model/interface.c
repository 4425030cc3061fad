/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/interface.h"

#include "model/device-xml.h"

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
    RV_XML_LEAF(RvInterface, target, "target", string, .attribute = "dev", .max = 15,
                .flags = RV_XML_LIVE, .stays = target_stays,
                .doc = "The device on the host. Names that begin with vnet, macvtap or macvlan "
                       "are given to a running guest, and are not kept in a definition."),
    RV_XML_LEAF(RvInterface, model, "model", string, .attribute = "type", .flags = RV_XML_ABI,
                .doc = "The hardware that the guest sees."),
    RV_XML_LEAF(RvInterface, link_state, "link", string, .attribute = "state",
                .names = link_names, .fallback = "up", .doc = "Whether the cable is plugged in."),
    RV_DEVICE_BOOT_ROW(RvInterface),
    RV_DEVICE_ROWS(RvInterface),
};

const RvXmlType rv_interface_xml = {
    .doc = "A network interface.",
    .size = sizeof(RvInterface),
    RV_XML_ROWS(interface_rows),
};
