/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The addresses and routes of a network device, as a definition has them. */

#include "drivers/driver.h"

/* [job] Gives `ips` (RvIp) and `routes` (RvRoute) to the device, by a socket of its network
 * namespace, and switches it on if it is to be `up`; one that is down has no routes. */
G_GNUC_WARN_UNUSED_RESULT bool container_addresses_add(int fd, const char *device,
                                                       const GPtrArray *ips,
                                                       const GPtrArray *routes, bool up,
                                                       GError **error);
