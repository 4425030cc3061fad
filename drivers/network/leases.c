/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "base/file.h"
#include "drivers/network/dnsmasq.h"

enum { MAX_BYTES = 32 << 20 };

static void lease_free(void *data)
{
    RvNetworkLease *lease = data;
    g_free(lease->mac);
    g_free(lease->iaid);
    g_free(lease->address);
    g_free(lease->hostname);
    g_free(lease->client_id);
    g_free(lease);
}

static char *known(const char *text)
{
    return g_str_equal(text, "*") ? NULL : g_strdup(text);
}

/* The network that an address is in says how long its prefix is. */
static unsigned prefix_of(const RvNetworkDef *def, const RvIpAddress *address)
{
    for (guint i = 0; i < def->ips->len; i++) {
        const RvNetworkIp *ip = def->ips->pdata[i];
        RvIpAddress network = rv_network_ip_address(ip);
        if (rv_ip_address_is_in(address, &network, rv_network_ip_prefix(ip)))
            return rv_network_ip_prefix(ip);
    }
    return rv_ip_address_bits(address);
}

/* "EXPIRY MAC ADDRESS NAME CLIENT-ID"; of IPv6 an IAID stands for the MAC. NULL: no such line, or one
 * that has expired. */
static RvNetworkLease *parse_line(const RvNetworkDef *def, const char *line)
{
    g_auto(GStrv) words = g_strsplit(line, " ", -1);
    RvIpAddress address;
    if (g_strv_length(words) < 5 || !rv_ip_address_parse(words[2], &address))
        return NULL;
    int64_t expires = g_ascii_strtoll(words[0], NULL, 10);
    if (expires && expires < time(NULL))
        return NULL;
    bool v6 = rv_ip_address_bits(&address) == 128;
    RvNetworkLease *lease = g_new(RvNetworkLease, 1);
    *lease = (RvNetworkLease){
        .expires = expires,
        .v6 = v6,
        .mac = v6 ? NULL : g_strdup(words[1]),
        .iaid = v6 ? g_strdup(words[1]) : NULL,
        .address = g_strdup(words[2]),
        .hostname = known(words[3]),
        .client_id = known(words[4]),
        .prefix = prefix_of(def, &address),
    };
    return lease;
}

bool rv_network_forget(const RvNetworkHost *host, const RvNetworkDef *def, GError **error)
{
    g_autofree char *path = network_dnsmasq_path(host, def, "leases");
    return rv_file_remove(path, error);
}

GPtrArray *rv_network_leases(const RvNetworkHost *host, const RvNetworkDef *live, GError **error)
{
    g_autoptr(GPtrArray) leases = g_ptr_array_new_with_free_func(lease_free);
    g_autofree char *path = network_dnsmasq_path(host, live, "leases");
    g_autoptr(GError) fault = NULL;
    g_autofree char *text = g_file_test(path, G_FILE_TEST_EXISTS)
                                ? rv_file_read(path, MAX_BYTES, NULL, &fault)
                                : g_strdup("");
    if (!text) {
        g_propagate_error(error, g_steal_pointer(&fault));
        return NULL;
    }
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++) {
        RvNetworkLease *lease = parse_line(live, *line);
        if (lease)
            g_ptr_array_add(leases, lease);
    }
    return g_steal_pointer(&leases);
}
