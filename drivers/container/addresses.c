/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/addresses.h"

#include "base/ip-address.h"
#include "base/netlink.h"

static bool add_ips(int fd, unsigned index, const GPtrArray *ips, GError **error)
{
    for (guint i = 0; i < ips->len; i++) {
        const RvIp *ip = ips->pdata[i];
        RvIpAddress address;
        unsigned prefix = ip->prefix;
        if (!prefix && rv_ip_address_parse(ip->address, &address))
            prefix = rv_ip_address_natural_prefix(&address);
        if (!rv_link_add_address(fd, index, ip->address, ip->peer, prefix, error))
            return false;
    }
    return true;
}

static bool add_routes(int fd, unsigned index, const GPtrArray *routes, GError **error)
{
    for (guint i = 0; i < routes->len; i++) {
        const RvRoute *route = routes->pdata[i];
        unsigned prefix, metric = route->metric > 0 ? (unsigned)route->metric : 0;
        if (!rv_route_prefix(route, &prefix, error) ||
            !rv_link_add_route(fd, index, route->address, prefix, route->gateway, metric, error))
            return false;
    }
    return true;
}

/* The kernel refuses a route through a device that is down. */
bool container_addresses_add(int fd, const char *device, const GPtrArray *ips,
                             const GPtrArray *routes, bool up, GError **error)
{
    RvLink link;
    return rv_link_find(fd, device, &link, error) && add_ips(fd, link.index, ips, error) &&
           (!up || (rv_link_set_up(fd, link.index, true, error) &&
                    add_routes(fd, link.index, routes, error)));
}
