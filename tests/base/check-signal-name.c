/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/signal-name.h"

#include <glib.h>
#include <signal.h>

#include "tests/check-main.h"

static const struct {
    const char *text;
    int number;
} rows[] = {
    {"SIGTERM", SIGTERM}, {"TERM", SIGTERM}, {"term", SIGTERM},    {"sig_hup", SIGHUP},
    {"SIGPWR", SIGPWR},   {"poll", SIGPOLL}, {"stkflt", SIGSTKFLT}, {"nop", 0},
    {"0", 0},             {"15", SIGTERM},   {"64", 64},            {"65", -1},
    {"-1", -1},           {"", -1},          {"SIG", -1},           {"_TERM", -1},
    {"SIGNOTHING", -1},   {"15 ", -1},       {"RT", -1},            {"RTMIN", -1},
    {"RTMIN+", -1},       {"RTMIN+-1", -1},
};

START_TEST(test_name)
{
    ck_assert_msg(rv_signal_from_name(rows[_i].text) == rows[_i].number, "%s", rows[_i].text);
}
END_TEST

/* These are no constants. */
START_TEST(test_real_time)
{
    ck_assert_int_eq(rv_signal_from_name("SIGRTMIN+3"), SIGRTMIN + 3);
    ck_assert_int_eq(rv_signal_from_name("RTMIN+31"), -1);
    ck_assert_int_eq(rv_signal_from_name("rt3"), 35);
    ck_assert_int_eq(rv_signal_from_name("RT32"), SIGRTMAX);
    ck_assert_int_eq(rv_signal_from_name("RT33"), -1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("signal-name");
    TCase *tests = tcase_create("signal-name");
    tcase_add_loop_test(tests, test_name, 0, G_N_ELEMENTS(rows));
    tcase_add_test(tests, test_real_time);
    suite_add_tcase(suite, tests);
    return check_run(suite);
}
