/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/network.h"

#define VALUES(...) RV_SUPPORT_VALUES(__VA_ARGS__)

static const RvSupportRow rows[] = {
    {"@ipv6"},
    {"@trustGuestRxFilters", VALUES("no")},
    {"name"},
    {"uuid"},
    {"metadata"},
    {"forward/@mode", VALUES("nat", "route", "open", "bridge")},
    {"forward/@dev"},
    {"forward/interface/@dev"},
    {"forward/nat/**"},
    {"bridge/@name|stp|delay"},
    {"bridge/@macTableManager", VALUES("kernel")},
    {"mtu/@size"},
    {"mac/@address"},
    {"domain/@name|localOnly"},
    {"dns/**"},
    {"port/@isolated", VALUES("no")},
    {"ip/**"},
    {"route/**"},
    {"portgroup/@name|default"},
    {"portgroup/@trustGuestRxFilters", VALUES("no")},
    {"dnsmasq:options/**"},
};
const RvSupport rv_network_support = RV_SUPPORT(rows);
