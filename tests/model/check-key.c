/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/key.h"

#include "base/error.h"
#include "tests/check-main.h"

static const struct {
    const char *name;
    int code;
} names[] = {
    {"KEY_ESC", 1},    {"KEY_LEFTCTRL", 29}, {"KEY_102ND", 86}, {"KEY_DELETE", 111},
    {"KEY_SEARCH", 217}, {"KEY_NONE", -1},     {"ESC", -1},       {"", -1},
};

START_TEST(test_name)
{
    ck_assert_int_eq(rv_key_from_name(names[_i].name), names[_i].code);
}
END_TEST

static const struct {
    RvKeySet set;
    unsigned code;
    int scan, error;
} codes[] = {
    {RV_KEY_SET_LINUX, 1, 0x01, 0},        {RV_KEY_SET_LINUX, 111, 0xd3, 0},
    {RV_KEY_SET_ATSET1, 0x01, 0x01, 0},    {RV_KEY_SET_ATSET1, 0xe053, 0xd3, 0},
    {RV_KEY_SET_QNUM, 0xd3, 0xd3, 0},      {RV_KEY_SET_QNUM, 0x100, 0, RV_ERR_INTERNAL},
    {RV_KEY_SET_LINUX, 0, 0, RV_ERR_INTERNAL}, {RV_KEY_SET_LINUX, 0xffffffff, 0, RV_ERR_INTERNAL},
    {RV_KEY_SET_WIN32, 1, 0, RV_ERR_ARGUMENT_UNSUPPORTED},
};

START_TEST(test_scan)
{
    unsigned scan = 0;
    g_autoptr(GError) error = NULL;
    bool ok = rv_key_to_scan(codes[_i].set, codes[_i].code, &scan, &error);
    ck_assert_int_eq(ok ? 0 : error->code, codes[_i].error);
    ck_assert_int_eq(scan, codes[_i].scan);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("key");
    TCase *tests = tcase_create("key");
    tcase_add_loop_test(tests, test_name, 0, G_N_ELEMENTS(names));
    tcase_add_loop_test(tests, test_scan, 0, G_N_ELEMENTS(codes));
    suite_add_tcase(suite, tests);
    return check_run(suite);
}
