/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/addresses.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/error.h"
#include "base/netlink.h"

unsigned container_addresses_natural_prefix(const char *address)
{
    struct in_addr v4;
    struct in6_addr v6;
    if (inet_pton(AF_INET6, address, &v6) == 1)
        return IN6_IS_ADDR_UNSPECIFIED(&v6) ? 0 : 64;
    if (inet_pton(AF_INET, address, &v4) != 1 || v4.s_addr == 0)
        return 0;
    unsigned first = ntohl(v4.s_addr) >> 24;
    return first < 128 ? 8 : first < 192 ? 16 : 24;
}

bool container_addresses_read_mask(const char *netmask, unsigned *ret_prefix)
{
    struct in_addr mask;
    if (inet_pton(AF_INET, netmask, &mask) != 1)
        return false;
    uint32_t bits = ntohl(mask.s_addr);
    *ret_prefix = (unsigned)__builtin_popcount(bits);
    return (~bits & (~bits + 1)) == 0;
}

static bool add_ips(int fd, unsigned index, const GPtrArray *ips, GError **error)
{
    for (guint i = 0; i < ips->len; i++) {
        const RvIp *ip = ips->pdata[i];
        unsigned prefix = ip->prefix ? ip->prefix : container_addresses_natural_prefix(ip->address);
        if (!rv_link_add_address(fd, index, ip->address, ip->peer, prefix, error))
            return false;
    }
    return true;
}

static bool find_prefix(const RvRoute *route, unsigned *ret, GError **error)
{
    *ret = route->prefix > 0 ? (unsigned)route->prefix
                             : container_addresses_natural_prefix(route->address);
    if (!route->netmask || container_addresses_read_mask(route->netmask, ret))
        return true;
    rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED, "'%s' is not the mask of a network",
                 route->netmask);
    return false;
}

static bool add_routes(int fd, unsigned index, const GPtrArray *routes, GError **error)
{
    for (guint i = 0; i < routes->len; i++) {
        const RvRoute *route = routes->pdata[i];
        unsigned prefix, metric = route->metric > 0 ? (unsigned)route->metric : 0;
        if (!find_prefix(route, &prefix, error) ||
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
