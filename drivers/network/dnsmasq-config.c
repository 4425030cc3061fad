/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/file.h"
#include "drivers/network/dnsmasq.h"

/* A file on its way: what has a line's end in it could be any option. */
typedef struct {
    GString *text;
    const char *bad; /* NULL: none */
} Config;

static void put(Config *config, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void put(Config *config, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *line = g_strdup_vprintf(format, args);
    va_end(args);
    if (strpbrk(line, "\r\n"))
        config->bad = "a line's end";
    g_string_append_printf(config->text, "%s\n", line);
}

static bool finish(Config *config, const char *path, GError **error)
{
    g_autofree char *text = g_string_free(config->text, FALSE);
    if (!config->bad) {
        /* It reads them as another user, and our umask is strict. */
        if (!rv_file_replace(path, 0644, text, strlen(text), error))
            return false;
        if (chmod(path, 0644) == 0)
            return true;
        rv_error_set_errno(error, errno, "cannot open '%s' to others", path);
        return false;
    }
    rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED,
                 "a value for the name server has %s in it", config->bad);
    return false;
}

static bool is_v6(const RvNetworkIp *ip)
{
    return rv_network_ip_address(ip).family == AF_INET6;
}

/* ---- Names ----------------------------------------------------------------------------------- */

static void put_forwarders(Config *config, const RvNetworkDef *def)
{
    const GPtrArray *forwarders = def->dns.forwarders;
    bool asks_others = def->forward.mode == RV_FORWARD_NONE;
    for (guint i = 0; i < forwarders->len; i++) {
        const RvDnsForwarder *forwarder = forwarders->pdata[i];
        const char *address = forwarder->address ? forwarder->address : "";
        if (forwarder->domain)
            put(config, "server=/%s/%s", forwarder->domain, address);
        else
            put(config, "server=%s", address);
        asks_others |= !forwarder->domain;
    }
    if (asks_others)
        put(config, "no-resolv");
}

static void put_records(Config *config, const RvDns *dns)
{
    for (guint i = 0; i < dns->texts->len; i++) {
        const RvDnsText *text = dns->texts->pdata[i];
        put(config, "txt-record=%s,%s", text->name, text->value);
    }
    for (guint i = 0; i < dns->services->len; i++) {
        const RvDnsService *service = dns->services->pdata[i];
        g_autofree char *domain =
            service->domain ? g_strconcat(".", service->domain, NULL) : g_strdup("");
        if (!service->target)
            put(config, "srv-host=_%s._%s%s", service->service, service->protocol, domain);
        else
            put(config, "srv-host=_%s._%s%s,%s,%u,%u,%u", service->service, service->protocol,
                domain, service->target, service->port ? service->port : 1, service->priority,
                service->weight);
    }
}

static void put_dns(Config *config, const RvNetworkDef *def)
{
    if (def->dns.enable == RV_TRISTATE_OFF) {
        put(config, "port=0");
        return;
    }
    put_forwarders(config, def);
    put_records(config, &def->dns);
    if (def->domain) {
        put(config, "domain=%s", def->domain);
        put(config, "expand-hosts");
        if (def->domain_local_only == RV_TRISTATE_ON)
            put(config, "local=/%s/", def->domain);
    }
    if (def->dns.forward_plain_names == RV_TRISTATE_OFF) {
        put(config, "domain-needed");
        put(config, "local=//");
    }
}

/* ---- Addresses ------------------------------------------------------------------------------- */

/* ",2h" or nothing. */
static char *lease_suffix(const RvLeaseTime *lease)
{
    static const char units[] = "smh";
    if (!lease)
        return g_strdup("");
    return lease->expiry == 0 ? g_strdup(",infinite")
                              : g_strdup_printf(",%" G_GUINT64_FORMAT "%c", lease->expiry,
                                                units[lease->unit]);
}

static void put_ranges(Config *config, const RvNetworkIp *ip)
{
    unsigned prefix = rv_network_ip_prefix(ip);
    RvIpAddress mask = rv_ip_address_prefix_to_mask(AF_INET, prefix);
    g_autofree char *netmask = rv_ip_address_format(&mask);
    g_autofree char *bits = g_strdup_printf("%u", prefix);
    for (guint i = 0; i < ip->ranges->len; i++) {
        const RvDhcpRange *range = ip->ranges->pdata[i];
        g_autofree char *lease = lease_suffix(range->lease);
        put(config, "dhcp-range=%s,%s,%s%s", range->start, range->end, is_v6(ip) ? bits : netmask,
            lease);
    }
    if (ip->ranges->len == 0)
        put(config, "dhcp-range=%s,static%s%s", ip->address, is_v6(ip) ? "," : "",
            is_v6(ip) ? bits : "");
}

static void put_boot(Config *config, const RvNetworkIp *ip)
{
    if (ip->tftp_root) {
        put(config, "enable-tftp");
        put(config, "tftp-root=%s", ip->tftp_root);
    }
    if (ip->boot_file && ip->boot_server)
        put(config, "dhcp-boot=%s,,%s", ip->boot_file, ip->boot_server);
    else if (ip->boot_file)
        put(config, "dhcp-boot=%s", ip->boot_file);
}

static void put_dhcp(Config *config, const RvNetworkDef *def, const RvNetworkHost *host)
{
    bool v4 = false, v6 = false, v6_dhcp = false;
    for (guint i = 0; i < def->ips->len; i++) {
        const RvNetworkIp *ip = def->ips->pdata[i];
        put_boot(config, ip);
        v6 |= is_v6(ip);
        if (!rv_network_ip_has_dhcp(ip))
            continue;
        v4 |= !is_v6(ip);
        v6_dhcp |= is_v6(ip);
        put_ranges(config, ip);
    }
    for (guint i = 0; v6 && !v6_dhcp && i < def->ips->len; i++) {
        const RvNetworkIp *ip = def->ips->pdata[i];
        if (is_v6(ip))
            put(config, "dhcp-range=%s,ra-only", ip->address);
    }
    if (v6)
        put(config, "enable-ra");
    if (!v4 && !v6_dhcp)
        return;
    g_autofree char *leases = network_dnsmasq_path(host, def, "leases");
    g_autofree char *hosts = network_dnsmasq_path(host, def, "hosts");
    put(config, "dhcp-authoritative");
    put(config, "dhcp-no-override");
    put(config, "dhcp-lease-max=65535");
    put(config, "dhcp-leasefile=%s", leases);
    put(config, "dhcp-hostsfile=%s", hosts);
    /* There is no way out of here: no default route. */
    if (def->forward.mode == RV_FORWARD_NONE) {
        put(config, "dhcp-option=3");
        if (v6)
            put(config, "ra-param=*,0,0");
    }
}

/* ---- The files ------------------------------------------------------------------------------- */

static bool write_config(const RvNetworkHost *host, const RvNetworkDef *def, GError **error)
{
    Config config = {.text = g_string_new(NULL)};
    g_autofree char *path = network_dnsmasq_path(host, def, "conf");
    g_autofree char *names = network_dnsmasq_path(host, def, "names");
    put(&config, "# Written by reeved: do not change it.");
    put(&config, "strict-order");
    put(&config, "pid-file=");
    put(&config, "except-interface=lo");
    put(&config, "bind-dynamic");
    put(&config, "interface=%s", def->bridge);
    put(&config, "no-hosts");
    put(&config, "addn-hosts=%s", names);
    put_dns(&config, def);
    put_dhcp(&config, def, host);
    for (guint i = 0; def->options && i < def->options->options->len; i++)
        put(&config, "%s", ((const RvDnsmasqOption *)def->options->options->pdata[i])->value);
    return finish(&config, path, error);
}

static void put_host(Config *config, const RvDhcpHost *host, bool v6)
{
    g_autofree char *lease = lease_suffix(host->lease);
    GString *line = g_string_new(NULL);
    if (host->mac)
        g_string_append_printf(line, "%s,", host->mac);
    if (host->id)
        g_string_append_printf(line, "id:%s,", host->id);
    if (host->name && (host->mac || host->id))
        g_string_append_printf(line, v6 ? "%s,[%s]" : "%2$s,%1$s", host->name, host->ip);
    else
        g_string_append_printf(line, v6 ? "%s%s[%s]" : "%s%s%s", host->name ? host->name : "",
                               host->name ? "," : "", host->ip);
    put(config, "%s%s", line->str, lease);
    g_string_free(line, TRUE);
}

static bool write_hosts(const RvNetworkHost *host, const RvNetworkDef *def, GError **error)
{
    Config config = {.text = g_string_new(NULL)};
    g_autofree char *path = network_dnsmasq_path(host, def, "hosts");
    for (guint i = 0; i < def->ips->len; i++) {
        const RvNetworkIp *ip = def->ips->pdata[i];
        for (guint j = 0; j < ip->hosts->len; j++)
            put_host(&config, ip->hosts->pdata[j], is_v6(ip));
    }
    return finish(&config, path, error);
}

static bool write_names(const RvNetworkHost *host, const RvNetworkDef *def, GError **error)
{
    Config config = {.text = g_string_new(NULL)};
    g_autofree char *path = network_dnsmasq_path(host, def, "names");
    for (guint i = 0; i < def->dns.hosts->len; i++) {
        const RvDnsHost *known = def->dns.hosts->pdata[i];
        for (guint j = 0; j < known->names->len; j++)
            put(&config, "%s\t%s", known->ip, g_array_index(known->names, char *, j));
    }
    return finish(&config, path, error);
}

bool network_dnsmasq_write(const RvNetworkHost *host, const RvNetworkDef *def, GError **error)
{
    return write_config(host, def, error) && write_hosts(host, def, error) &&
           write_names(host, def, error);
}
