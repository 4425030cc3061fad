/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/network/host.h"

#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"

/* ---- Addresses ------------------------------------------------------------------------------- */

static bool take(const struct sockaddr *address, RvIpAddress *ret)
{
    *ret = (RvIpAddress){.family = address ? address->sa_family : AF_UNSPEC};
    if (ret->family == AF_INET)
        memcpy(ret->bytes, &((const struct sockaddr_in *)(const void *)address)->sin_addr, 4);
    else if (ret->family == AF_INET6)
        memcpy(ret->bytes, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, 16);
    return ret->family == AF_INET || ret->family == AF_INET6;
}

static bool overlaps(const RvNetworkIp *ip, const struct ifaddrs *other)
{
    RvIpAddress ours = rv_network_ip_address(ip), theirs, mask;
    unsigned prefix;
    if (!take(other->ifa_addr, &theirs) || theirs.family != ours.family ||
        !take(other->ifa_netmask, &mask) || !rv_ip_address_mask_to_prefix(&mask, &prefix))
        return false;
    bool link_local = theirs.family == AF_INET6 && theirs.bytes[0] == 0xfe &&
                      (theirs.bytes[1] & 0xc0) == 0x80;
    return !link_local &&
           rv_ip_address_is_in(&ours, &theirs, MIN(prefix, rv_network_ip_prefix(ip)));
}

bool network_host_check_free(const RvNetworkDef *def, GError **error)
{
    struct ifaddrs *all = NULL;
    if (getifaddrs(&all) < 0) {
        rv_error_set_errno(error, errno, "cannot list the host's addresses");
        return false;
    }
    bool ok = true;
    for (const struct ifaddrs *at = all; ok && at; at = at->ifa_next) {
        for (guint i = 0; ok && i < def->ips->len; i++) {
            const RvNetworkIp *ip = def->ips->pdata[i];
            if (!overlaps(ip, at) || !g_strcmp0(at->ifa_name, def->bridge))
                continue;
            ok = false;
            rv_error_set(error, RV_ERR_INTERNAL,
                         "Network is already in use by interface %s: address %s/%u of network '%s' "
                         "overlaps it",
                         at->ifa_name, ip->address, rv_network_ip_prefix(ip), def->identity.name);
            rv_error_remedy(error, "define the network with other addresses");
        }
    }
    freeifaddrs(all);
    return ok;
}

/* ---- Passing packets on ---------------------------------------------------------------------- */

static bool write_setting(const char *path, const char *value, GError **error)
{
    rv_autofd int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd >= 0 && rv_fd_write_all(fd, value, strlen(value), NULL))
        return true;
    rv_error_set_errno(error, errno, "cannot write '%s' to '%s'", value, path);
    return false;
}

static bool has_family(const RvNetworkDef *def, int family)
{
    for (guint i = 0; i < def->ips->len; i++)
        if (rv_network_ip_address(def->ips->pdata[i]).family == family)
            return true;
    return false;
}

/* The bridge has no addresses but ours. A kernel without IPv6 has no such settings. */
static bool quiet_ipv6(const RvNetworkDef *def, GError **error)
{
    static const char *const off[] = {"accept_ra", "autoconf"};
    g_autofree char *dir = g_strdup_printf("/proc/sys/net/ipv6/conf/%s", def->bridge);
    g_autofree char *disable = g_build_filename(dir, "disable_ipv6", NULL);
    if (access(dir, F_OK) < 0)
        return true;
    if (!has_family(def, AF_INET6) && !def->ipv6)
        return write_setting(disable, "1", error);
    for (unsigned i = 0; i < G_N_ELEMENTS(off); i++) {
        g_autofree char *path = g_build_filename(dir, off[i], NULL);
        if (!write_setting(path, "0", error))
            return false;
    }
    return true;
}

bool network_host_forward(const RvNetworkDef *def, GError **error)
{
    if (!quiet_ipv6(def, error))
        return false;
    if (def->forward.mode == RV_FORWARD_NONE)
        return true;
    return (!has_family(def, AF_INET) ||
            write_setting("/proc/sys/net/ipv4/ip_forward", "1", error)) &&
           (!has_family(def, AF_INET6) ||
            write_setting("/proc/sys/net/ipv6/conf/all/forwarding", "1", error));
}
