/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/definition.h"
#include "model/guest-stats.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define DOMAIN(graphics)                                                                           \
    "<domain type='qemu'><name>n</name><uuid>4dea22b3-1d52-d8f3-2516-782e98ab3fa0</uuid>"         \
    "<memory>1024</memory><vcpu current='1'>2</vcpu><os><type>hvm</type></os><devices>" graphics   \
    "</devices></domain>"

static RvDefinition *define(const char *xml)
{
    g_autoptr(RvDomainDef) def = rv_domain_def_parse(xml, strlen(xml), NULL, NULL);
    ck_assert_ptr_nonnull(def);
    return rv_definition_new(def);
}

START_TEST(test_summary)
{
    g_autoptr(RvDefinition) definition = define(DOMAIN(""));
    const RvDefinitionSummary *summary = rv_definition_summary(definition);
    char uuid[RV_UUID_STRING_LEN + 1];
    rv_uuid_format(&summary->uuid, uuid);
    ck_assert_str_eq(uuid, "4dea22b3-1d52-d8f3-2516-782e98ab3fa0");
    ck_assert_str_eq(summary->name, "n");
    ck_assert_int_eq(summary->virt, RV_VIRT_QEMU);
    ck_assert_int_eq(summary->os_type, RV_OS_HVM);
    ck_assert_uint_eq(summary->max_memory_kib, 1024);
    ck_assert_uint_eq(summary->max_vcpus, 2);
    ck_assert_uint_eq(summary->vcpus, 1);
}
END_TEST

START_TEST(test_without_secrets)
{
    g_autoptr(RvDefinition) definition = define(DOMAIN("<graphics type='vnc'/>"));
    ck_assert_ptr_eq(rv_definition_text(definition, true), rv_definition_text(definition, false));
}
END_TEST

START_TEST(test_with_secrets)
{
    g_autoptr(RvDefinition) definition =
        define(DOMAIN("<graphics type='vnc' passwd='hidden &amp; away'/>"));
    ck_assert_ptr_nonnull(strstr(rv_definition_text(definition, true), "hidden &amp; away"));
    ck_assert_ptr_null(strstr(rv_definition_text(definition, false), "hidden"));
    ck_assert_ptr_nonnull(strstr(rv_definition_text(definition, false), "<graphics type='vnc'"));
}
END_TEST

START_TEST(test_load)
{
    g_autoptr(RvDefinition) made = define(DOMAIN("<graphics type='vnc' passwd='x'/>"));
    RvDefinition *loaded =
        rv_definition_load(rv_definition_summary(made), rv_definition_text(made, true),
                           rv_definition_text(made, false));
    g_autoptr(RvDefinition) kept = rv_definition_ref(loaded);
    rv_definition_unref(loaded);
    ck_assert_str_eq(rv_definition_text(kept, true), rv_definition_text(made, true));
    ck_assert_str_eq(rv_definition_text(kept, false), rv_definition_text(made, false));
    ck_assert_str_eq(rv_definition_summary(kept)->name, "n");

    g_autoptr(GError) error = NULL;
    g_autoptr(RvDomainDef) def = rv_definition_parse(kept, &error);
    ck_assert_ptr_nonnull(def);
    ck_assert_str_eq(((RvGraphics *)def->graphics->pdata[0])->password, "x");
}
END_TEST

START_TEST(test_load_what_is_not_understood)
{
    RvDefinitionSummary summary = {.name = (char *)"n"};
    g_autoptr(RvDefinition) definition = rv_definition_load(&summary, "<domain/>", NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(RvDomainDef) def = rv_definition_parse(definition, &error);
    ck_assert_ptr_null(def);
    ck_assert_ptr_nonnull(error);
}
END_TEST

START_TEST(test_stats)
{
    RvGuestStats *stats = rv_guest_stats_new();
    RvBlockStats block = {.target = "vda", .read_bytes = 7};
    stats->cpu_ns = 5;
    stats->failure = g_strdup("late");
    g_array_append_val(stats->blocks, block);

    g_autoptr(RvGuestStats) copy = rv_guest_stats_copy(stats);
    g_autoptr(RvGuestStats) kept = rv_guest_stats_ref(stats);
    rv_guest_stats_unref(stats);
    g_array_set_size(kept->blocks, 0);
    ck_assert_uint_eq(copy->cpu_ns, 5);
    ck_assert_str_eq(copy->failure, "late");
    ck_assert_uint_eq(copy->blocks->len, 1);
    ck_assert_uint_eq(g_array_index(copy->blocks, RvBlockStats, 0).read_bytes, 7);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("definition");
    TCase *tcase = tcase_create("definition");
    tcase_add_test(tcase, test_summary);
    tcase_add_test(tcase, test_without_secrets);
    tcase_add_test(tcase, test_with_secrets);
    tcase_add_test(tcase, test_load);
    tcase_add_test(tcase, test_load_what_is_not_understood);
    tcase_add_test(tcase, test_stats);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
