/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What more than one part of a network decides: the rules that libvirt's driver of networks has
 * beyond its reader. */

#include "base/error.h"
#include "model/network.h"
#include "model/xml-table.h"

#include <string.h>
#include <sys/socket.h>

typedef struct {
    RvXmlReader *reader;
    const RvXmlNode *node;
    const RvNetworkDef *def;
} Check;

#define REFUSE(check, name, ...)                                                                   \
    rv_xml_error((check)->reader, RV_ERR_CONFIG_UNSUPPORTED,                                       \
                 rv_xml_node_child((check)->node, name, 0), NULL, __VA_ARGS__)

static bool has_limits(const RvBandwidth *inbound, const RvBandwidth *outbound)
{
    return inbound->average || inbound->floor || outbound->average;
}

/* A network that is a bridge or devices of the host's has no addresses and names of its own. */
static void check_plain_mode(const Check *check)
{
    static const RvMac none;
    const RvNetworkDef *def = check->def;
    const RvDns *dns = &def->dns;
    const char *mode = rv_forward_mode_to_string(def->forward.mode);
    if (memcmp(&def->mac, &none, sizeof(none)))
        REFUSE(check, "mac", "Unsupported <mac> element with forward mode='%s'", mode);
    if (def->ips->len)
        REFUSE(check, "ip", "Unsupported <ip> element with forward mode='%s'", mode);
    if (dns->texts->len || dns->hosts->len || dns->services->len)
        REFUSE(check, "dns", "Unsupported <dns> element with forward mode='%s'", mode);
    if (def->domain)
        REFUSE(check, "domain", "Unsupported <domain> element with forward mode='%s'", mode);
}

static void check_bandwidth(const Check *check)
{
    const RvNetworkDef *def = check->def;
    const char *mode = rv_forward_mode_to_string(def->forward.mode);
    bool allowed = rv_network_has_own_bridge(def) ||
                   (def->forward.mode == RV_FORWARD_BRIDGE && def->bridge);
    if (allowed)
        return;
    if (has_limits(&def->inbound, &def->outbound))
        REFUSE(check, "bandwidth", "Unsupported network-wide <bandwidth> element with forward "
                                   "mode='%s'", mode);
    for (guint i = 0; i < def->port_groups->len; i++) {
        const RvPortGroup *group = def->port_groups->pdata[i];
        if (has_limits(&group->inbound, &group->outbound))
            REFUSE(check, "portgroup", "Unsupported <bandwidth> element in portgroup '%s' with "
                                       "forward mode='%s'", group->name, mode);
    }
}

static void check_devices(const Check *check)
{
    const RvForward *forward = &check->def->forward;
    bool hostdev = forward->mode == RV_FORWARD_HOSTDEV;
    if (hostdev && forward->interfaces->len)
        REFUSE(check, "forward",
               "devices of a hostdev network are listed by PCI address, not by name");
    if (!hostdev && forward->addresses->len)
        REFUSE(check, "forward", "only hostdev networks list devices by PCI address");
}

static void check_dhcp(const Check *check)
{
    const GPtrArray *ips = check->def->ips;
    unsigned n_v4 = 0, n_v6 = 0;
    for (guint i = 0; i < ips->len; i++) {
        const RvNetworkIp *ip = ips->pdata[i];
        RvIpAddress address;
        if (!rv_ip_address_parse(ip->address, &address) || !rv_network_ip_has_dhcp(ip))
            continue;
        n_v4 += address.family == AF_INET;
        n_v6 += address.family == AF_INET6;
    }
    if (n_v4 > 1 || n_v6 > 1)
        REFUSE(check, "ip", "Multiple IPv%c dhcp sections found -- dhcp is supported only for a "
                            "single IPv%c address on each network",
               n_v4 > 1 ? '4' : '6', n_v4 > 1 ? '4' : '6');
}

static bool is_open_vswitch(const RvVirtualPort *port)
{
    return port && port->type == RV_VIRTUAL_PORT_OPENVSWITCH;
}

/* Tags are for ports of Open vSwitch, and for devices of the host. */
static void check_vlans(const Check *check)
{
    const RvNetworkDef *def = check->def;
    bool bridge = def->forward.mode == RV_FORWARD_BRIDGE, bad = false;
    bool allowed = def->forward.mode == RV_FORWARD_HOSTDEV ||
                   def->forward.mode == RV_FORWARD_PASSTHROUGH ||
                   (bridge && is_open_vswitch(def->virtual_port));
    for (guint i = 0; i < def->port_groups->len; i++) {
        const RvPortGroup *group = def->port_groups->pdata[i];
        if (def->vlan || group->vlan)
            bad |=
                group->virtual_port ? !bridge || !is_open_vswitch(group->virtual_port) : !allowed;
    }
    if (bad || (def->vlan && !allowed && !rv_network_port_group(def, NULL)))
        REFUSE(check, "vlan", "<vlan> element specified for network %s, whose type doesn't support "
                              "vlan configuration", def->identity.name);
}

static void check_port_groups(const Check *check)
{
    const GPtrArray *groups = check->def->port_groups;
    unsigned n_default = 0;
    for (guint i = 0; i < groups->len; i++) {
        const RvPortGroup *group = groups->pdata[i];
        n_default += group->is_default;
        for (guint j = 0; j < i; j++) {
            if (!g_strcmp0(group->name, ((const RvPortGroup *)groups->pdata[j])->name))
                REFUSE(check, "portgroup", "multiple <portgroup> elements with the same name (%s)",
                       group->name);
        }
    }
    if (n_default > 1)
        REFUSE(check, "portgroup", "multiple default <portgroup> elements, but only one default is "
                                   "allowed");
}

void rv_network_check(RvXmlReader *reader, const RvXmlNode *node, const RvNetworkDef *def)
{
    const Check check = {reader, node, def};
    if (!rv_network_has_own_bridge(def))
        check_plain_mode(&check);
    check_bandwidth(&check);
    check_devices(&check);
    check_dhcp(&check);
    check_vlans(&check);
    check_port_groups(&check);
}
