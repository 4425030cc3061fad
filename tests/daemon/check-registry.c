/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/daemon/fixture.h"

static RvDomain *visible(Fixture *fixture, const RvDriver *driver, unsigned char number,
                         const char *name)
{
    RvDomain *domain = fixture_domain(fixture, driver, number, name);
    domain->visible = true;
    return domain;
}

START_TEST(test_lookup)
{
    Fixture *fixture = fixture_new();
    RvRegistry *registry = fixture->core.registry;
    RvDomain *a = visible(fixture, &test_driver, 1, "a");
    RvDomain *b = fixture_domain(fixture, &test_driver, 2, "b");
    RvUuid one = fixture_uuid(1), two = fixture_uuid(2);

    ck_assert_ptr_eq(rv_registry_by_name(registry, NULL, "a", NULL), a);
    ck_assert_ptr_eq(rv_registry_by_name(registry, &test_driver, "a", NULL), a);
    ck_assert_ptr_null(rv_registry_by_name(registry, &other_driver, "a", NULL));
    ck_assert_ptr_eq(rv_registry_by_uuid(registry, &test_driver, &one, NULL), a);
    ck_assert_ptr_null(rv_registry_by_uuid(registry, &other_driver, &one, NULL));

    /* Not acknowledged yet: there for those who reserve, not for those who look up. */
    g_autoptr(GError) error = NULL;
    ck_assert_ptr_null(rv_registry_by_uuid(registry, NULL, &two, &error));
    ck_assert_int_eq(error->code, RV_ERR_NO_DOMAIN);
    ck_assert_ptr_null(rv_registry_by_name(registry, NULL, "b", NULL));
    ck_assert_ptr_eq(rv_registry_find(registry, &two), b);
    ck_assert_ptr_eq(rv_registry_find_name(registry, &test_driver, "b"), b);

    rv_registry_remove(registry, b);
    ck_assert_ptr_null(rv_registry_find(registry, &two));
    ck_assert_ptr_null(rv_registry_find_name(registry, &test_driver, "b"));
    fixture_free(fixture);
}
END_TEST

static const struct {
    const char *label;
    const RvDriver *driver;
    unsigned char number;
    const char *name;
    const char *refusal; /* NULL: it is added */
} additions[] = {
    {"another", &test_driver, 2, "b", NULL},
    {"same name, other driver", &other_driver, 2, "a", NULL},
    {"same name", &test_driver, 2, "a", "'a' already exists with uuid 11223300-0000-0000-0000-000000000001"},
    {"same uuid", &test_driver, 1, "b", "'a' is already defined with uuid 11223300-0000-0000-0000-000000000001"},
    {"same uuid, other driver", &other_driver, 1, "b", "'a' is already defined"},
};

START_TEST(test_add)
{
    Fixture *fixture = fixture_new();
    g_autoptr(GError) error = NULL;
    visible(fixture, &test_driver, 1, "a");
    RvUuid uuid = fixture_uuid(additions[_i].number);
    g_autoptr(RvDomain) domain =
        rv_domain_new(&fixture->core, additions[_i].driver, &uuid, additions[_i].name);
    bool added = rv_registry_add(fixture->core.registry, domain, &error);
    ck_assert_msg(added == !additions[_i].refusal, "%s", additions[_i].label);
    if (!added) {
        ck_assert_int_eq(error->code, RV_ERR_OPERATION_FAILED);
        ck_assert_msg(strstr(error->message, additions[_i].refusal), "%s: %s", additions[_i].label,
                      error->message);
    }
    g_clear_pointer(&domain, rv_domain_unref);
    fixture_free(fixture);
}
END_TEST

START_TEST(test_two_drivers)
{
    Fixture *fixture = fixture_new();
    RvRegistry *registry = fixture->core.registry;
    RvDomain *mine = visible(fixture, &test_driver, 1, "web");
    RvDomain *theirs = visible(fixture, &other_driver, 2, "web");
    g_autoptr(GError) error = NULL;
    ck_assert_ptr_null(rv_registry_by_name(registry, NULL, "web", &error));
    ck_assert_int_eq(error->code, RV_ERR_MULTIPLE_DOMAINS);
    ck_assert(strstr(error->message, "driver test") && strstr(error->message, "driver other"));
    ck_assert_ptr_eq(rv_registry_by_name(registry, &test_driver, "web", NULL), mine);
    ck_assert_ptr_eq(rv_registry_by_name(registry, &other_driver, "web", NULL), theirs);
    fixture_free(fixture);
}
END_TEST

START_TEST(test_ids)
{
    Fixture *fixture = fixture_new();
    RvRegistry *registry = fixture->core.registry;
    RvDomain *a = visible(fixture, &test_driver, 1, "a");
    rv_registry_id_changed(registry, a, -1, 7);
    ck_assert_ptr_eq(rv_registry_by_id(registry, NULL, 7, NULL), a);
    ck_assert_ptr_null(rv_registry_by_id(registry, &other_driver, 7, NULL));
    rv_registry_id_changed(registry, a, 7, 8);
    g_autoptr(GError) error = NULL;
    ck_assert_ptr_null(rv_registry_by_id(registry, NULL, 7, &error));
    ck_assert_int_eq(error->code, RV_ERR_NO_DOMAIN);
    ck_assert_ptr_eq(rv_registry_by_id(registry, NULL, 8, NULL), a);
    rv_registry_id_changed(registry, a, 8, -1);
    ck_assert_ptr_null(rv_registry_by_id(registry, NULL, 8, NULL));
    fixture_free(fixture);
}
END_TEST

static void log_and_remove(RvDomain *domain, void *data)
{
    Fixture *fixture = data;
    g_string_append(fixture->log, domain->name);
    if (domain->name[0] == 'b')
        rv_registry_remove(fixture->core.registry, domain);
}

START_TEST(test_order)
{
    Fixture *fixture = fixture_new();
    static const char *const names[] = {"c", "a", "b", "d"};
    for (unsigned char i = 0; i < G_N_ELEMENTS(names); i++)
        fixture_domain(fixture, i == 1 ? &other_driver : &test_driver, i, names[i]);
    rv_registry_foreach(fixture->core.registry, NULL, log_and_remove, fixture);
    g_string_append(fixture->log, " ");
    rv_registry_foreach(fixture->core.registry, &test_driver, log_and_remove, fixture);
    ck_assert_str_eq(fixture->log->str, "cabd cd");
    fixture_free(fixture);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("registry");
    tcase_add_test(tcase, test_lookup);
    tcase_add_loop_test(tcase, test_add, 0, G_N_ELEMENTS(additions));
    tcase_add_test(tcase, test_two_drivers);
    tcase_add_test(tcase, test_ids);
    tcase_add_test(tcase, test_order);
    return fixture_main("registry", tcase);
}
