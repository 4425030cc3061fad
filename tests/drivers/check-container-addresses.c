/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/addresses.h"

#include "tests/check-main.h"

static const struct {
    const char *address;
    unsigned prefix;
} natural[] = {
    {"10.1.2.3", 8},     {"127.0.0.1", 8},  {"128.0.0.1", 16}, {"172.16.0.1", 16},
    {"192.168.1.1", 24}, {"224.0.0.1", 24}, {"0.0.0.0", 0},    {"::", 0},
    {"fd00::1", 64},     {"nonsense", 0},
};

START_TEST(finds_natural_prefix)
{
    ck_assert_msg(container_addresses_natural_prefix(natural[_i].address) == natural[_i].prefix,
                  "%s: %u", natural[_i].address,
                  container_addresses_natural_prefix(natural[_i].address));
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
    bool good = container_addresses_read_mask(masks[_i].mask, &prefix);
    ck_assert_msg(good == (masks[_i].prefix >= 0), "'%s'", masks[_i].mask);
    ck_assert_msg(!good || (int)prefix == masks[_i].prefix, "'%s': %u", masks[_i].mask, prefix);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("container-addresses");
    TCase *cases = tcase_create("prefix");
    tcase_add_loop_test(cases, finds_natural_prefix, 0, G_N_ELEMENTS(natural));
    tcase_add_loop_test(cases, reads_masks, 0, G_N_ELEMENTS(masks));
    suite_add_tcase(suite, cases);
    return check_run(suite);
}
