/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/network/bridge.h"

#include <string.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/netlink.h"

static char *make_alias(const RvNetworkDef *def)
{
    char uuid[RV_UUID_STRING_LEN + 1];
    rv_uuid_format(&def->identity.uuid, uuid);
    return g_strdup_printf("reeve network %s", uuid);
}

static bool add_addresses(int fd, unsigned index, const RvNetworkDef *def, GError **error)
{
    for (guint i = 0; i < def->ips->len; i++) {
        const RvNetworkIp *ip = def->ips->pdata[i];
        if (!rv_link_add_address(fd, index, ip->address, NULL, rv_network_ip_prefix(ip), error))
            return false;
    }
    return true;
}

static bool add_routes(int fd, unsigned index, const RvNetworkDef *def, GError **error)
{
    for (guint i = 0; i < def->routes->len; i++) {
        const RvRoute *route = def->routes->pdata[i];
        unsigned prefix, metric = route->metric > 0 ? (unsigned)route->metric : 0;
        if (!rv_route_prefix(route, &prefix, error) ||
            !rv_link_add_route(fd, index, route->address, prefix, route->gateway, metric, error))
            return false;
    }
    return true;
}

bool network_bridge_make(const RvNetworkDef *def, GError **error)
{
    g_autofree char *alias = make_alias(def);
    rv_autofd int fd = rv_netlink_open(0, error);
    const RvBridge bridge = {
        .name = def->bridge,
        .alias = alias,
        .mac = def->mac.bytes,
        .mtu = def->mtu,
        .stp = def->stp == RV_TRISTATE_ON,
        .delay_ms = (unsigned)MIN(def->delay, 30) * 1000,
    };
    RvLink link;
    if (fd < 0)
        return false;
    if (!rv_link_add_bridge(fd, &bridge, error)) {
        rv_error_remedy(error, "give the network another bridge: <bridge name='...'/>; or delete "
                               "that device, if nothing needs it: ip link delete %s",
                        def->bridge);
        return false;
    }
    return rv_link_find(fd, def->bridge, &link, error) &&
           add_addresses(fd, link.index, def, error) &&
           rv_link_set_up(fd, link.index, true, error) && add_routes(fd, link.index, def, error);
}

bool network_bridge_check(const RvNetworkDef *def, GError **error)
{
    g_autofree char *alias = make_alias(def);
    rv_autofd int fd = rv_netlink_open(0, error);
    RvLink link;
    if (fd < 0 || !rv_link_find(fd, def->bridge, &link, error))
        return false;
    /* One that a killed daemon had just made has no alias yet: its address tells. */
    if (g_str_equal(link.alias, alias) ||
        (!link.alias[0] && !memcmp(link.mac, def->mac.bytes, sizeof(link.mac))))
        return true;
    rv_error_set(error, RV_ERR_OPERATION_FAILED, "network device '%s' is not that of network '%s'",
                 def->bridge, def->identity.name);
    return false;
}

bool network_bridge_remove(const RvNetworkDef *def, GError **error)
{
    g_autoptr(GError) other = NULL;
    rv_autofd int fd = -1;
    if (!network_bridge_check(def, &other))
        return true;
    fd = rv_netlink_open(0, error);
    return fd >= 0 && rv_link_delete(fd, def->bridge, error);
}
