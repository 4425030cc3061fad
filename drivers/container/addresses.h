/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The addresses and routes of a network device, as a definition has them. */

#include "drivers/driver.h"

/* How many bits of an address name its network where nothing says so, as libvirt has it: those of
 * its class (8, 16 or 24), 64 with IPv6, none of 0.0.0.0 and ::. */
unsigned container_addresses_natural_prefix(const char *address);

/* The bits of a netmask. False: it is none. */
bool container_addresses_read_mask(const char *netmask, unsigned *ret_prefix);

/* [job] Gives `ips` (RvIp) and `routes` (RvRoute) to the device, by a socket of its network
 * namespace, and switches it on if it is to be `up`; one that is down has no routes. */
G_GNUC_WARN_UNUSED_RESULT bool container_addresses_add(int fd, const char *device,
                                                       const GPtrArray *ips,
                                                       const GPtrArray *routes, bool up,
                                                       GError **error);
