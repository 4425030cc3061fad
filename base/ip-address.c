/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/ip-address.h"

#include <arpa/inet.h>
#include <string.h>

bool rv_ip_address_parse(const char *text, RvIpAddress *ret)
{
    *ret = (RvIpAddress){.family = strchr(text, ':') ? AF_INET6 : AF_INET};
    return inet_pton(ret->family, text, ret->bytes) == 1;
}

char *rv_ip_address_format(const RvIpAddress *address)
{
    char text[INET6_ADDRSTRLEN];
    return g_strdup(inet_ntop(address->family, address->bytes, text, sizeof(text)));
}

unsigned rv_ip_address_bits(const RvIpAddress *address)
{
    return address->family == AF_INET6 ? 128 : 32;
}

unsigned rv_ip_address_natural_prefix(const RvIpAddress *address)
{
    static const RvIpAddress any;
    if (!memcmp(address->bytes, any.bytes, sizeof(any.bytes)))
        return 0;
    if (address->family == AF_INET6)
        return 64;
    return address->bytes[0] < 128 ? 8 : address->bytes[0] < 192 ? 16 : 24;
}

static bool get_bit(const RvIpAddress *address, unsigned bit)
{
    return address->bytes[bit / 8] & (0x80u >> bit % 8);
}

bool rv_ip_address_mask_to_prefix(const RvIpAddress *mask, unsigned *ret)
{
    unsigned bits = rv_ip_address_bits(mask), prefix = 0;
    while (prefix < bits && get_bit(mask, prefix))
        prefix++;
    *ret = prefix;
    for (unsigned bit = prefix; bit < bits; bit++) {
        if (get_bit(mask, bit))
            return false;
    }
    return true;
}

RvIpAddress rv_ip_address_prefix_to_mask(int family, unsigned prefix)
{
    RvIpAddress mask = {.family = family};
    for (unsigned bit = 0; bit < prefix && bit < rv_ip_address_bits(&mask); bit++)
        mask.bytes[bit / 8] |= (unsigned char)(0x80u >> bit % 8);
    return mask;
}

RvIpAddress rv_ip_address_first(const RvIpAddress *address, unsigned prefix)
{
    RvIpAddress mask = rv_ip_address_prefix_to_mask(address->family, prefix), first = *address;
    for (unsigned i = 0; i < sizeof(first.bytes); i++)
        first.bytes[i] &= mask.bytes[i];
    return first;
}

RvIpAddress rv_ip_address_last(const RvIpAddress *address, unsigned prefix)
{
    RvIpAddress mask = rv_ip_address_prefix_to_mask(address->family, prefix), last = *address;
    for (unsigned i = 0; i < rv_ip_address_bits(address) / 8; i++)
        last.bytes[i] |= (unsigned char)~mask.bytes[i];
    return last;
}

int rv_ip_address_compare(const RvIpAddress *a, const RvIpAddress *b)
{
    return memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

bool rv_ip_address_is_in(const RvIpAddress *address, const RvIpAddress *network, unsigned prefix)
{
    RvIpAddress a = rv_ip_address_first(address, prefix), b = rv_ip_address_first(network, prefix);
    return address->family == network->family && !rv_ip_address_compare(&a, &b);
}
