/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/network.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/netlink.h"
#include "drivers/container/guest.h"

/* Whose a device is, written on it: a name may have been taken by somebody else. */
static char *mark_of(const RvGuest *guest)
{
    g_autofree char *id = container_guest_id(guest);
    return g_strdup_printf("reeve %s %08x", id, g_str_hash(guest->host->run_dir));
}

char *container_network_name(const RvGuest *guest, unsigned number)
{
    const RvInterface *interface = guest->def->interfaces->pdata[number];
    if (interface->target)
        return g_strdup(interface->target);
    g_autofree char *mark = mark_of(guest);
    return g_strdup_printf("vnet%08x%x", g_str_hash(mark), number);
}

/* What an earlier start has left goes, what is somebody else's stays. */
static bool clear_name(int fd, const char *name, const char *mark, GError **error)
{
    RvLink link;
    if (!rv_link_find(fd, name, &link, NULL))
        return true;
    if (strcmp(link.alias, mark) == 0)
        return rv_link_delete(fd, name, error);
    rv_error_set(error, RV_ERR_OPERATION_FAILED, "there is a network device '%s' already", name);
    rv_error_remedy(error, "leave <target dev='%s'/> out, or choose another name", name);
    return false;
}

typedef struct {
    int host, inside; /* rtnetlink sockets */
    pid_t pid;
    const char *mark;
} Plug;

static bool plug_bridge(const Plug *plug, const RvInterface *interface, const char *name,
                        const char *inside, GError **error)
{
    RvLink link, bridge;
    /* A bridge takes the lowest address of its ports for its own: not this one, then. */
    RvMac mac = interface->mac;
    mac.bytes[0] = 0xfe;
    const RvVeth veth = {
        .name = name,
        .alias = plug->mark,
        .mac = mac.bytes,
        .peer = inside,
        .peer_of = plug->pid,
        .peer_mac = interface->mac.bytes,
    };
    if (!rv_link_find(plug->host, interface->source, &bridge, error)) {
        rv_error_remedy(error, "make the bridge first: ip link add %s type bridge",
                        interface->source);
        return false;
    }
    return rv_link_add_veth(plug->host, &veth, error) &&
           rv_link_find(plug->host, name, &link, error) &&
           rv_link_set_master(plug->host, link.index, bridge.index, error) &&
           rv_link_set_up(plug->host, link.index, true, error);
}

/* ---- Inside --------------------------------------------------------------------------------- */

static unsigned default_prefix(const char *address)
{
    bool v6 = strchr(address, ':') != NULL;
    return v6 ? 64 : 24;
}

static bool add_addresses(int fd, unsigned index, const GPtrArray *ips, GError **error)
{
    for (guint i = 0; i < ips->len; i++) {
        const RvIp *ip = ips->pdata[i];
        unsigned prefix = ip->prefix ? ip->prefix : default_prefix(ip->address);
        if (!rv_link_add_address(fd, index, ip->address, prefix, error))
            return false;
    }
    return true;
}

static bool find_prefix(const RvRoute *route, unsigned *ret, GError **error)
{
    struct in_addr mask;
    if (!route->netmask) {
        bool all = strcmp(route->address, "0.0.0.0") == 0 || strcmp(route->address, "::") == 0;
        *ret = route->prefix >= 0 ? (unsigned)route->prefix
               : all              ? 0
                                  : default_prefix(route->address);
        return true;
    }
    uint32_t bits = inet_pton(AF_INET, route->netmask, &mask) == 1 ? ntohl(mask.s_addr) : 1;
    *ret = (unsigned)__builtin_popcount(bits);
    if ((~bits & (~bits + 1)) == 0)
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
static bool set_up_inside(int fd, const RvInterface *interface, const char *name, GError **error)
{
    RvLink link;
    bool up = g_strcmp0(interface->link_state, "down") != 0;
    return rv_link_find(fd, name, &link, error) &&
           add_addresses(fd, link.index, interface->ips, error) &&
           (!up || (rv_link_set_up(fd, link.index, true, error) &&
                    add_routes(fd, link.index, interface->routes, error)));
}

static bool plug_one(const Plug *plug, RvGuest *guest, unsigned number, GError **error)
{
    RvInterface *interface = guest->def->interfaces->pdata[number];
    g_autofree char *name = container_network_name(guest, number);
    g_autofree char *inside = interface->guest_name ? g_strdup(interface->guest_name)
                                                    : g_strdup_printf("eth%u", number);
    if (!clear_name(plug->host, name, plug->mark, error) ||
        !plug_bridge(plug, interface, name, inside, error))
        return false;
    if (!interface->target)
        interface->target = g_steal_pointer(&name);
    return set_up_inside(plug->inside, interface, inside, error);
}

bool container_network_plug(RvGuest *guest, pid_t pid, GError **error)
{
    if (guest->def->interfaces->len == 0)
        return true;
    g_autofree char *mark = mark_of(guest);
    rv_autofd int host = rv_netlink_open(0, error);
    rv_autofd int inside = host < 0 ? -1 : rv_netlink_open(pid, error);
    const Plug plug = {host, inside, pid, mark};
    for (unsigned i = 0; inside >= 0 && i < guest->def->interfaces->len; i++) {
        if (plug_one(&plug, guest, i, error))
            continue;
        g_prefix_error(error, "cannot connect interface %u of '%s': ", i + 1, guest->def->name);
        return false;
    }
    return inside >= 0;
}

void container_network_unplug(const RvGuest *guest)
{
    g_autoptr(GError) error = NULL;
    if (guest->def->interfaces->len == 0)
        return;
    g_autofree char *mark = mark_of(guest);
    rv_autofd int host = rv_netlink_open(0, &error);
    for (unsigned i = 0; host >= 0 && i < guest->def->interfaces->len; i++) {
        g_autofree char *name = container_network_name(guest, i);
        RvLink link;
        if (rv_link_find(host, name, &link, NULL) && strcmp(link.alias, mark) == 0 &&
            !rv_link_delete(host, name, &error))
            break;
    }
    if (error)
        rv_log_warning("container '%s': %s", guest->def->name, error->message);
}
