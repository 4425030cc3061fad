/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/daemon/fixture.h"

#include "base/file.h"
#include "daemon/object.h"

const RvDriver test_driver = {.name = "test"};
const RvDriver other_driver = {.name = "other"};

Fixture *fixture_new(void)
{
    Fixture *fixture = g_new0(Fixture, 1);
    GError *error = NULL;
    fixture->dir = g_dir_make_tmp("reeve-check-XXXXXX", &error);
    ck_assert_msg(fixture->dir, "%s", error ? error->message : "");
    fixture->log = g_string_new(NULL);
    fixture->core.loop = rv_loop_new(&error);
    ck_assert_msg(fixture->core.loop, "%s", error ? error->message : "");
    fixture->core.workers = rv_workers_new(8, 64);
    fixture->core.urgent = rv_workers_new(8, 64);
    fixture->core.events = rv_events_new();
    fixture->core.registry = rv_registry_new();
    fixture->core.objects = rv_objects_new();
    fixture->domains = g_ptr_array_new_with_free_func((GDestroyNotify)rv_domain_unref);
    return fixture;
}

void fixture_open_store(Fixture *fixture, const RvStoreLimits *limits)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(fixture->dir, "store.db", NULL);
    fixture->core.store = rv_store_open(path, fixture->core.loop, limits, &error);
    ck_assert_msg(fixture->core.store, "%s", error ? error->message : "");
}


void fixture_free(Fixture *fixture)
{
    RvCore *core = &fixture->core;
    rv_workers_free(core->workers);
    rv_workers_free(core->urgent);
    rv_store_close(core->store);
    fixture_settle(fixture);
    g_ptr_array_unref(fixture->domains);
    rv_registry_free(core->registry);
    rv_objects_free(core->objects);
    rv_events_free(core->events);
    rv_loop_free(core->loop);
    ck_assert(rv_dir_remove(fixture->dir, NULL));
    g_string_free(fixture->log, TRUE);
    g_free(fixture->dir);
    g_free(fixture);
}

void fixture_run_until(Fixture *fixture, const bool *flag)
{
    gint64 deadline = g_get_monotonic_time() + 10 * G_USEC_PER_SEC;
    while (!*flag) {
        if (g_get_monotonic_time() > deadline)
            ck_abort_msg("nothing came within ten seconds");
        if (!g_main_context_iteration(NULL, FALSE))
            g_usleep(200); /* an event of another thread is on its way */
    }
}

static void set_flag(void *data)
{
    *(bool *)data = true;
}

void fixture_settle(Fixture *fixture)
{
    bool reached = false;
    rv_loop_post(fixture->core.loop, set_flag, &reached);
    fixture_run_until(fixture, &reached);
}

RvUuid fixture_uuid(unsigned char number)
{
    RvUuid uuid = {{0x11, 0x22, 0x33}};
    uuid.bytes[15] = number;
    return uuid;
}

RvDomain *fixture_domain(Fixture *fixture, const RvDriver *driver, unsigned char number,
                         const char *name)
{
    g_autoptr(GError) error = NULL;
    RvUuid uuid = fixture_uuid(number);
    RvDomain *domain = rv_domain_new(&fixture->core, driver, &uuid, name);
    g_ptr_array_add(fixture->domains, domain);
    ck_assert_msg(rv_registry_add(fixture->core.registry, domain, &error), "%s",
                  error ? error->message : "");
    return domain;
}

RvDefinition *fixture_definition(unsigned char number, const char *name, const char *text)
{
    RvDefinitionSummary summary = {
        .uuid = fixture_uuid(number),
        .name = (char *)name,
        .virt = RV_VIRT_TEST,
        .os_type = RV_OS_HVM,
        .max_memory_kib = 4096,
        .memory_kib = 2048,
        .max_vcpus = 4,
        .vcpus = 2,
    };
    return rv_definition_load(&summary, text, NULL);
}

static void log_event(const RvEvent *event, void *data)
{
    g_string_append_printf(data, "%d/%d ", event->type, event->detail);
}

void fixture_log_events(Fixture *fixture)
{
    rv_events_subscribe(fixture->core.events, RV_EVENT_LIFECYCLE, NULL, NULL, log_event,
                        fixture->log);
}

int fixture_main(const char *name, TCase *tcase)
{
    Suite *suite = suite_create(name);
    tcase_set_timeout(tcase, 60);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
