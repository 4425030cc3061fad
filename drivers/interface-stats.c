/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/interface-stats.h"

#include "base/fd.h"
#include "base/netlink.h"
#include "model/interface.h"

void rv_interface_stats_append(GArray *interfaces, int netlink, const char *name)
{
    RvLink link;
    if (!rv_link_find(netlink, name, &link, NULL))
        return;
    RvInterfaceStats one = {
        .rx_bytes = link.tx_bytes,
        .rx_packets = link.tx_packets,
        .rx_errors = link.tx_errors,
        .rx_dropped = link.tx_dropped,
        .tx_bytes = link.rx_bytes,
        .tx_packets = link.rx_packets,
        .tx_errors = link.rx_errors,
        .tx_dropped = link.rx_dropped,
    };
    g_strlcpy(one.target, name, sizeof(one.target));
    g_array_append_val(interfaces, one);
}

void rv_interface_stats_read(const RvDomainDef *def, RvGuestStats *stats)
{
    g_array_set_size(stats->interfaces, 0);
    rv_autofd int netlink = def->interfaces->len ? rv_netlink_open(0, NULL) : -1;
    for (guint i = 0; netlink >= 0 && i < def->interfaces->len; i++) {
        const RvInterface *interface = def->interfaces->pdata[i];
        if (interface->target && rv_interface_has_host_end(interface))
            rv_interface_stats_append(stats->interfaces, netlink, interface->target);
    }
}
