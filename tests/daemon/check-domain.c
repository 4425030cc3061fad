/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/daemon/fixture.h"

#include "daemon/instance.h"

static void no_free(RvGuest *guest)
{
}

static const RvLifeOps life = {.free = no_free};
static const RvDriver driver = {.name = "test", .life = &life};

/* A domain with a guest, as a start leaves it. */
static RvDomain *started(Fixture *fixture, int id)
{
    RvDomain *domain = fixture_domain(fixture, &driver, 1, "a");
    domain->instance = rv_instance_new(domain, NULL, rv_domain_def_new(), id);
    domain->guest = domain->instance->guest;
    return domain;
}

static void finish(Fixture *fixture, RvDomain *domain)
{
    domain->guest = NULL;
    g_clear_pointer(&domain->instance, rv_instance_unref);
    fixture_free(fixture);
}

#define RUNNING(reason) {RV_DOMAIN_RUNNING, RV_RUNNING_##reason}
#define PAUSED(reason) {RV_DOMAIN_PAUSED, RV_PAUSED_##reason}
#define SHUTOFF(reason) {RV_DOMAIN_SHUTOFF, RV_SHUTOFF_##reason}

/* Moves and the events they make, as clients get them from libvirt: "type/detail ". */
static const struct {
    const char *label;
    struct {
        RvDomainState state;
        int reason;
    } moves[4];
    const char *events;
} rows[] = {
    {"start", {RUNNING(BOOTED)}, "2/0 "},
    {"start paused", {PAUSED(USER)}, "2/0 3/0 "},
    {"suspend, resume", {RUNNING(BOOTED), PAUSED(USER), RUNNING(UNPAUSED)}, "2/0 3/0 4/0 "},
    {"another reason only", {RUNNING(BOOTED), RUNNING(UNPAUSED)}, "2/0 "},
    {"the same twice", {RUNNING(BOOTED), PAUSED(USER), PAUSED(USER)}, "2/0 3/0 "},
    {"I/O error", {RUNNING(BOOTED), PAUSED(IOERROR)}, "2/0 3/2 "},
    {"watchdog", {RUNNING(BOOTED), PAUSED(WATCHDOG)}, "2/0 3/3 "},
    {"destroy", {RUNNING(BOOTED), SHUTOFF(DESTROYED)}, "2/0 5/1 "},
    {"shutdown by the guest",
     {RUNNING(BOOTED), {RV_DOMAIN_SHUTDOWN, RV_SHUTDOWN_BY_GUEST}, SHUTOFF(SHUTDOWN)},
     "2/0 6/1 5/0 "},
    {"shutdown by the host",
     {RUNNING(BOOTED), {RV_DOMAIN_SHUTDOWN, RV_SHUTDOWN_BY_HOST}, SHUTOFF(SHUTDOWN)},
     "2/0 6/2 5/0 "},
    {"shutdown", {RUNNING(BOOTED), {RV_DOMAIN_SHUTDOWN, 0}, SHUTOFF(SHUTDOWN)}, "2/0 6/0 5/0 "},
    {"the emulator dies", {RUNNING(BOOTED), SHUTOFF(CRASHED)}, "2/0 5/5 "},
    {"the guest panics", {RUNNING(BOOTED), {RV_DOMAIN_CRASHED, 1}, SHUTOFF(CRASHED)},
     "2/0 8/0 5/2 "},
    {"sleep and wake-up", {RUNNING(BOOTED), {RV_DOMAIN_PMSUSPENDED, 0}, RUNNING(WAKEUP)},
     "2/0 7/0 2/4 "},
    {"again", {RUNNING(BOOTED), SHUTOFF(DESTROYED), RUNNING(BOOTED)}, "2/0 5/1 2/0 "},
};

START_TEST(test_moves)
{
    Fixture *fixture = fixture_new();
    RvDomain *domain = started(fixture, 7);
    fixture_log_events(fixture);
    for (size_t i = 0; i < 4 && rows[_i].moves[i].state != RV_DOMAIN_NOSTATE; i++) {
        rv_domain_set_state(domain, rows[_i].moves[i].state, rows[_i].moves[i].reason);
        ck_assert_int_eq(domain->view->state, rows[_i].moves[i].state);
        bool active = rv_domain_view_is_active(domain->view);
        ck_assert_int_eq(domain->view->id, active ? 7 : -1);
        ck_assert(rv_registry_by_id(fixture->core.registry, NULL, 7, NULL) ==
                  (active ? domain : NULL));
    }
    ck_assert_msg(g_str_equal(fixture->log->str, rows[_i].events), "%s: %s", rows[_i].label,
                  fixture->log->str);
    finish(fixture, domain);
}
END_TEST

/* Who asked for a shutdown is for the event; clients know no such reasons. */
START_TEST(test_shutdown_reason)
{
    Fixture *fixture = fixture_new();
    RvDomain *domain = started(fixture, 1);
    rv_domain_set_state(domain, RV_DOMAIN_RUNNING, RV_RUNNING_BOOTED);
    rv_domain_set_state(domain, RV_DOMAIN_SHUTDOWN, RV_SHUTDOWN_BY_GUEST);
    ck_assert_int_eq(domain->view->reason, RV_SHUTDOWN_UNKNOWN);
    finish(fixture, domain);
}
END_TEST

START_TEST(test_definitions)
{
    Fixture *fixture = fixture_new();
    RvDomain *domain = fixture_domain(fixture, &driver, 1, "a");
    g_autoptr(RvDefinition) first = fixture_definition(1, "a", "<first/>");
    g_autoptr(RvDefinition) second = fixture_definition(1, "a", "<second/>");
    fixture_log_events(fixture);
    ck_assert(!domain->visible);
    rv_domain_set_config(domain, first);
    ck_assert(domain->visible && domain->view->persistent);
    rv_domain_set_autostart(domain, true);
    g_autoptr(RvDomainView) kept = rv_domain_get_view(domain);
    rv_domain_set_config(domain, second);
    ck_assert(domain->view->autostart);
    rv_domain_set_config(domain, NULL);
    ck_assert(!domain->visible && !domain->view->persistent && !domain->view->autostart);
    ck_assert_str_eq(fixture->log->str, "0/0 0/1 1/0 ");

    /* A reader's view is as it was. */
    ck_assert_str_eq(rv_definition_text(rv_domain_view_current(kept), true), "<first/>");
    ck_assert(kept->autostart);
    fixture_free(fixture);
}
END_TEST

START_TEST(test_live_definition)
{
    Fixture *fixture = fixture_new();
    RvDomain *domain = started(fixture, 1);
    g_autoptr(RvDefinition) config = fixture_definition(1, "a", "<config/>");
    g_autoptr(RvDefinition) live = fixture_definition(1, "a", "<live/>");
    rv_domain_set_config(domain, config);
    ck_assert_ptr_eq(rv_domain_view_current(domain->view), config);
    rv_domain_set_live(domain, live);
    rv_domain_set_state(domain, RV_DOMAIN_RUNNING, RV_RUNNING_BOOTED);
    ck_assert_ptr_eq(rv_domain_view_current(domain->view), live);
    rv_domain_set_config(domain, NULL);
    ck_assert_msg(domain->visible, "undefined, it runs on");
    rv_domain_set_state(domain, RV_DOMAIN_SHUTOFF, RV_SHUTOFF_DESTROYED);
    ck_assert_ptr_null(domain->view->live);
    finish(fixture, domain);
}
END_TEST

START_TEST(test_failures)
{
    Fixture *fixture = fixture_new();
    RvDomain *domain = fixture_domain(fixture, &driver, 1, "a");
    for (int i = 1; i <= 12; i++)
        rv_domain_add_failure(domain, "failure %d", i);
    ck_assert_uint_eq(domain->failures->len, 10);
    ck_assert_str_eq(((RvFailure *)domain->failures->pdata[0])->text, "failure 3");
    ck_assert_str_eq(((RvFailure *)domain->failures->pdata[9])->text, "failure 12");
    fixture_free(fixture);
}
END_TEST

static void unsubscribe_all(const RvEvent *event, void *data)
{
    RvSubscription **subscriptions = data;
    rv_events_unsubscribe((RvEvents *)subscriptions[2], subscriptions[0]);
    rv_events_unsubscribe((RvEvents *)subscriptions[2], subscriptions[1]);
}

static void never(const RvEvent *event, void *data)
{
    ck_abort_msg("called after it was removed");
}

START_TEST(test_unsubscribe_from_within)
{
    RvEvents *events = rv_events_new();
    RvSubscription *subscriptions[3] = {[2] = (RvSubscription *)events};
    subscriptions[0] =
        rv_events_subscribe(events, RV_EVENT_REBOOT, NULL, NULL, unsubscribe_all, subscriptions);
    subscriptions[1] = rv_events_subscribe(events, RV_EVENT_REBOOT, NULL, NULL, never, NULL);
    RvEvent event = {.id = RV_EVENT_REBOOT, .driver = &driver, .uuid = fixture_uuid(1)};
    rv_events_emit(events, &event);
    rv_events_emit(events, &event);
    rv_events_free(events);
}
END_TEST

static void count_event(const RvEvent *event, void *data)
{
    ++*(int *)data;
}

START_TEST(test_filters)
{
    RvEvents *events = rv_events_new();
    RvUuid one = fixture_uuid(1), two = fixture_uuid(2);
    int all = 0, of_driver = 0, of_other = 0, of_one = 0, of_two = 0, of_id = 0;
    rv_events_subscribe(events, RV_EVENT_LIFECYCLE, NULL, NULL, count_event, &all);
    rv_events_subscribe(events, RV_EVENT_LIFECYCLE, &driver, NULL, count_event, &of_driver);
    rv_events_subscribe(events, RV_EVENT_LIFECYCLE, &other_driver, NULL, count_event, &of_other);
    rv_events_subscribe(events, RV_EVENT_LIFECYCLE, NULL, &one, count_event, &of_one);
    rv_events_subscribe(events, RV_EVENT_LIFECYCLE, NULL, &two, count_event, &of_two);
    rv_events_subscribe(events, RV_EVENT_REBOOT, NULL, NULL, count_event, &of_id);
    rv_events_emit(events, &(RvEvent){.id = RV_EVENT_LIFECYCLE, .driver = &driver, .uuid = one});
    ck_assert_int_eq(all, 1);
    ck_assert_int_eq(of_driver, 1);
    ck_assert_int_eq(of_other, 0);
    ck_assert_int_eq(of_one, 1);
    ck_assert_int_eq(of_two, 0);
    ck_assert_int_eq(of_id, 0);
    rv_events_free(events);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("domain");
    tcase_add_loop_test(tcase, test_moves, 0, G_N_ELEMENTS(rows));
    tcase_add_test(tcase, test_shutdown_reason);
    tcase_add_test(tcase, test_definitions);
    tcase_add_test(tcase, test_live_definition);
    tcase_add_test(tcase, test_failures);
    tcase_add_test(tcase, test_unsubscribe_from_within);
    tcase_add_test(tcase, test_filters);
    return fixture_main("domain", tcase);
}
