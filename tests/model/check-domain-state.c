/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/domain-state.h"

#include <check.h>
#include <stdlib.h>

/* One column for each state to become: nostate, running, blocked, paused, shutdown, shutoff,
 * crashed, pmsuspended. */
static const char *const legal[RV_DOMAIN_STATE_LAST] = {
    [RV_DOMAIN_NOSTATE] = "yyyyyyyy", [RV_DOMAIN_RUNNING] = "-yyyyyyy",
    [RV_DOMAIN_BLOCKED] = "-yyyyyyy", [RV_DOMAIN_PAUSED] = "-yyyyyyy",
    [RV_DOMAIN_SHUTDOWN] = "-yyyyyy-", [RV_DOMAIN_SHUTOFF] = "-y-y-y--",
    [RV_DOMAIN_CRASHED] = "-yyyyyy-", [RV_DOMAIN_PMSUSPENDED] = "-yyyyyyy",
};

START_TEST(test_moves)
{
    for (RvDomainState to = 0; to < RV_DOMAIN_STATE_LAST; to++)
        ck_assert_msg(rv_domain_state_can_become((RvDomainState)_i, to) ==
                          (legal[_i][to] == 'y'),
                      "%s to %s", rv_domain_state_to_string((RvDomainState)_i),
                      rv_domain_state_to_string(to));
}
END_TEST

START_TEST(test_outside)
{
    ck_assert(!rv_domain_state_can_become(RV_DOMAIN_STATE_LAST, RV_DOMAIN_RUNNING));
    ck_assert(!rv_domain_state_can_become(RV_DOMAIN_RUNNING, RV_DOMAIN_STATE_LAST));
    ck_assert_ptr_null(rv_domain_state_to_string(RV_DOMAIN_STATE_LAST));
    ck_assert_int_eq(rv_domain_state_from_string("gone"), -1);
}
END_TEST

static const struct {
    RvDomainState state;
    int reason;
    const char *text;
} reasons[] = {
    {RV_DOMAIN_RUNNING, RV_RUNNING_BOOTED, "running (booted)"},
    {RV_DOMAIN_RUNNING, RV_RUNNING_POSTCOPY_FAILED, "running (post-copy failed)"},
    {RV_DOMAIN_RUNNING, 99, "running"},
    {RV_DOMAIN_RUNNING, -1, "running"},
    {RV_DOMAIN_PAUSED, RV_PAUSED_USER, "paused (user)"},
    {RV_DOMAIN_PAUSED, RV_PAUSED_STARTING_UP, "paused (starting up)"},
    {RV_DOMAIN_PAUSED, RV_PAUSED_POSTCOPY_FAILED, "paused (post-copy failed)"},
    {RV_DOMAIN_SHUTDOWN, RV_SHUTDOWN_USER, "in shutdown (user)"},
    {RV_DOMAIN_SHUTOFF, RV_SHUTOFF_UNKNOWN, "shut off"},
    {RV_DOMAIN_SHUTOFF, RV_SHUTOFF_DAEMON, "shut off (daemon)"},
    {RV_DOMAIN_CRASHED, RV_CRASHED_PANICKED, "crashed (panicked)"},
    {RV_DOMAIN_PMSUSPENDED, 0, "pmsuspended"},
    {RV_DOMAIN_STATE_LAST, 0, "no state"},
};

START_TEST(test_reasons)
{
    ck_assert_str_eq(rv_domain_state_reason_to_string(reasons[_i].state, reasons[_i].reason),
                     reasons[_i].text);
}
END_TEST

START_TEST(test_active)
{
    for (RvDomainState state = 0; state < RV_DOMAIN_STATE_LAST; state++)
        ck_assert(rv_domain_state_is_active(state) ==
                  (state != RV_DOMAIN_NOSTATE && state != RV_DOMAIN_SHUTOFF));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("domain-state");
    TCase *tcase = tcase_create("domain-state");
    tcase_add_loop_test(tcase, test_moves, 0, RV_DOMAIN_STATE_LAST);
    tcase_add_test(tcase, test_outside);
    tcase_add_loop_test(tcase, test_reasons, 0, G_N_ELEMENTS(reasons));
    tcase_add_test(tcase, test_active);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
