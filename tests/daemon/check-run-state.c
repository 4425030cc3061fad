/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/daemon/fixture.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "daemon/instance.h"
#include "daemon/run-state.h"

static const RvLifeOps life = {0};
static const RvDriver driver = {.name = "test", .life = &life};

static const char document[] = "<domain type='test'><name>a</name>"
                               "<uuid>11223300-0000-0000-0000-000000000001</uuid>"
                               "<memory>4096</memory><os><type>hvm</type></os></domain>";

static RvRunState *open_state(Fixture *fixture)
{
    g_autoptr(GError) error = NULL;
    RvRunState *state = rv_run_state_new(fixture->dir, &error);
    ck_assert_msg(state, "%s", error ? error->message : "");
    return state;
}

static RvInstance *make_instance(Fixture *fixture, int id)
{
    g_autoptr(GError) error = NULL;
    RvDomain *domain = fixture_domain(fixture, &driver, 1, "a");
    RvDomainDef *def = rv_domain_def_parse(document, strlen(document), NULL, &error);
    ck_assert_msg(def, "%s", error ? error->message : "");
    def->id = id;
    RvInstance *instance = rv_instance_new(domain, NULL, def, id);
    instance->remembered = json_pack("{si}", "pid", 4711);
    return instance;
}

static char *guest_file(Fixture *fixture, const char *suffix)
{
    return g_strdup_printf("%s/guests/11223300-0000-0000-0000-000000000001.json%s", fixture->dir,
                           suffix);
}

static unsigned count_loaded(RvRunState *state)
{
    g_autoptr(GPtrArray) all = rv_run_state_load(state, NULL);
    return all->len;
}

START_TEST(test_roundtrip)
{
    Fixture *fixture = fixture_new();
    g_autoptr(RvRunState) state = open_state(fixture);
    RvInstance *instance = make_instance(fixture, 42);
    RvDomain *domain = instance->domain;
    instance->autodestroy = instance->restart = true;
    ck_assert(rv_run_state_write(state, instance, NULL));
    ck_assert_uint_eq(count_loaded(state), 1);

    g_autofree char *path = guest_file(fixture, "");
    struct stat status;
    ck_assert_int_eq(stat(path, &status), 0);
    ck_assert_msg((status.st_mode & 0777) == 0600, "it has secrets");

    /* Updates from the loop and a removal keep their order. */
    g_autoptr(RvDefinition) live = fixture_definition(1, "a", document);
    fixture->core.run_state = state;
    domain->instance = instance;
    instance->phase = RV_PHASE_ACTIVE;
    rv_domain_set_live(domain, live);
    rv_domain_set_state(domain, RV_DOMAIN_RUNNING, RV_RUNNING_BOOTED);
    rv_domain_set_state(domain, RV_DOMAIN_PAUSED, RV_PAUSED_IOERROR);
    ck_assert(rv_run_state_remove(state, &(RvUuid){{9}}, NULL)); /* waits for those before it */

    g_autoptr(GPtrArray) all = rv_run_state_load(state, NULL);
    ck_assert_uint_eq(all->len, 1);
    const RvRemembered *remembered = all->pdata[0];
    ck_assert_str_eq(remembered->driver, "test");
    ck_assert_str_eq(remembered->name, "a");
    ck_assert_int_eq(remembered->id, 42);
    ck_assert_int_eq(remembered->phase, RV_PHASE_ACTIVE);
    ck_assert_int_eq(remembered->state, RV_DOMAIN_PAUSED);
    ck_assert_int_eq(remembered->reason, RV_PAUSED_IOERROR);
    ck_assert(remembered->autodestroy && remembered->restart && !remembered->paused);
    ck_assert_str_eq(remembered->live, document);
    ck_assert_int_eq(json_integer_value(json_object_get(remembered->remembered, "pid")), 4711);

    rv_domain_set_state(domain, RV_DOMAIN_RUNNING, RV_RUNNING_UNPAUSED);
    ck_assert(rv_run_state_remove(state, &domain->uuid, NULL));
    ck_assert_uint_eq(count_loaded(state), 0);
    ck_assert_msg(rv_run_state_remove(state, &domain->uuid, NULL), "gone already is success");
    g_clear_pointer(&domain->instance, rv_instance_unref);
    fixture_free(fixture);
}
END_TEST

static const char *const broken[] = {
    "", "{", "[]", "{}", "null", "{\"version\": 1}", "\xff\xfe",
    "{\"version\": 2, \"boot\": \"x\"}",
};

START_TEST(test_broken)
{
    Fixture *fixture = fixture_new();
    g_autoptr(RvRunState) state = open_state(fixture);
    g_autofree char *path = guest_file(fixture, "");
    g_autofree char *aside = guest_file(fixture, ".broken");
    RvUuid uuid = fixture_uuid(1);
    ck_assert(rv_run_state_check(state, &uuid, NULL));
    ck_assert(rv_file_replace(path, 0600, broken[_i], strlen(broken[_i]), NULL));
    ck_assert_uint_eq(count_loaded(state), 0);
    ck_assert_int_eq(access(path, F_OK), -1);
    ck_assert_int_eq(access(aside, F_OK), 0);

    /* What it was about may run: it is not started again until somebody has looked. */
    g_autoptr(GError) error = NULL;
    ck_assert(!rv_run_state_check(state, &uuid, &error));
    ck_assert(strstr(rv_error_get_remedy(error), aside));
    unlink(aside);
    ck_assert(rv_run_state_check(state, &uuid, NULL));
    fixture_free(fixture);
}
END_TEST

/* Every value of the wrong type, and every one missing. */
START_TEST(test_each_value)
{
    Fixture *fixture = fixture_new();
    g_autoptr(RvRunState) state = open_state(fixture);
    RvInstance *instance = make_instance(fixture, 1);
    g_autofree char *path = guest_file(fixture, "");
    g_autofree char *aside = guest_file(fixture, ".broken");
    ck_assert(rv_run_state_write(state, instance, NULL));
    json_t *good = json_load_file(path, 0, NULL);
    const char *key;
    json_t *value;
    json_object_foreach(good, key, value) {
        for (int missing = 0; missing < 2; missing++) {
            json_t *bad = json_copy(good);
            if (missing)
                json_object_del(bad, key);
            else
                json_object_set_new(bad, key, json_real(0.5));
            ck_assert_int_eq(json_dump_file(bad, path, 0), 0);
            json_decref(bad);
            unsigned expected = g_str_equal(key, "remembered") ? 1 : 0;
            ck_assert_msg(count_loaded(state) == expected, "%s, %s", key,
                          missing ? "missing" : "of another type");
            unlink(aside);
        }
    }
    json_decref(good);
    rv_instance_unref(instance);
    fixture_free(fixture);
}
END_TEST

START_TEST(test_unfinished_write)
{
    Fixture *fixture = fixture_new();
    g_autoptr(RvRunState) state = open_state(fixture);
    g_autofree char *path = guest_file(fixture, ".new");
    ck_assert(rv_file_replace(path, 0600, "{", 1, NULL));
    ck_assert_uint_eq(count_loaded(state), 0);
    ck_assert_int_eq(access(path, F_OK), -1);
    fixture_free(fixture);
}
END_TEST

START_TEST(test_ids)
{
    Fixture *fixture = fixture_new();
    RvRunState *state = open_state(fixture);
    ck_assert_int_eq(rv_run_state_next_id(state, "test", NULL), 1);
    ck_assert_int_eq(rv_run_state_next_id(state, "test", NULL), 2);
    ck_assert_int_eq(rv_run_state_next_id(state, "kvm", NULL), 1);
    rv_run_state_free(state);
    state = open_state(fixture);
    ck_assert_int_eq(rv_run_state_next_id(state, "test", NULL), 3);
    rv_run_state_free(state);
    fixture_free(fixture);
}
END_TEST

/* All that another boot of the host left is about processes that are gone. */
START_TEST(test_another_boot)
{
    Fixture *fixture = fixture_new();
    RvRunState *state = open_state(fixture);
    RvInstance *instance = make_instance(fixture, 1);
    ck_assert(rv_run_state_write(state, instance, NULL));
    ck_assert_int_eq(rv_run_state_next_id(state, "test", NULL), 1);
    ck_assert(rv_run_state_is_autostart_due(state));
    rv_run_state_set_autostarted(state);
    rv_run_state_free(state);

    g_autofree char *scratch = g_build_filename(fixture->dir, "drivers", "test", "x", NULL);
    ck_assert(rv_dir_create(scratch, 0700, NULL));
    state = open_state(fixture);
    ck_assert(!rv_run_state_is_autostart_due(state));
    ck_assert_uint_eq(count_loaded(state), 1);
    rv_run_state_free(state);

    g_autofree char *boot = g_build_filename(fixture->dir, "boot-id", NULL);
    ck_assert(rv_file_replace(boot, 0600, "another\n", 8, NULL));
    state = open_state(fixture);
    ck_assert(rv_run_state_is_autostart_due(state));
    ck_assert_uint_eq(count_loaded(state), 0);
    ck_assert_int_eq(access(scratch, F_OK), -1);
    ck_assert_int_eq(rv_run_state_next_id(state, "test", NULL), 1);
    rv_run_state_free(state);
    rv_instance_unref(instance);
    fixture_free(fixture);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("run-state");
    tcase_add_test(tcase, test_roundtrip);
    tcase_add_loop_test(tcase, test_broken, 0, G_N_ELEMENTS(broken));
    tcase_add_test(tcase, test_each_value);
    tcase_add_test(tcase, test_unfinished_write);
    tcase_add_test(tcase, test_ids);
    tcase_add_test(tcase, test_another_boot);
    return fixture_main("run-state", tcase);
}
