/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/ip-address.h"

#include <sys/socket.h>

#include "tests/check-main.h"

static const struct {
    const char *address;
    unsigned prefix;
} natural[] = {
    {"10.1.2.3", 8},     {"127.0.0.1", 8},  {"128.0.0.1", 16}, {"172.16.0.1", 16},
    {"192.168.1.1", 24}, {"224.0.0.1", 24}, {"0.0.0.0", 0},    {"::", 0},
    {"fd00::1", 64},
};

START_TEST(finds_natural_prefix)
{
    RvIpAddress address;
    ck_assert(rv_ip_address_parse(natural[_i].address, &address));
    ck_assert_msg(rv_ip_address_natural_prefix(&address) == natural[_i].prefix, "%s: %u",
                  natural[_i].address, rv_ip_address_natural_prefix(&address));
}
END_TEST

static const struct {
    const char *mask;
    int prefix; /* -1: it is none */
} masks[] = {
    {"255.255.255.0", 24},   {"255.255.255.255", 32}, {"0.0.0.0", 0},    {"255.128.0.0", 9},
    {"128.0.0.0", 1},        {"255.0.255.0", -1},     {"0.0.0.255", -1}, {"255.255.255", -1},
    {"255.255.255.254", 31}, {"ffff::", -1},          {"", -1},          {"many", -1},
};

START_TEST(reads_masks)
{
    unsigned prefix = 99;
    RvIpAddress mask;
    bool good = rv_ip_address_parse(masks[_i].mask, &mask) && mask.family == AF_INET &&
                rv_ip_address_mask_to_prefix(&mask, &prefix);
    ck_assert_msg(good == (masks[_i].prefix >= 0), "'%s'", masks[_i].mask);
    ck_assert_msg(!good || (int)prefix == masks[_i].prefix, "'%s': %u", masks[_i].mask, prefix);
}
END_TEST

static const struct {
    const char *address;
    unsigned prefix;
    const char *first, *last, *inside, *outside;
} networks[] = {
    {"192.168.231.77", 24, "192.168.231.0", "192.168.231.255", "192.168.231.1", "192.168.232.1"},
    {"10.1.2.3", 0, "0.0.0.0", "255.255.255.255", "200.0.0.1", "fd00::1"},
    {"10.1.2.3", 31, "10.1.2.2", "10.1.2.3", "10.1.2.2", "10.1.2.4"},
    {"10.1.2.3", 32, "10.1.2.3", "10.1.2.3", "10.1.2.3", "10.1.2.2"},
    {"fd00:1::5", 64, "fd00:1::", "fd00:1::ffff:ffff:ffff:ffff", "fd00:1::1", "fd00:1:0:1::1"},
};

START_TEST(knows_networks)
{
    RvIpAddress address, inside, outside;
    unsigned prefix = networks[_i].prefix;
    ck_assert(rv_ip_address_parse(networks[_i].address, &address) &&
              rv_ip_address_parse(networks[_i].inside, &inside) &&
              rv_ip_address_parse(networks[_i].outside, &outside));
    RvIpAddress first = rv_ip_address_first(&address, prefix);
    RvIpAddress last = rv_ip_address_last(&address, prefix);
    g_autofree char *first_text = rv_ip_address_format(&first);
    g_autofree char *last_text = rv_ip_address_format(&last);
    ck_assert_str_eq(first_text, networks[_i].first);
    ck_assert_str_eq(last_text, networks[_i].last);
    ck_assert(rv_ip_address_is_in(&inside, &address, prefix));
    ck_assert(!rv_ip_address_is_in(&outside, &address, prefix));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ip-address");
    TCase *cases = tcase_create("prefix");
    tcase_add_loop_test(cases, finds_natural_prefix, 0, G_N_ELEMENTS(natural));
    tcase_add_loop_test(cases, reads_masks, 0, G_N_ELEMENTS(masks));
    tcase_add_loop_test(cases, knows_networks, 0, G_N_ELEMENTS(networks));
    suite_add_tcase(suite, cases);
    return check_run(suite);
}
