/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Network interfaces: what libvirt's driver refuses when a domain is defined. */

#include "base/error.h"
#include "drivers/kvm/check-devices.h"

#include <string.h>

enum { IPV4_MIN = 4, IPV4_MAX = 27, IPV6_PREFIX = 64 };

typedef struct {
    const RvDomainDef *def;
    const RvInterface *interface;
} Case;

#define BIT(type) (1u << RV_INTERFACE_##type)

static bool is_type(const Case *c, unsigned types)
{
    return types & 1u << c->interface->type;
}

static bool is_virtio(const Case *c)
{
    return c->interface->model && g_str_has_prefix(c->interface->model, "virtio");
}

static bool is_odd(const Case *c, unsigned size)
{
    return is_virtio(c) && size & (size - 1);
}

static bool rx_is_odd(const Case *c)
{
    return is_odd(c, c->interface->rx_queue_size);
}

static bool tx_is_odd(const Case *c)
{
    return is_odd(c, c->interface->tx_queue_size);
}

static bool has_routes(const Case *c)
{
    return !is_type(c, BIT(VDPA)) && c->interface->routes->len;
}

static bool ips_of_others(const Case *c)
{
    return !is_type(c, BIT(USER) | BIT(VDPA)) && c->interface->ips->len;
}

static bool is_ipv6(const RvIp *ip)
{
    return !g_strcmp0(ip->family, "ipv6") || strchr(ip->address, ':');
}

static bool ips_are_too_many(const Case *c)
{
    unsigned n_of[2] = {0, 0};
    for (unsigned i = 0; i < c->interface->ips->len; i++)
        n_of[is_ipv6(c->interface->ips->pdata[i])]++;
    return is_type(c, BIT(USER)) && (n_of[0] > 1 || n_of[1] > 1);
}

static bool ip_has_peer(const Case *c)
{
    for (unsigned i = 0; i < c->interface->ips->len; i++) {
        const RvIp *ip = c->interface->ips->pdata[i];
        if (is_type(c, BIT(USER)) && ip->peer)
            return true;
    }
    return false;
}

static bool has_bad_prefix(const Case *c, bool ipv6)
{
    for (unsigned i = 0; i < c->interface->ips->len; i++) {
        const RvIp *ip = c->interface->ips->pdata[i];
        bool good = ipv6 ? ip->prefix == IPV6_PREFIX
                         : ip->prefix >= IPV4_MIN && ip->prefix <= IPV4_MAX;
        if (is_type(c, BIT(USER)) && is_ipv6(ip) == ipv6 && ip->prefix && !good)
            return true;
    }
    return false;
}

static bool prefix_is_wrong(const Case *c)
{
    return has_bad_prefix(c, false);
}

static bool prefix6_is_wrong(const Case *c)
{
    return has_bad_prefix(c, true);
}

static bool vdpa_of_others(const Case *c)
{
    return is_type(c, BIT(VDPA)) && g_strcmp0(c->interface->model, "virtio");
}

static bool mtu_of_others(const Case *c)
{
    return c->interface->mtu && !is_type(c, BIT(NETWORK) | BIT(BRIDGE) | BIT(ETHERNET) |
                                                BIT(VHOST_USER));
}

static bool frames_of_others(const Case *c)
{
    return c->interface->max_rx_frames &&
           !is_type(c, BIT(NETWORK) | BIT(BRIDGE) | BIT(ETHERNET) | BIT(DIRECT));
}

static bool stays_without_virtio(const Case *c)
{
    return !g_strcmp0(c->interface->teaming, "persistent") && !is_virtio(c);
}

static bool goes_of_others(const Case *c)
{
    return !g_strcmp0(c->interface->teaming, "transient") &&
           !is_type(c, BIT(HOSTDEV) | BIT(NETWORK));
}

static const struct {
    bool (*is_wrong)(const Case *c);
    const char *path, *message;
    int code; /* 0: RV_ERR_CONFIG_UNSUPPORTED */
} rules[] = {
    {has_routes, "route", "QEMU cannot give routes to a guest"},
    {ips_of_others, "ip", "QEMU gives addresses to a guest on an interface of type user only"},
    {ips_are_too_many, "ip", "a guest is given one address of IPv4 and one of IPv6 at most"},
    {ip_has_peer, "ip/@peer", "QEMU cannot give the address of a peer to a guest"},
    {prefix_is_wrong, "ip/@prefix", "it is 4 to 27", RV_ERR_XML},
    {prefix6_is_wrong, "ip/@prefix", "with IPv6 it is 64"},
    {vdpa_of_others, "model/@type", "an interface of type vdpa is of model virtio"},
    {rx_is_odd, "driver/@rx_queue_size", "it has to be a power of two: 256, 512, 1024"},
    {tx_is_odd, "driver/@tx_queue_size", "it has to be a power of two: 256, 512, 1024"},
    {mtu_of_others, "mtu", "an interface of this type has no size of its own"},
    {frames_of_others, "coalesce", "frames cannot be gathered on an interface of this type"},
    {stays_without_virtio, "model/@type", "the one of a team that stays is of model virtio"},
    {goes_of_others, "teaming/@type", "the one of a team that goes is of type hostdev"},
};

void kvm_check_interfaces(const RvDomainDef *def, RvDiagnostics *diagnostics)
{
    for (unsigned i = 0; i < def->interfaces->len; i++) {
        const Case c = {def, def->interfaces->pdata[i]};
        rv_diagnostics_about(diagnostics, c.interface->device.origin);
        for (unsigned rule = 0; rule < G_N_ELEMENTS(rules); rule++) {
            if (!rules[rule].is_wrong(&c))
                continue;
            g_autofree char *path = g_strdup_printf("domain/devices/interface/%s",
                                                    rules[rule].path);
            kvm_refuse(diagnostics, rules[rule].code, path, NULL, "%s", rules[rule].message);
        }
    }
}
