/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/interface-port.h"

#include "base/error.h"
#include "base/ip-address.h"
#include "model/xml-table.h"

#include <string.h>

RV_ENUM(rv_virtual_port_type, RvVirtualPortType, RV_VIRTUAL_PORT_LAST, "none", "802.1Qbg",
        "802.1Qbh", "openvswitch", "midonet");
RV_ENUM(rv_host_address_type, RvHostAddressType, RV_HOST_ADDRESS_LAST, "pci", "usb");

#define MAX_TAGS 4096

/* ---- Bandwidth ------------------------------------------------------------------------------- */

static const RvXmlRow bandwidth_rows[] = {
    RV_XML_ATTRIBUTE(RvBandwidth, average, "average", uint64, .bad_code = RV_ERR_CONFIG_UNSUPPORTED,
                     .doc = "Kilobytes a second on average."),
    RV_XML_ATTRIBUTE(RvBandwidth, peak, "peak", uint64, .bad_code = RV_ERR_CONFIG_UNSUPPORTED,
                     .doc = "Kilobytes a second at most."),
    RV_XML_ATTRIBUTE(RvBandwidth, floor, "floor", uint64, .bad_code = RV_ERR_CONFIG_UNSUPPORTED,
                     .doc = "Kilobytes a second that are always there (inbound, of a network)."),
    RV_XML_ATTRIBUTE(RvBandwidth, burst, "burst", uint64, .bad_code = RV_ERR_CONFIG_UNSUPPORTED,
                     .doc = "Kilobytes that may be sent at peak speed."),
};
const RvXmlType rv_bandwidth_xml = {
    .size = sizeof(RvBandwidth),
    RV_XML_ROWS(bandwidth_rows),
};

static void check_rate(RvXmlReader *reader, const RvXmlNode *node, const char *name,
                       const RvBandwidth *rate)
{
    const RvXmlNode *place = rv_xml_node_child(node, name, 0);
    if (place == node)
        return;
    if (!rate->average && !rate->floor)
        rv_xml_error(reader, RV_ERR_XML_DETAIL, place, NULL, "average= or floor= is missing");
    else if (!rate->average && (rate->peak || rate->burst))
        rv_xml_error(reader, RV_ERR_XML_DETAIL, place, NULL, "peak= and burst= need average=");
}

void rv_bandwidth_check(RvXmlReader *reader, const RvXmlNode *node, const RvBandwidth *inbound,
                        const RvBandwidth *outbound, bool of_network)
{
    check_rate(reader, node, "inbound", inbound);
    check_rate(reader, node, "outbound", outbound);
    if (inbound->floor && !of_network)
        rv_xml_error(reader, RV_ERR_CONFIG_UNSUPPORTED, rv_xml_node_child(node, "inbound", 0),
                     "floor", "floor= is for interfaces of type network");
    if (outbound->floor)
        rv_xml_error(reader, RV_ERR_XML_DETAIL, rv_xml_node_child(node, "outbound", 0), "floor",
                     "floor= is for what comes in");
}

/* ---- VLAN ------------------------------------------------------------------------------------ */

static const char *const yes_names[] = {"yes", NULL};
static const char *const native_names[] = {"tagged", "untagged", NULL};

static const RvXmlRow tag_rows[] = {
    RV_XML_ATTRIBUTE(RvVlanTag, id, "id", uint, .max = 4095,
                     .flags = RV_XML_REQUIRED | RV_XML_ALWAYS, .doc = "Its number."),
    RV_XML_ATTRIBUTE(RvVlanTag, native_mode, "nativeMode", string, .names = native_names,
                     .doc = "That this is the native VLAN of a trunk, and how it is sent."),
};
static const RvXmlType tag = {
    .doc = "A VLAN.",
    .size = sizeof(RvVlanTag),
    RV_XML_ROWS(tag_rows),
};

static const RvXmlRow vlan_rows[] = {
    RV_XML_ATTRIBUTE(RvVlan, trunk, "trunk", string, .names = yes_names,
                     .fallback = "yes where there are several",
                     .doc = "Whether packets keep their tags."),
    RV_XML_LIST(RvVlan, tags, "tag", &tag, .max = MAX_TAGS),
};

static void check_vlan(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    RvVlan *vlan = object;
    unsigned n_native = 0;
    for (unsigned i = 0; i < vlan->tags->len; i++)
        n_native += ((RvVlanTag *)vlan->tags->pdata[i])->native_mode != NULL;
    if (!vlan->tags->len)
        rv_xml_error(reader, 0, node, NULL, "element <tag> is missing");
    if (n_native > 1)
        rv_xml_error(reader, 0, node, NULL, "only one VLAN can be the native one");
    if (!vlan->trunk && (n_native || vlan->tags->len > 1))
        vlan->trunk = g_strdup("yes");
}

const RvXmlType rv_vlan_xml = {
    .doc = "The VLANs it is in.",
    .size = sizeof(RvVlan),
    RV_XML_ROWS(vlan_rows),
    .check = check_vlan,
};

/* ---- Virtual ports --------------------------------------------------------------------------- */

#define TYPE(...) RV_XML_WHEN(RvVirtualPort, type, __VA_ARGS__)
#define BIT(type) RV_XML_BIT(RV_VIRTUAL_PORT_##type)
#define VEPA TYPE(BIT(NONE) | BIT(8021QBG))

static const RvXmlRow parameters_rows[] = {
    RV_XML_ATTRIBUTE(RvVirtualPort, manager_id, "managerid", int, VEPA, .min = 0, .max = 255,
                     .absent = -1, .doc = "The number of the VSI manager."),
    RV_XML_ATTRIBUTE(RvVirtualPort, type_id, "typeid", int, VEPA, .min = 0, .max = 0xffffff,
                     .absent = -1, .doc = "The number of the VSI type."),
    RV_XML_ATTRIBUTE(RvVirtualPort, type_id_version, "typeidversion", int, VEPA, .min = 0,
                     .max = 255, .absent = -1, .doc = "The version of the VSI type."),
    RV_XML_ATTRIBUTE(RvVirtualPort, instance_id, "instanceid", uuid, VEPA,
                     .doc = "The identity of this port."),
    RV_XML_ATTRIBUTE(RvVirtualPort, interface_id, "interfaceid", uuid,
                     TYPE(BIT(NONE) | BIT(OPENVSWITCH) | BIT(MIDONET)),
                     .doc = "The identity of this port."),
    RV_XML_ATTRIBUTE(RvVirtualPort, profile_id, "profileid", string, .max = 39,
                     TYPE(BIT(NONE) | BIT(OPENVSWITCH) | BIT(8021QBH)),
                     .doc = "The name of a profile."),
};
static const RvXmlType parameters = {RV_XML_ROWS(parameters_rows)};

static const RvXmlRow virtual_port_rows[] = {
    RV_XML_ATTRIBUTE(RvVirtualPort, type, "type", enum, .names = rv_virtual_port_type_names,
                     .doc = "What the port is one of."),
    RV_XML_GROUP("parameters", &parameters),
};
const RvXmlType rv_virtual_port_xml = {
    .doc = "A port of a switch that keeps identities or profiles.",
    .size = sizeof(RvVirtualPort),
    RV_XML_ROWS(virtual_port_rows),
};

void rv_virtual_port_check(RvXmlReader *reader, const RvXmlNode *node, const RvVirtualPort *port)
{
    const RvXmlNode *place = rv_xml_node_child(node, "parameters", 0);
    if (port->type == RV_VIRTUAL_PORT_NONE)
        rv_xml_error(reader, 0, node, NULL, "attribute 'type' is missing");
    if (port->type == RV_VIRTUAL_PORT_8021QBG &&
        (port->manager_id < 0 || port->type_id < 0 || port->type_id_version < 0))
        rv_xml_error(reader, 0, place, NULL,
                     "a port of type 802.1Qbg needs managerid=, typeid= and typeidversion=");
    if (port->type == RV_VIRTUAL_PORT_8021QBH && !port->profile_id)
        rv_xml_error(reader, 0, place, NULL, "a port of type 802.1Qbh needs profileid=");
}

void rv_virtual_port_complete(RvVirtualPort *port)
{
    bool is_named = port->type == RV_VIRTUAL_PORT_OPENVSWITCH ||
                    port->type == RV_VIRTUAL_PORT_MIDONET;
    if (is_named && rv_uuid_is_zero(&port->interface_id))
        rv_uuid_generate(&port->interface_id);
    if (port->type == RV_VIRTUAL_PORT_8021QBG && rv_uuid_is_zero(&port->instance_id))
        rv_uuid_generate(&port->instance_id);
}

/* ---- Addresses ------------------------------------------------------------------------------- */

static const char *const family_names[] = {"ipv4", "ipv6", NULL};

static void complete_family(char **family, const char *address)
{
    if (!*family)
        *family = g_strdup(strchr(address, ':') ? "ipv6" : "ipv4");
}

static const RvXmlRow ip_rows[] = {
    RV_XML_ATTRIBUTE(RvIp, address, "address", string, .flags = RV_XML_REQUIRED,
                     .doc = "The address."),
    RV_XML_ATTRIBUTE(RvIp, family, "family", string, .names = family_names,
                     .fallback = "by the address", .doc = "Of which protocol it is."),
    RV_XML_ATTRIBUTE(RvIp, prefix, "prefix", uint, .max = 128,
                     .doc = "How many of its bits name the network."),
    RV_XML_ATTRIBUTE(RvIp, peer, "peer", string, .doc = "The address of the other end."),
};

static void check_ip(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    RvIp *ip = object;
    complete_family(&ip->family, ip->address);
    if (!strcmp(ip->family, "ipv4") && ip->prefix > 32)
        rv_xml_error(reader, 0, node, "prefix", "an address of IPv4 has 32 bits");
}

const RvXmlType rv_ip_xml = {
    .doc = "An address of it.",
    .size = sizeof(RvIp),
    RV_XML_ROWS(ip_rows),
    .check = check_ip,
};

static const RvXmlRow route_rows[] = {
    RV_XML_ATTRIBUTE(RvRoute, family, "family", string, .names = family_names,
                     .doc = "Of which protocol it is."),
    RV_XML_ATTRIBUTE(RvRoute, address, "address", string, .flags = RV_XML_REQUIRED,
                     .doc = "The network it leads to."),
    RV_XML_ATTRIBUTE(RvRoute, netmask, "netmask", string, .doc = "Its mask, instead of a prefix."),
    RV_XML_ATTRIBUTE(RvRoute, prefix, "prefix", int, .min = 0, .max = 128, .absent = -1,
                     .doc = "How many bits name the network."),
    RV_XML_ATTRIBUTE(RvRoute, gateway, "gateway", string, .flags = RV_XML_REQUIRED,
                     .doc = "Who passes packets on."),
    RV_XML_ATTRIBUTE(RvRoute, metric, "metric", int, .min = 1, .max = G_MAXINT,
                     .doc = "What it costs."),
};
const RvXmlType rv_route_xml = {
    .doc = "A route.",
    .size = sizeof(RvRoute),
    RV_XML_ROWS(route_rows),
};

bool rv_route_prefix(const RvRoute *route, unsigned *ret, GError **error)
{
    RvIpAddress address, mask;
    if (!rv_ip_address_parse(route->address, &address)) {
        rv_error_set(error, RV_ERR_INVALID_ARG, "'%s' is not an IP address", route->address);
        return false;
    }
    *ret = route->prefix > 0 ? (unsigned)route->prefix : rv_ip_address_natural_prefix(&address);
    if (!route->netmask ||
        (rv_ip_address_parse(route->netmask, &mask) && rv_ip_address_mask_to_prefix(&mask, ret)))
        return true;
    rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED, "'%s' is not the mask of a network",
                 route->netmask);
    return false;
}

static const RvXmlRow parameter_rows[] = {
    RV_XML_ATTRIBUTE(RvFilterParameter, name, "name", string, .flags = RV_XML_REQUIRED,
                     .doc = "The name of a variable of the filter."),
    RV_XML_ATTRIBUTE(RvFilterParameter, value, "value", string, .flags = RV_XML_REQUIRED,
                     .doc = "Its value, or one of them."),
};
const RvXmlType rv_filter_parameter_xml = {
    .doc = "A value for the filter.",
    .size = sizeof(RvFilterParameter),
    RV_XML_ROWS(parameter_rows),
};

#define PCI RV_XML_WHEN(RvHostAddress, type, RV_XML_BIT(RV_HOST_ADDRESS_PCI))
#define USB RV_XML_WHEN(RvHostAddress, type, RV_XML_BIT(RV_HOST_ADDRESS_USB))

static const RvXmlRow host_address_rows[] = {
    RV_XML_ATTRIBUTE(RvHostAddress, type, "type", enum, .names = rv_host_address_type_names,
                     .flags = RV_XML_REQUIRED | RV_XML_ALWAYS, .doc = "The bus it is on."),
    RV_XML_ATTRIBUTE(RvHostAddress, pci.domain, "domain", hex4, .max = 0xffff, PCI,
                     .flags = RV_XML_ALWAYS, .fallback = "0", .doc = "Its PCI domain."),
    RV_XML_ATTRIBUTE(RvHostAddress, pci.bus, "bus", hex2, .max = 0xff, PCI, .flags = RV_XML_ALWAYS,
                     .fallback = "0", .doc = "Its bus."),
    RV_XML_ATTRIBUTE(RvHostAddress, pci.slot, "slot", hex2, .max = 0x1f, PCI,
                     .flags = RV_XML_ALWAYS, .fallback = "0", .doc = "Its slot."),
    RV_XML_ATTRIBUTE(RvHostAddress, pci.function, "function", hex, .max = 7, PCI,
                     .flags = RV_XML_ALWAYS, .fallback = "0", .doc = "The function."),
    RV_XML_ATTRIBUTE(RvHostAddress, usb_bus, "bus", uint, USB, .flags = RV_XML_ALWAYS,
                     .fallback = "0", .doc = "Its bus."),
    RV_XML_ATTRIBUTE(RvHostAddress, usb_device, "device", uint, USB, .flags = RV_XML_ALWAYS,
                     .fallback = "0", .doc = "Its number on that bus."),
};
const RvXmlType rv_host_address_xml = {
    .doc = "A device of the host.",
    .size = sizeof(RvHostAddress),
    RV_XML_ROWS(host_address_rows),
};
