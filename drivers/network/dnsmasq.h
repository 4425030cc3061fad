/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The network's dnsmasq: names, and addresses for guests. It is a daemon of its own that outlives
 * ours. Its files are RUN/UUID.conf, .hosts (of DHCP) and .names (of DNS), and STATE/UUID.leases;
 * it is known again by its command line, which names that .conf.
 */

#include <glib.h>
#include <stdbool.h>

#include "drivers/network.h"

/* Whether the network needs one: it has an address, and anything to serve there. */
bool network_dnsmasq_is_wanted(const RvNetworkDef *def);

G_GNUC_WARN_UNUSED_RESULT bool network_dnsmasq_start(const RvNetworkHost *host,
                                                     const RvNetworkDef *def, RvOperation *op,
                                                     GError **error);
/* One that does not run is success. */
G_GNUC_WARN_UNUSED_RESULT bool network_dnsmasq_stop(const RvNetworkHost *host,
                                                    const RvNetworkDef *def, GError **error);
bool network_dnsmasq_runs(const RvNetworkHost *host, const RvNetworkDef *def);

/* Where it keeps something: "conf", "leases". To be freed. */
char *network_dnsmasq_path(const RvNetworkHost *host, const RvNetworkDef *def, const char *what);

/* Writes what it reads when it begins, and the hosts, which it also reads on SIGHUP. */
G_GNUC_WARN_UNUSED_RESULT bool network_dnsmasq_write(const RvNetworkHost *host,
                                                     const RvNetworkDef *def, GError **error);
