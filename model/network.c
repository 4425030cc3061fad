/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/network.h"

#include <string.h>
#include <sys/socket.h>

#include "base/error.h"
#include "model/xml-table.h"

RV_ENUM(rv_forward_mode, RvForwardMode, RV_FORWARD_LAST, "none", "nat", "route", "open", "bridge",
        "private", "vepa", "passthrough", "hostdev");

static const RvXmlNamespace dnsmasq_namespace = {
    .prefix = "dnsmasq",
    .uri = "http://libvirt.org/schemas/network/dnsmasq/1.0",
};

static const char *const mac_table_names[] = {"kernel", "libvirt", NULL};
static const char *const driver_names[] = {"kvm", "vfio", NULL};

#define OWN_BRIDGE                                                                                 \
    (RV_XML_BIT(RV_FORWARD_NONE) | RV_XML_BIT(RV_FORWARD_NAT) | RV_XML_BIT(RV_FORWARD_ROUTE) |     \
     RV_XML_BIT(RV_FORWARD_OPEN))

bool rv_network_has_own_bridge(const RvNetworkDef *def)
{
    return OWN_BRIDGE & RV_XML_BIT(def->forward.mode);
}

static bool has_no_own_bridge(const void *object)
{
    return !rv_network_has_own_bridge(object);
}

static bool is_not_hostdev(const void *object)
{
    return ((const RvForward *)object)->mode != RV_FORWARD_HOSTDEV;
}

/* ---- Forwarding ------------------------------------------------------------------------------ */

static const RvXmlRow nat_address_rows[] = {
    RV_XML_ATTRIBUTE(RvForward, nat_start, "start", string, .flags = RV_XML_REQUIRED,
                     .doc = "The first address that guests seem to have."),
    RV_XML_ATTRIBUTE(RvForward, nat_end, "end", string, .flags = RV_XML_REQUIRED,
                     .doc = "The last one."),
};
static const RvXmlType nat_address = {RV_XML_ROWS(nat_address_rows)};

#define PORT(field, name, ...)                                                                     \
    RV_XML_ATTRIBUTE(RvForward, field, name, int, .min = 0, .max = 65535, .absent = -1,            \
                     .flags = RV_XML_REQUIRED, .bad_code = RV_ERR_XML_DETAIL,                      \
                     .missing_code = RV_ERR_XML_DETAIL, .doc = __VA_ARGS__)

static const RvXmlRow nat_port_rows[] = {
    PORT(port_start, "start", "The first port they seem to use."),
    PORT(port_end, "end", "The last one."),
};
static const RvXmlType nat_port = {RV_XML_ROWS(nat_port_rows)};

static const RvXmlRow nat_rows[] = {
    RV_XML_ATTRIBUTE(RvForward, nat_ipv6, "ipv6", enum, .min = 1, .names = rv_tristate_bool_names,
                     .fallback = "no", .doc = "Whether IPv6 is translated, too."),
    RV_XML_GROUP("address", &nat_address, .flags = RV_XML_SINGLE),
    RV_XML_GROUP("port", &nat_port, .flags = RV_XML_SINGLE),
};
static const RvXmlType nat = {RV_XML_ROWS(nat_rows)};

static const RvXmlRow interface_rows[] = {
    RV_XML_ATTRIBUTE(RvForwardInterface, device, "dev", string, .flags = RV_XML_REQUIRED,
                     .doc = "Its name."),
    RV_XML_ATTRIBUTE(RvForwardInterface, connections, "connections", uint, .flags = RV_XML_LIVE,
                     .doc = "How many interfaces of guests use it."),
};
const RvXmlType rv_forward_interface_xml = {
    .doc = "A device of the host.",
    .size = sizeof(RvForwardInterface),
    RV_XML_ROWS(interface_rows),
};

static const RvXmlRow forward_rows[] = {
    RV_XML_ATTRIBUTE(RvForward, device, "dev", string,
                     .doc = "The only device of the host that packets leave by."),
    RV_XML_ATTRIBUTE(RvForward, mode, "mode", enum, .names = rv_forward_mode_names,
                     .bad_code = RV_ERR_CONFIG_UNSUPPORTED, .fallback = "nat", .doc = "How."),
    RV_XML_ATTRIBUTE(RvForward, managed, "managed", yes_no, .flags = RV_XML_ALWAYS,
                     .omit = is_not_hostdev, .fallback = "no",
                     .doc = "Whether the host lets go of the device by itself (hostdev)."),
    RV_XML_LEAF(RvForward, driver, "driver", string, .attribute = "name", .names = driver_names,
                .bad_code = RV_ERR_CONFIG_UNSUPPORTED, .doc = "What hands devices over (hostdev)."),
    RV_XML_GROUP("nat", &nat, .doc = "How addresses are translated."),
    RV_XML_LEAF(RvForward, function, "pf", string, .attribute = "dev", .flags = RV_XML_SINGLE,
                .doc = "A device of the host whose virtual functions guests get."),
    RV_XML_LIST(RvForward, interfaces, "interface", &rv_forward_interface_xml, .max = 4096),
    RV_XML_LIST(RvForward, addresses, "address", &rv_host_address_xml, .max = 4096),
};

/* dev= and the first <interface> say the same. */
static void settle_devices(RvXmlReader *reader, const RvXmlNode *node, RvForward *forward)
{
    const RvForwardInterface *first =
        forward->interfaces->len ? forward->interfaces->pdata[0] : NULL;
    if (forward->device && (forward->function || forward->addresses->len > 0))
        rv_xml_error(reader, 0, node, "dev",
                     "dev= cannot be used together with <address> or <pf>");
    else if (forward->device && first && strcmp(forward->device, first->device))
        rv_xml_error(reader, 0, node, "dev",
                     "<forward dev='%s'> must match first <interface dev='%s'/>", forward->device,
                     first->device);
    else if (forward->device && !first) {
        RvForwardInterface *only = rv_xml_new(&rv_forward_interface_xml);
        only->device = g_strdup(forward->device);
        g_ptr_array_add(forward->interfaces, only);
    } else if (first && !forward->function && !forward->device) {
        forward->device = g_strdup(first->device);
    }
}

static bool is_same_pci(const RvHostAddress *a, const RvHostAddress *b)
{
    return a->pci.domain == b->pci.domain && a->pci.bus == b->pci.bus &&
           a->pci.slot == b->pci.slot && a->pci.function == b->pci.function;
}

static void check_devices(RvXmlReader *reader, const RvXmlNode *node, const RvForward *forward)
{
    if ((forward->interfaces->len > 0) + (forward->addresses->len > 0) +
                (forward->function != NULL) >
            1 &&
        !forward->device)
        rv_xml_error(reader, 0, node, NULL, "<address>, <interface> and <pf> exclude each other");
    for (guint i = 0; i < forward->interfaces->len; i++) {
        const RvForwardInterface *a = forward->interfaces->pdata[i];
        for (guint j = 0; j < i; j++) {
            const RvForwardInterface *b = forward->interfaces->pdata[j];
            if (!g_strcmp0(a->device, b->device))
                rv_xml_error(reader, 0, rv_xml_node_child(node, "interface", i), "dev",
                             "interface '%s' can only be listed once", a->device);
        }
    }
    for (guint i = 0; i < forward->addresses->len; i++) {
        const RvHostAddress *a = forward->addresses->pdata[i];
        if (a->type != RV_HOST_ADDRESS_PCI)
            rv_xml_error(reader, 0, rv_xml_node_child(node, "address", i), "type",
                         "unsupported address type");
        for (guint j = 0; j < i; j++)
            if (is_same_pci(a, forward->addresses->pdata[j]))
                rv_xml_error(reader, 0, rv_xml_node_child(node, "address", i), NULL,
                             "a PCI device can only be listed once");
    }
}

static void check_nat(RvXmlReader *reader, const RvXmlNode *node, RvForward *forward)
{
    const RvXmlNode *at = rv_xml_node_child(node, "nat", 0);
    RvIpAddress start, end;
    if (at != node && forward->mode != RV_FORWARD_NAT)
        rv_xml_error(reader, 0, at, NULL, "<nat> is for mode nat only");
    if (forward->port_end < forward->port_start)
        rv_xml_error(reader, RV_ERR_XML_DETAIL, rv_xml_node_child(at, "port", 0), "end",
                     "the last port is before the first one");
    if (!forward->nat_start || !forward->nat_end)
        return;
    at = rv_xml_node_child(at, "address", 0);
    if (!rv_ip_address_parse(forward->nat_start, &start) || start.family != AF_INET)
        rv_xml_error(reader, 0, at, "start", "Bad ipv4 start address '%s'", forward->nat_start);
    else if (!rv_ip_address_parse(forward->nat_end, &end) || end.family != AF_INET)
        rv_xml_error(reader, 0, at, "end", "Bad ipv4 end address '%s'", forward->nat_end);
    else if (rv_ip_address_compare(&start, &end) > 0)
        rv_xml_error(reader, RV_ERR_INTERNAL, at, "end",
                     "the last address is before the first one");
}

static void check_forward(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    RvForward *forward = object;
    if (!rv_xml_node_attribute(node, "mode"))
        forward->mode = RV_FORWARD_NAT;
    settle_devices(reader, node, forward);
    check_devices(reader, node, forward);
    check_nat(reader, node, forward);
}

static const RvXmlType forward_xml = {
    .doc = "How guests reach the world.",
    .size = sizeof(RvForward),
    RV_XML_ROWS(forward_rows),
    .check = check_forward,
};

/* ---- The bridge ------------------------------------------------------------------------------ */

static const RvXmlRow bridge_rows[] = {
    RV_XML_ATTRIBUTE(RvNetworkDef, bridge, "name", string, .max = 15,
                     .fallback = "virbr and a number", .doc = "Its name."),
    RV_XML_ATTRIBUTE(RvNetworkDef, zone, "zone", string, .doc = "Its zone of firewalld."),
    RV_XML_ATTRIBUTE(RvNetworkDef, stp, "stp", enum, .names = rv_tristate_switch_names, .min = 1,
                     .fallback = "on", .doc = "Whether it takes part in the spanning tree."),
    RV_XML_ATTRIBUTE(RvNetworkDef, delay, "delay", uint64, .flags = RV_XML_ALWAYS,
                     .omit = has_no_own_bridge, .fallback = "0",
                     .doc = "Seconds until a new port forwards packets."),
    RV_XML_ATTRIBUTE(RvNetworkDef, mac_table_manager, "macTableManager", string,
                     .names = mac_table_names, .fallback = "kernel",
                     .doc = "Who keeps its table of addresses."),
};
static const RvXmlType bridge = {RV_XML_ROWS(bridge_rows)};

static const RvXmlRow mac_rows[] = {
    RV_XML_ATTRIBUTE(RvNetworkDef, mac, "address", mac, .fallback = "52:54:00 and three random bytes",
                     .doc = "The bridge's hardware address."),
};
static const RvXmlType mac = {RV_XML_ROWS(mac_rows)};

static const RvXmlRow domain_rows[] = {
    RV_XML_ATTRIBUTE(RvNetworkDef, domain, "name", string, .doc = "The domain of guests' names."),
    RV_XML_ATTRIBUTE(RvNetworkDef, domain_local_only, "localOnly", enum, .min = 1,
                     .names = rv_tristate_bool_names, .fallback = "no",
                     .doc = "Whether its names are answered here only."),
};
static const RvXmlType domain = {RV_XML_ROWS(domain_rows)};

/* ---- Groups of ports ------------------------------------------------------------------------- */

static const RvXmlRow bandwidth_rows[] = {
    RV_XML_EMBED(RvNetworkDef, inbound, "inbound", &rv_bandwidth_xml, .doc = "To guests."),
    RV_XML_EMBED(RvNetworkDef, outbound, "outbound", &rv_bandwidth_xml, .doc = "From guests."),
};
static const RvXmlType bandwidth = {RV_XML_ROWS(bandwidth_rows)};

static const RvXmlRow group_bandwidth_rows[] = {
    RV_XML_EMBED(RvPortGroup, inbound, "inbound", &rv_bandwidth_xml, .doc = "To a guest."),
    RV_XML_EMBED(RvPortGroup, outbound, "outbound", &rv_bandwidth_xml, .doc = "From a guest."),
};
static const RvXmlType group_bandwidth = {RV_XML_ROWS(group_bandwidth_rows)};

static bool is_not_default(const void *object)
{
    return !((const RvPortGroup *)object)->is_default;
}

static const RvXmlRow port_group_rows[] = {
    RV_XML_ATTRIBUTE(RvPortGroup, name, "name", string, .flags = RV_XML_REQUIRED, .doc = "Its name."),
    RV_XML_ATTRIBUTE(RvPortGroup, is_default, "default", yes_no, .omit = is_not_default,
                     .fallback = "no", .doc = "Whether it is for interfaces that name none."),
    RV_XML_ATTRIBUTE(RvPortGroup, trust_rx_filters, "trustGuestRxFilters", enum, .min = 1,
                     .names = rv_tristate_bool_names,
                     .doc = "Whether guests may change the addresses they receive."),
    RV_XML_CHILD(RvPortGroup, vlan, "vlan", &rv_vlan_xml),
    RV_XML_CHILD(RvPortGroup, virtual_port, "virtualport", &rv_virtual_port_xml),
    RV_XML_GROUP("bandwidth", &group_bandwidth, .doc = "Limits of each port."),
};

static void check_port_group(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    const RvPortGroup *group = object;
    rv_bandwidth_check(reader, rv_xml_node_child(node, "bandwidth", 0), &group->inbound,
                       &group->outbound, true);
}

const RvXmlType rv_port_group_xml = {
    .doc = "What ports have in common.",
    .size = sizeof(RvPortGroup),
    RV_XML_ROWS(port_group_rows),
    .check = check_port_group,
};

const RvPortGroup *rv_network_port_group(const RvNetworkDef *def, const char *name)
{
    for (guint i = 0; i < def->port_groups->len; i++) {
        const RvPortGroup *group = def->port_groups->pdata[i];
        if (name ? g_str_equal(group->name, name) : group->is_default)
            return group;
    }
    return NULL;
}

/* ---- Options of dnsmasq ---------------------------------------------------------------------- */

static const RvXmlRow option_rows[] = {
    RV_XML_ATTRIBUTE(RvDnsmasqOption, value, "value", string, .flags = RV_XML_REQUIRED,
                     .doc = "A line of dnsmasq's configuration."),
};
static const RvXmlType option = {
    .doc = "An option.",
    .size = sizeof(RvDnsmasqOption),
    RV_XML_ROWS(option_rows),
};

static const RvXmlRow options_rows[] = {
    RV_XML_LIST_OF(&dnsmasq_namespace, RvDnsmasqOptions, options, "option", &option, .max = 4096),
};
static const RvXmlType options = {
    .doc = "Options of the name server, as they are.",
    .size = sizeof(RvDnsmasqOptions),
    RV_XML_ROWS(options_rows),
};

/* ---- The network ----------------------------------------------------------------------------- */

static const RvXmlRow network_rows[] = {
    RV_XML_ATTRIBUTE(RvNetworkDef, connections, "connections", uint, .flags = RV_XML_LIVE,
                     .doc = "How many interfaces of guests are connected."),
    RV_XML_ATTRIBUTE(RvNetworkDef, ipv6, "ipv6", yes_no, .fallback = "no",
                     .doc = "Whether guests may use IPv6 among themselves without an address of "
                            "the host."),
    RV_XML_ATTRIBUTE(RvNetworkDef, trust_rx_filters, "trustGuestRxFilters", enum, .min = 1,
                     .names = rv_tristate_bool_names,
                     .doc = "Whether guests may change the addresses they receive."),
    RV_XML_LEAF(RvNetworkDef, identity.name, "name", string, .flags = RV_XML_REQUIRED,
                .missing_code = RV_ERR_NO_NAME, .doc = "Its name."),
    RV_XML_LEAF(RvNetworkDef, identity.uuid, "uuid", uuid, .bad_code = RV_ERR_INTERNAL,
                .fallback = "a random one", .doc = "Its identity."),
    RV_XML_RAW(RvNetworkDef, metadata, "metadata",
               .doc = "Whatever applications keep with the network, in their own namespaces."),
    RV_XML_EMBED(RvNetworkDef, forward, "forward", &forward_xml),
    RV_XML_GROUP("bridge", &bridge, .doc = "The bridge that guests are connected to."),
    RV_XML_LEAF(RvNetworkDef, mtu, "mtu", uint, .attribute = "size",
                .doc = "The largest packet, in bytes."),
    RV_XML_GROUP("mac", &mac),
    RV_XML_GROUP("domain", &domain),
    RV_XML_EMBED(RvNetworkDef, dns, "dns", &rv_dns_xml),
    RV_XML_CHILD(RvNetworkDef, vlan, "vlan", &rv_vlan_xml),
    RV_XML_GROUP("bandwidth", &bandwidth, .doc = "Limits of all guests together."),
    RV_XML_LEAF(RvNetworkDef, isolated, "port", enum, .attribute = "isolated", .min = 1,
                .names = rv_tristate_bool_names, .doc = "Whether guests do not see each other."),
    RV_XML_LIST(RvNetworkDef, ips, "ip", &rv_network_ip_xml, .max = 256),
    RV_XML_LIST(RvNetworkDef, routes, "route", &rv_route_xml, .max = 4096),
    RV_XML_CHILD(RvNetworkDef, virtual_port, "virtualport", &rv_virtual_port_xml),
    RV_XML_LIST(RvNetworkDef, port_groups, "portgroup", &rv_port_group_xml, .max = 4096),
    RV_XML_CHILD_OF(&dnsmasq_namespace, RvNetworkDef, options, "options", &options),
};

static void check_routes(RvXmlReader *reader, const RvXmlNode *node, const RvNetworkDef *def)
{
    for (guint i = 0; i < def->routes->len; i++) {
        const RvRoute *route = def->routes->pdata[i];
        RvIpAddress gateway;
        bool reachable = false, ok = rv_ip_address_parse(route->gateway, &gateway);
        for (guint j = 0; ok && j < def->ips->len; j++) {
            const RvNetworkIp *ip = def->ips->pdata[j];
            RvIpAddress address = rv_network_ip_address(ip);
            reachable |= rv_ip_address_is_in(&gateway, &address, rv_network_ip_prefix(ip));
        }
        if (!reachable)
            rv_xml_error(reader, RV_ERR_CONFIG_UNSUPPORTED, rv_xml_node_child(node, "route", i),
                         "gateway",
                         "unreachable static route gateway '%s' specified for network '%s'",
                         route->gateway, def->identity.name);
    }
}

/* What a mode cannot have. */
static void check_mode(RvXmlReader *reader, const RvXmlNode *node, const RvNetworkDef *def)
{
    const RvForward *forward = &def->forward;
    const char *mode = rv_forward_mode_to_string(forward->mode);
    const RvXmlNode *at = rv_xml_node_child(node, "forward", 0);
    const RvXmlNode *place = rv_xml_node_child(node, "bridge", 0);
    bool own = rv_network_has_own_bridge(def);
    if (own && forward->mode != RV_FORWARD_NONE && def->ips->len == 0)
        rv_xml_error(reader, 0, at, "mode",
                     "%s forwarding requested, but no IP address provided for network '%s'", mode,
                     def->identity.name);
    if (own && forward->interfaces->len > (forward->mode == RV_FORWARD_OPEN ? 0 : 1) &&
        forward->mode != RV_FORWARD_NONE)
        rv_xml_error(reader, 0, at, NULL,
                     forward->mode == RV_FORWARD_OPEN
                         ? "forward dev not allowed for network '%s' with forward mode='open'"
                         : "multiple forwarding interfaces specified for network '%s', only one is "
                           "supported",
                     def->identity.name);
    if (!own && (def->delay || rv_xml_node_attribute(place, "stp") || def->zone))
        rv_xml_error(reader, 0, place, NULL,
                     "bridge delay/stp/zone options only allowed in route, nat, and isolated mode, "
                     "not in %s", mode);
    if (!own && def->mtu)
        rv_xml_error(reader, 0, rv_xml_node_child(node, "mtu", 0), NULL,
                     "mtu size only allowed in open, route, nat, and isolated mode, not in %s",
                     mode);
    if (!own && forward->mode != RV_FORWARD_BRIDGE && (def->bridge || def->mac_table_manager))
        rv_xml_error(reader, 0, place, NULL, "a bridge is not allowed in %s mode", mode);
    if (forward->mode == RV_FORWARD_BRIDGE && def->bridge &&
        (forward->interfaces->len > 0 || forward->function))
        rv_xml_error(reader, 0, place, "name",
                     "mode '%s' has a bridge name or a forward dev, but not both", mode);
}

static void check_network(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    RvNetworkDef *def = object;
    if (def->identity.name && strpbrk(def->identity.name, "/\n"))
        rv_xml_error(reader, RV_ERR_XML_DETAIL, rv_xml_node_child(node, "name", 0), NULL,
                     "invalid char in name: /");
    if (def->mac.bytes[0] & 1)
        rv_xml_error(reader, 0, rv_xml_node_child(node, "mac", 0), "address",
                     "this is the address of a group, not of one interface");
    rv_bandwidth_check(reader, rv_xml_node_child(node, "bandwidth", 0), &def->inbound,
                       &def->outbound, true);
    if (def->virtual_port)
        rv_virtual_port_check(reader, rv_xml_node_child(node, "virtualport", 0), def->virtual_port);
    check_routes(reader, node, def);
    check_mode(reader, node, def);
    rv_network_check(reader, node, def);
    if (rv_network_has_own_bridge(def) && def->stp == RV_TRISTATE_ABSENT)
        def->stp = RV_TRISTATE_ON;
    else if (!rv_network_has_own_bridge(def))
        def->stp = RV_TRISTATE_ABSENT;
}

const RvXmlType rv_network_xml = {
    .doc = "A virtual network.",
    .size = sizeof(RvNetworkDef),
    RV_XML_ROWS(network_rows),
    .check = check_network,
};
