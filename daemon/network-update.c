/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/network-update.h"

#include <string.h>

#include "base/error.h"
#include "model/xml-table.h"

/* ---- Which entries are meant ----------------------------------------------------------------- */

/* How near an entry must be to be the one: to be deleted, all that is said must be so; to be changed
 * or in the way of a new one, what names it. */
typedef bool (*Match)(const void *entry, const void *wanted, bool all);

static bool same(const char *a, const char *b)
{
    return a && b && !g_ascii_strcasecmp(a, b);
}

static bool fits(const char *entry, const char *wanted)
{
    return !wanted || same(entry, wanted);
}

static bool match_dhcp_host(const void *entry, const void *wanted, bool all)
{
    const RvDhcpHost *a = entry, *b = wanted;
    if (all)
        return fits(a->mac, b->mac) && fits(a->id, b->id) && fits(a->name, b->name) &&
               fits(a->ip, b->ip);
    return same(a->mac, b->mac) || same(a->id, b->id) || same(a->ip, b->ip) ||
           (same(a->name, b->name) && !b->mac);
}

static bool match_range(const void *entry, const void *wanted, bool all)
{
    const RvDhcpRange *a = entry, *b = wanted;
    return same(a->start, b->start) && same(a->end, b->end);
}

static bool match_interface(const void *entry, const void *wanted, bool all)
{
    return !g_strcmp0(((const RvForwardInterface *)entry)->device,
                      ((const RvForwardInterface *)wanted)->device);
}

static bool match_port_group(const void *entry, const void *wanted, bool all)
{
    return !g_strcmp0(((const RvPortGroup *)entry)->name, ((const RvPortGroup *)wanted)->name);
}

static bool has_name(const RvDnsHost *host, const char *name)
{
    for (guint i = 0; i < host->names->len; i++)
        if (same(g_array_index(host->names, char *, i), name))
            return true;
    return false;
}

static bool match_dns_host(const void *entry, const void *wanted, bool all)
{
    const RvDnsHost *a = entry, *b = wanted;
    unsigned n = 0;
    for (guint i = 0; i < b->names->len; i++)
        n += has_name(a, g_array_index(b->names, char *, i));
    return all ? fits(a->ip, b->ip) && n == b->names->len : same(a->ip, b->ip) || n > 0;
}

static bool match_text(const void *entry, const void *wanted, bool all)
{
    return !g_strcmp0(((const RvDnsText *)entry)->name, ((const RvDnsText *)wanted)->name);
}

static bool match_service(const void *entry, const void *wanted, bool all)
{
    const RvDnsService *a = entry, *b = wanted;
    bool near = same(a->service, b->service) && same(a->protocol, b->protocol);
    return all ? near && fits(a->domain, b->domain) && fits(a->target, b->target)
               : near && !g_strcmp0(a->domain, b->domain) && !g_strcmp0(a->target, b->target);
}

/* ---- Where they are -------------------------------------------------------------------------- */

typedef GPtrArray **(*Place)(RvNetworkDef *def, RvNetworkIp *ip);

static GPtrArray **dhcp_hosts(RvNetworkDef *def, RvNetworkIp *ip)
{
    return &ip->hosts;
}

static GPtrArray **dhcp_ranges(RvNetworkDef *def, RvNetworkIp *ip)
{
    return &ip->ranges;
}

static GPtrArray **forward_interfaces(RvNetworkDef *def, RvNetworkIp *ip)
{
    return &def->forward.interfaces;
}

static GPtrArray **port_groups(RvNetworkDef *def, RvNetworkIp *ip)
{
    return &def->port_groups;
}

static GPtrArray **dns_hosts(RvNetworkDef *def, RvNetworkIp *ip)
{
    return &def->dns.hosts;
}

static GPtrArray **dns_texts(RvNetworkDef *def, RvNetworkIp *ip)
{
    return &def->dns.texts;
}

static GPtrArray **dns_services(RvNetworkDef *def, RvNetworkIp *ip)
{
    return &def->dns.services;
}

typedef struct {
    const char *words, *element;
    const RvXmlType *type;
    Place place;
    Match match;
    bool of_ip, may_modify;
} Section;

/* By libvirt's numbers. A section without a place cannot be updated: it is defined anew. */
static const Section sections[] = {
    [1] = {.words = "bridge"},
    [2] = {.words = "domain"},
    [3] = {.words = "ip"},
    [4] = {"dhcp host", "host", &rv_dhcp_host_xml, dhcp_hosts, match_dhcp_host, true, true},
    [5] = {"dhcp range", "range", &rv_dhcp_range_xml, dhcp_ranges, match_range, true, false},
    [6] = {.words = "forward"},
    [7] = {"forward interface", "interface", &rv_forward_interface_xml, forward_interfaces,
           match_interface, false, false},
    [8] = {.words = "forward pf"},
    [9] = {"portgroup", "portgroup", &rv_port_group_xml, port_groups, match_port_group, false, true},
    [10] = {"dns host", "host", &rv_dns_host_xml, dns_hosts, match_dns_host, false, false},
    [11] = {"dns txt", "txt", &rv_dns_text_xml, dns_texts, match_text, false, false},
    [12] = {"dns srv", "srv", &rv_dns_service_xml, dns_services, match_service, false, false},
};

/* That which the address of the entry is in; else the one that has DHCP, of the same family. */
static RvNetworkIp *choose_ip(RvNetworkDef *def, const char *address)
{
    RvIpAddress wanted;
    RvNetworkIp *found = NULL;
    bool known = address && rv_ip_address_parse(address, &wanted);
    for (guint i = 0; i < def->ips->len; i++) {
        RvNetworkIp *ip = def->ips->pdata[i];
        RvIpAddress own = rv_network_ip_address(ip);
        if (known && rv_ip_address_is_in(&wanted, &own, rv_network_ip_prefix(ip)))
            return ip;
        bool fits_family = !known || own.family == wanted.family;
        if (fits_family &&
            (!found || (rv_network_ip_has_dhcp(ip) && !rv_network_ip_has_dhcp(found))))
            found = ip;
    }
    return found;
}

static RvNetworkIp *find_ip(RvNetworkDef *def, int parent, const Section *section,
                            const void *wanted, GError **error)
{
    const char *address = section->place == dhcp_hosts ? ((const RvDhcpHost *)wanted)->ip
                                                       : ((const RvDhcpRange *)wanted)->start;
    RvNetworkIp *ip = NULL;
    if (parent < 0)
        ip = choose_ip(def, address);
    else if ((guint)parent < def->ips->len)
        ip = def->ips->pdata[parent];
    if (!ip)
        rv_error_set(error, RV_ERR_OPERATION_INVALID,
                     "couldn't update %s entry - no <ip> element found at index %d in network '%s'",
                     section->words, parent, def->identity.name);
    return ip;
}

/* ---- The change ------------------------------------------------------------------------------ */

static const Section *find_section(const RvNetworkDef *def, const RvNetworkUpdate *update,
                                   GError **error)
{
    const Section *section =
        update->section < G_N_ELEMENTS(sections) ? &sections[update->section] : NULL;
    if (!section || !section->words) {
        rv_error_set(error, RV_ERR_INVALID_ARG, "unknown section %u of a network", update->section);
    } else if (!section->place) {
        rv_error_set(error, RV_ERR_NO_SUPPORT, "can't update '%s' section of network '%s'",
                     section->words, def->identity.name);
    } else if (update->command < RV_UPDATE_MODIFY || update->command > RV_UPDATE_ADD_FIRST) {
        rv_error_set(error, RV_ERR_NO_SUPPORT, "unrecognized network update command code %u",
                     update->command);
    } else if (update->command == RV_UPDATE_MODIFY && !section->may_modify) {
        rv_error_set(error, RV_ERR_OPERATION_INVALID,
                     "%s entries cannot be modified, only added or deleted", section->words);
    } else {
        return section;
    }
    return NULL;
}

static int find_entry(const GPtrArray *list, const Section *section, const void *wanted, bool all)
{
    for (guint i = 0; i < list->len; i++) {
        if (section->match(list->pdata[i], wanted, all))
            return (int)i;
    }
    return -1;
}

static bool refuse(const RvNetworkDef *def, const Section *section, bool found, GError **error)
{
    rv_error_set(error, RV_ERR_OPERATION_INVALID,
                 found ? "there is an existing %s entry in network '%s' that matches"
                       : "couldn't locate a matching %s entry in network '%s'",
                 section->words, def->identity.name);
    return false;
}

/* `list` owns its entries; takes `entry` over when that was done. */
static bool apply(RvNetworkDef *def, const Section *section, unsigned command, GPtrArray *list,
                  void *entry, GError **error)
{
    bool deletes = command == RV_UPDATE_DELETE;
    int at = find_entry(list, section, entry, deletes);
    if (at < 0 ? deletes || command == RV_UPDATE_MODIFY
               : command == RV_UPDATE_ADD_LAST || command == RV_UPDATE_ADD_FIRST)
        return refuse(def, section, at >= 0, error);
    if (at >= 0)
        rv_xml_free(section->type, g_ptr_array_steal_index(list, (guint)at));
    if (deletes)
        rv_xml_free(section->type, entry);
    else
        g_ptr_array_insert(list, command == RV_UPDATE_ADD_FIRST ? 0 : at, entry);
    return true;
}

bool rv_network_update(RvNetworkDef *def, const RvNetworkUpdate *update, GError **error)
{
    const Section *section = find_section(def, update, error);
    if (!section)
        return false;
    void *entry = rv_xml_parse(section->type, section->element, update->xml, strlen(update->xml), 0,
                               NULL, error);
    if (!entry)
        return false;
    RvNetworkIp *ip = NULL;
    if ((!section->of_ip || (ip = find_ip(def, update->parent, section, entry, error))) &&
        apply(def, section, update->command, *section->place(def, ip), entry, error))
        return true;
    rv_xml_free(section->type, entry);
    return false;
}
