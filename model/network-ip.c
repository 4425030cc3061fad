/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/network-ip.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/error.h"
#include "model/xml-table.h"

RV_ENUM(rv_lease_unit, RvLeaseUnit, RV_LEASE_UNIT_LAST, "seconds", "minutes", "hours");

/* The shortest lease that dnsmasq gives. */
enum { MIN_LEASE_S = 120 };
/* As many as a range may hold in libvirt. */
#define MAX_RANGE 65535

/* ---- Leases ---------------------------------------------------------------------------------- */

static bool never_expires(const void *object)
{
    return ((const RvLeaseTime *)object)->expiry == 0;
}

static const RvXmlRow lease_rows[] = {
    RV_XML_ATTRIBUTE(RvLeaseTime, expiry, "expiry", uint64, .flags = RV_XML_REQUIRED | RV_XML_ALWAYS,
                     .doc = "How long an address is lent; 0: for ever."),
    RV_XML_ATTRIBUTE(RvLeaseTime, unit, "unit", enum, .names = rv_lease_unit_names,
                     .absent = RV_LEASE_MINUTES, .flags = RV_XML_ALWAYS, .omit = never_expires, .fallback = "minutes",
                     .doc = "The unit of that."),
};

static void check_lease(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    static const unsigned seconds[] = {1, 60, 3600};
    const RvLeaseTime *lease = object;
    if (lease->expiry > 0 && lease->expiry < MIN_LEASE_S &&
        lease->expiry * seconds[lease->unit] < MIN_LEASE_S)
        rv_xml_error(reader, RV_ERR_CONFIG_UNSUPPORTED, node, "expiry",
                     "The minimum lease time should be greater than 2 minutes");
}

static const RvXmlType lease = {
    .doc = "How long an address is lent.",
    .size = sizeof(RvLeaseTime),
    RV_XML_ROWS(lease_rows),
    .check = check_lease,
};

/* ---- What DHCP gives ------------------------------------------------------------------------- */

static const RvXmlRow range_rows[] = {
    RV_XML_ATTRIBUTE(RvDhcpRange, start, "start", string, .flags = RV_XML_REQUIRED,
                     .doc = "The first address."),
    RV_XML_ATTRIBUTE(RvDhcpRange, end, "end", string, .flags = RV_XML_REQUIRED,
                     .doc = "The last one."),
    RV_XML_CHILD(RvDhcpRange, lease, "lease", &lease),
};

/* Writes an address in its usual form. */
static bool read_address(RvXmlReader *reader, const RvXmlNode *node, const char *attribute,
                         int code, char **text, RvIpAddress *ret)
{
    if (!*text)
        return false;
    if (!rv_ip_address_parse(*text, ret)) {
        rv_xml_error(reader, code, node, attribute, "'%s' is not an address", *text);
        return false;
    }
    g_free(*text);
    *text = rv_ip_address_format(ret);
    return true;
}

static void check_range(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    RvDhcpRange *range = object;
    RvIpAddress start, end;
    if (!read_address(reader, node, "start", 0, &range->start, &start) ||
        !read_address(reader, node, "end", 0, &range->end, &end))
        return;
    if (start.family != end.family || rv_ip_address_compare(&start, &end) > 0)
        rv_xml_error(reader, RV_ERR_INTERNAL, node, "end", "start of range %s is behind its end %s",
                     range->start, range->end);
}

const RvXmlType rv_dhcp_range_xml = {
    .doc = "Addresses that are lent to guests.",
    .size = sizeof(RvDhcpRange),
    RV_XML_ROWS(range_rows),
    .check = check_range,
};

static const RvXmlRow host_rows[] = {
    RV_XML_ATTRIBUTE(RvDhcpHost, mac, "mac", string, .doc = "The guest's hardware address."),
    RV_XML_ATTRIBUTE(RvDhcpHost, id, "id", string, .doc = "Its DUID (IPv6)."),
    RV_XML_ATTRIBUTE(RvDhcpHost, name, "name", string, .doc = "Its name."),
    RV_XML_ATTRIBUTE(RvDhcpHost, ip, "ip", string, .doc = "The address that it always gets."),
    RV_XML_CHILD(RvDhcpHost, lease, "lease", &lease),
};

static bool is_unicast_mac(const char *text)
{
    unsigned bytes[6];
    char rest;
    return sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%c", &bytes[0], &bytes[1], &bytes[2], &bytes[3],
                  &bytes[4], &bytes[5], &rest) == 6 &&
           !(bytes[0] & 1);
}

static void check_host(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    RvDhcpHost *host = object;
    RvIpAddress address;
    if (host->mac && !is_unicast_mac(host->mac))
        rv_xml_error(reader, 0, node, "mac", "'%s' is not the address of one interface", host->mac);
    if (host->id && host->id[strspn(host->id, "0123456789abcdefABCDEF:")])
        rv_xml_error(reader, 0, node, "id", "an id has hexadecimal digits and colons only");
    if (host->name && !g_ascii_isalnum(host->name[0]))
        rv_xml_error(reader, 0, node, "name", "Cannot use host name '%s'", host->name);
    read_address(reader, node, "ip", 0, &host->ip, &address);
}

const RvXmlType rv_dhcp_host_xml = {
    .doc = "A guest that always gets the same address.",
    .size = sizeof(RvDhcpHost),
    RV_XML_ROWS(host_rows),
    .check = check_host,
};

static const RvXmlRow bootp_rows[] = {
    RV_XML_ATTRIBUTE(RvNetworkIp, boot_file, "file", string, .doc = "What guests boot from the net."),
    RV_XML_ATTRIBUTE(RvNetworkIp, boot_server, "server", string, .doc = "Where that is, if not here."),
};
static const RvXmlType bootp = {RV_XML_ROWS(bootp_rows)};

static const RvXmlRow dhcp_rows[] = {
    RV_XML_LIST(RvNetworkIp, ranges, "range", &rv_dhcp_range_xml, .max = 4096),
    RV_XML_LIST(RvNetworkIp, hosts, "host", &rv_dhcp_host_xml, .max = 65536),
    RV_XML_GROUP("bootp", &bootp),
};
static const RvXmlType dhcp = {RV_XML_ROWS(dhcp_rows)};

static const RvXmlRow tftp_rows[] = {
    RV_XML_ATTRIBUTE(RvNetworkIp, tftp_root, "root", string,
                     .doc = "Absolute path of the folder that is served by TFTP."),
};
static const RvXmlType tftp = {RV_XML_ROWS(tftp_rows)};

/* ---- The address ----------------------------------------------------------------------------- */

static const char *const family_names[] = {"ipv4", "ipv6", NULL};

static const RvXmlRow ip_rows[] = {
    RV_XML_ATTRIBUTE(RvNetworkIp, family, "family", string, .names = family_names,
                     .fallback = "ipv4", .doc = "Of which protocol it is."),
    RV_XML_ATTRIBUTE(RvNetworkIp, address, "address", string, .flags = RV_XML_REQUIRED,
                     .doc = "The host's address on the network."),
    RV_XML_ATTRIBUTE(RvNetworkIp, netmask, "netmask", string, .doc = "Its mask (IPv4)."),
    RV_XML_ATTRIBUTE(RvNetworkIp, prefix, "prefix", uint, .doc = "Its prefix, instead of a mask."),
    RV_XML_ATTRIBUTE(RvNetworkIp, local_ptr, "localPtr", enum, .min = 1,
                     .names = rv_tristate_bool_names,
                     .doc = "Whether names of its addresses are answered here only."),
    RV_XML_GROUP("tftp", &tftp),
    RV_XML_GROUP("dhcp", &dhcp, .doc = "What guests are given."),
};

static void check_mask(RvXmlReader *reader, const RvXmlNode *node, RvNetworkIp *ip,
                       const RvIpAddress *address)
{
    const int code = RV_ERR_CONFIG_UNSUPPORTED;
    RvIpAddress mask;
    unsigned prefix;
    if (ip->netmask && address->family == AF_INET6)
        rv_xml_error(reader, code, node, "netmask", "netmask not allowed for IPv6 address '%s'",
                     ip->address);
    else if (ip->netmask && ip->prefix > 0)
        rv_xml_error(reader, code, node, "prefix",
                     "an address cannot have both a prefix and a netmask");
    else if (read_address(reader, node, "netmask", 0, &ip->netmask, &mask) &&
             (mask.family != AF_INET || !rv_ip_address_mask_to_prefix(&mask, &prefix)))
        rv_xml_error(reader, code, node, "netmask", "'%s' is not the mask of a network",
                     ip->netmask);
    if (ip->prefix > rv_ip_address_bits(address))
        rv_xml_error(reader, code, node, "prefix", "Invalid IPv%c prefix '%u'",
                     address->family == AF_INET6 ? '6' : '4', ip->prefix);
}

static uint32_t last_word(const RvIpAddress *address)
{
    const unsigned char *at = address->bytes + rv_ip_address_bits(address) / 8 - 4;
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static bool is_too_long(const RvIpAddress *start, const RvIpAddress *end)
{
    return memcmp(start->bytes, end->bytes, rv_ip_address_bits(start) / 8 - 4) != 0 ||
           last_word(end) - last_word(start) > MAX_RANGE;
}

/* libvirt's rules for a range: in the network, neither its own nor its last address, not too long. */
static void check_ranges(RvXmlReader *reader, const RvXmlNode *node, const RvNetworkIp *ip,
                         const RvIpAddress *address)
{
    const RvXmlNode *place = rv_xml_node_child(node, "dhcp", 0);
    unsigned prefix = rv_network_ip_prefix(ip);
    RvIpAddress network = rv_ip_address_first(address, prefix),
                last = rv_ip_address_last(address, prefix);
    for (guint i = 0; i < ip->ranges->len; i++) {
        const RvDhcpRange *range = ip->ranges->pdata[i];
        RvIpAddress start, end;
        if (!rv_ip_address_parse(range->start, &start) || !rv_ip_address_parse(range->end, &end))
            continue;
        const RvXmlNode *at = rv_xml_node_child(place, "range", i);
        if (!rv_ip_address_is_in(&start, address, prefix) ||
            !rv_ip_address_is_in(&end, address, prefix))
            rv_xml_error(reader, RV_ERR_INTERNAL, at, NULL,
                         "range %s - %s is not entirely within network %s/%u", range->start,
                         range->end, ip->address, prefix);
        else if (address->family == AF_INET && prefix < 31 &&
                 (!rv_ip_address_compare(&start, &network) || !rv_ip_address_compare(&end, &last)))
            rv_xml_error(reader, RV_ERR_INTERNAL, at, NULL,
                         "range %s - %s has the address of the network or of all of it",
                         range->start, range->end);
        else if (is_too_long(&start, &end))
            rv_xml_error(reader, RV_ERR_INTERNAL, at, NULL,
                         "range %s - %s has more than %u addresses", range->start, range->end,
                         MAX_RANGE);
    }
}

static void check_hosts(RvXmlReader *reader, const RvXmlNode *node, const RvNetworkIp *ip, bool v6)
{
    const RvXmlNode *place = rv_xml_node_child(node, "dhcp", 0);
    for (guint i = 0; i < ip->hosts->len; i++) {
        const RvDhcpHost *host = ip->hosts->pdata[i];
        const RvXmlNode *at = rv_xml_node_child(place, "host", i);
        if (v6 && host->mac)
            rv_xml_error(reader, 0, at, "mac", "a host of IPv6 is known by id= or name=");
        if (v6 && !host->id && !host->name)
            rv_xml_error(reader, 0, at, NULL, "a host of IPv6 must have id= or name=");
        if (!v6 && !host->mac && !host->name)
            rv_xml_error(reader, 0, at, NULL, "a host must have mac= or name=");
        if (!host->ip)
            rv_xml_error(reader, 0, at, NULL, "attribute 'ip' is missing");
    }
}

static void check_ip(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    RvNetworkIp *ip = object;
    RvIpAddress address, server;
    if (!read_address(reader, node, "address", 0, &ip->address, &address))
        return;
    bool v6 = address.family == AF_INET6;
    if (v6 != !g_strcmp0(ip->family, "ipv6"))
        rv_xml_error(reader, RV_ERR_CONFIG_UNSUPPORTED, node, "family",
                     "family '%s' does not fit address '%s'", ip->family ? ip->family : "ipv4",
                     ip->address);
    check_mask(reader, node, ip, &address);
    check_ranges(reader, node, ip, &address);
    check_hosts(reader, node, ip, v6);
    if (v6 && rv_xml_node_child(node, "tftp", 0) != node)
        rv_xml_error(reader, RV_ERR_CONFIG_UNSUPPORTED, rv_xml_node_child(node, "tftp", 0), NULL,
                     "there is no TFTP for IPv6");
    read_address(reader, node, NULL, 0, &ip->boot_server, &server);
}

const RvXmlType rv_network_ip_xml = {
    .doc = "An address of the host on the network.",
    .size = sizeof(RvNetworkIp),
    RV_XML_ROWS(ip_rows),
    .check = check_ip,
};

RvIpAddress rv_network_ip_address(const RvNetworkIp *ip)
{
    RvIpAddress address;
    bool ok = rv_ip_address_parse(ip->address, &address);
    g_assert(ok);
    return address;
}

unsigned rv_network_ip_prefix(const RvNetworkIp *ip)
{
    RvIpAddress address = rv_network_ip_address(ip), mask;
    unsigned prefix;
    if (ip->prefix > 0)
        return ip->prefix;
    if (ip->netmask && rv_ip_address_parse(ip->netmask, &mask) &&
        rv_ip_address_mask_to_prefix(&mask, &prefix))
        return prefix;
    return rv_ip_address_natural_prefix(&address);
}

bool rv_network_ip_has_dhcp(const RvNetworkIp *ip)
{
    return ip->ranges->len > 0 || ip->hosts->len > 0;
}
