/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/network/rules.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/process.h"

/*
 * What passes is accepted in our own table, which decides nothing for the tables of others: where
 * one of those drops by default, its owner has to let the bridge pass.
 */

enum { NFT_MS = 20 * 1000, OUTPUT_BYTES = 64 << 10 };

static char *table_name(const RvNetworkDef *def)
{
    GString *name = g_string_new("reeve_");
    for (unsigned i = 0; i < sizeof(def->identity.uuid.bytes); i++)
        g_string_append_printf(name, "%02x", def->identity.uuid.bytes[i]);
    return g_string_free(name, FALSE);
}

/* ---- The rules ------------------------------------------------------------------------------- */

typedef struct {
    GString *text;
    const RvNetworkDef *def;
    char *out; /* of packets that leave: "oifname \"eth0\" ", or nothing */
    char *in;
} Rules;

static bool is_plain(const char *name)
{
    return strlen(name) < 16 && !strpbrk(name, "\"\\ \n\t/*");
}

static char *network_text(const RvNetworkIp *ip)
{
    RvIpAddress address = rv_network_ip_address(ip);
    unsigned prefix = rv_network_ip_prefix(ip);
    RvIpAddress first = rv_ip_address_first(&address, prefix);
    g_autofree char *text = rv_ip_address_format(&first);
    return g_strdup_printf("%s/%u", text, prefix);
}

static const char *family_of(const RvNetworkIp *ip)
{
    return rv_network_ip_address(ip).family == AF_INET6 ? "ip6" : "ip";
}

static bool is_translated(const RvNetworkDef *def, const RvNetworkIp *ip)
{
    bool v6 = rv_network_ip_address(ip).family == AF_INET6;
    return def->forward.mode == RV_FORWARD_NAT &&
           (!v6 || def->forward.nat_ipv6 == RV_TRISTATE_ON);
}

static void forward_one(Rules *rules, const char *family, const char *network, bool answers_only)
{
    const char *bridge = rules->def->bridge;
    g_string_append_printf(rules->text, "  %soifname \"%s\" %s daddr %s%s accept\n", rules->in,
                           bridge, family, network,
                           answers_only ? " ct state established,related" : "");
    g_string_append_printf(rules->text, "  iifname \"%s\" %s%s saddr %s accept\n", bridge,
                           rules->out, family, network);
}

/* Where a route leads to others, these pass as well. */
static void forward_routes(Rules *rules)
{
    for (guint i = 0; i < rules->def->routes->len; i++) {
        const RvRoute *route = rules->def->routes->pdata[i];
        RvIpAddress address;
        unsigned prefix;
        if (!rv_ip_address_parse(route->address, &address) ||
            !rv_route_prefix(route, &prefix, NULL))
            continue;
        g_autofree char *text = rv_ip_address_format(&address);
        g_autofree char *network = g_strdup_printf("%s/%u", text, prefix);
        forward_one(rules, address.family == AF_INET6 ? "ip6" : "ip", network, false);
    }
}

static void put_forward(Rules *rules)
{
    const RvNetworkDef *def = rules->def;
    g_string_append(rules->text, " chain forward {\n  type filter hook forward priority filter;\n");
    g_string_append_printf(rules->text, "  iifname \"%s\" oifname \"%s\" accept\n", def->bridge,
                           def->bridge);
    for (guint i = 0; def->forward.mode != RV_FORWARD_NONE && i < def->ips->len; i++) {
        const RvNetworkIp *ip = def->ips->pdata[i];
        g_autofree char *network = network_text(ip);
        forward_one(rules, family_of(ip), network, is_translated(def, ip));
    }
    if (def->forward.mode == RV_FORWARD_ROUTE)
        forward_routes(rules);
    g_string_append_printf(rules->text, "  iifname \"%s\" reject\n  oifname \"%s\" reject\n }\n",
                           def->bridge, def->bridge);
}

static char *target_text(const RvForward *forward, bool ports)
{
    g_autofree char *range =
        ports && forward->port_start >= 0
            ? g_strdup_printf(":%d-%d", forward->port_start, forward->port_end)
            : g_strdup(ports ? ":1024-65535" : "");
    if (!forward->nat_start)
        return g_strdup_printf("masquerade%s%s", *range ? " to " : "", range);
    return g_str_equal(forward->nat_start, forward->nat_end)
               ? g_strdup_printf("snat ip to %s%s", forward->nat_start, range)
               : g_strdup_printf("snat ip to %s-%s%s", forward->nat_start, forward->nat_end, range);
}

static void translate_one(Rules *rules, const RvNetworkIp *ip)
{
    bool v6 = rv_network_ip_address(ip).family == AF_INET6;
    const RvForward *forward = &rules->def->forward;
    const RvForward plain = {.port_start = -1};
    const char *family = family_of(ip);
    g_autofree char *network = network_text(ip);
    g_autofree char *with_ports = target_text(v6 ? &plain : forward, true);
    g_autofree char *without = target_text(v6 ? &plain : forward, false);
    GString *text = rules->text;
    g_string_append_printf(text, "  %s saddr %s %s daddr %s return\n", family, network, family,
                           v6 ? "ff02::/16" : "{ 224.0.0.0/24, 255.255.255.255 }");
    g_string_append_printf(text, "  %s%s saddr %s %s daddr != %s meta l4proto { tcp, udp } %s\n",
                           rules->out, family, network, family, network, with_ports);
    g_string_append_printf(text, "  %s%s saddr %s %s daddr != %s %s\n", rules->out, family, network,
                           family, network, without);
}

static void put_nat(Rules *rules)
{
    const RvNetworkDef *def = rules->def;
    g_string_append(rules->text,
                    " chain postrouting {\n  type nat hook postrouting priority srcnat;\n");
    for (guint i = 0; i < def->ips->len; i++)
        if (is_translated(def, def->ips->pdata[i]))
            translate_one(rules, def->ips->pdata[i]);
    g_string_append(rules->text, " }\n");
}

/* ---- nft ------------------------------------------------------------------------------------- */

static bool run_nft(const char *text, RvOperation *op, GError **error)
{
    g_autofree char *program = g_find_program_in_path("nft");
    if (!program) {
        rv_error_set(error, RV_ERR_OPERATION_FAILED,
                     "the network needs rules of nftables, and nft is not installed");
        rv_error_remedy(error, "install the package nftables; or use <forward mode='open'/>, which "
                               "has no rules");
        return false;
    }
    rv_autofd int fd = memfd_create("rules", MFD_CLOEXEC);
    if (fd < 0 || !rv_fd_write_all(fd, text, strlen(text), NULL) || lseek(fd, 0, SEEK_SET) < 0) {
        rv_error_set(error, RV_ERR_OPERATION_FAILED, "cannot hand rules to nft");
        return false;
    }
    g_autoptr(RvSpawn) spawn = rv_spawn_new(program);
    rv_spawn_arg(spawn, "-f");
    rv_spawn_arg(spawn, "-");
    rv_spawn_input(spawn, rv_fd_steal(&fd));
    g_autofree char *output =
        rv_spawn_run(spawn, OUTPUT_BYTES, NFT_MS, op ? op->cancel : NULL, error);
    return output;
}

/* "add" of what may be there makes that "delete" never fails. */
bool network_rules_add(const RvNetworkDef *def, RvOperation *op, GError **error)
{
    g_autofree char *table = table_name(def);
    const char *device = def->forward.device;
    if (!is_plain(def->bridge) || (device && !is_plain(device))) {
        rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED,
                     "network '%s': no rules can be made for a device of such a name",
                     def->identity.name);
        return false;
    }
    g_autofree char *out = device ? g_strdup_printf("oifname \"%s\" ", device) : g_strdup("");
    g_autofree char *in = device ? g_strdup_printf("iifname \"%s\" ", device) : g_strdup("");
    Rules rules = {g_string_new(NULL), def, out, in};
    g_string_append_printf(rules.text, "add table inet %s\ndelete table inet %s\ntable inet %s {\n",
                           table, table, table);
    put_forward(&rules);
    if (def->forward.mode == RV_FORWARD_NAT)
        put_nat(&rules);
    g_string_append(rules.text, "}\n");
    g_autofree char *text = g_string_free(rules.text, FALSE);
    if (run_nft(text, op, error))
        return true;
    g_prefix_error(error, "cannot set the rules of network '%s': ", def->identity.name);
    return false;
}

void network_rules_remove(const RvNetworkDef *def)
{
    g_autofree char *table = table_name(def);
    g_autofree char *text =
        g_strdup_printf("add table inet %s\ndelete table inet %s\n", table, table);
    g_autoptr(GError) fault = NULL;
    /* Where there is no nft or no filter in the kernel, there are no rules either. */
    if (!run_nft(text, NULL, &fault))
        rv_log_warning("rules of network '%s': %s", def->identity.name, fault->message);
}
