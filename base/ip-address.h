/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Addresses of IPv4 and IPv6, and the networks that they are in. */

#include <glib.h>
#include <stdbool.h>

typedef struct {
    int family;              /* AF_INET, AF_INET6 */
    unsigned char bytes[16]; /* in the order of the wire; of IPv4 the first four */
} RvIpAddress;

bool rv_ip_address_parse(const char *text, RvIpAddress *ret);
char *rv_ip_address_format(const RvIpAddress *address);

unsigned rv_ip_address_bits(const RvIpAddress *address); /* 32 or 128 */
/* The prefix that libvirt takes where none is said: by class for IPv4, 64 for IPv6. */
unsigned rv_ip_address_natural_prefix(const RvIpAddress *address);
/* False: its bits are not a mask. */
bool rv_ip_address_mask_to_prefix(const RvIpAddress *mask, unsigned *ret);
RvIpAddress rv_ip_address_prefix_to_mask(int family, unsigned prefix);

/* The network itself, and its last address. */
RvIpAddress rv_ip_address_first(const RvIpAddress *address, unsigned prefix);
RvIpAddress rv_ip_address_last(const RvIpAddress *address, unsigned prefix);
bool rv_ip_address_is_in(const RvIpAddress *address, const RvIpAddress *network, unsigned prefix);
/* Of one family; as strcmp(). */
int rv_ip_address_compare(const RvIpAddress *a, const RvIpAddress *b);
