/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error.h"
#include "model/diagnostics.h"
#include "model/xml-suggest.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static void add(RvDiagnostics *diagnostics, RvDiagnosticLevel level, int code, unsigned n)
{
    rv_diagnostics_add(diagnostics, level, code, 1, n, "a/b", NULL, "fault %u", n);
}

START_TEST(test_text)
{
    g_autoptr(RvDiagnostics) diagnostics = rv_diagnostics_new();
    rv_diagnostics_add(diagnostics, RV_DIAGNOSTIC_WARNING, 0, 3, 12, "a/b", "<c>", "no %s", "d");
    rv_diagnostics_add(diagnostics, RV_DIAGNOSTIC_WARNING, 0, 0, 0, NULL, "e", "f");
    g_autofree char *text = rv_diagnostics_to_text(diagnostics);
    ck_assert_str_eq(text, "3:12: a/b: no d; did you mean <c>?\nf; did you mean 'e'?\n");
    ck_assert(rv_diagnostics_check(diagnostics, NULL));
    ck_assert_ptr_null(rv_diagnostics_get(diagnostics, 2));
}
END_TEST

START_TEST(test_error)
{
    g_autoptr(RvDiagnostics) diagnostics = rv_diagnostics_new();
    g_autoptr(GError) error = NULL;
    add(diagnostics, RV_DIAGNOSTIC_WARNING, 0, 1);
    add(diagnostics, RV_DIAGNOSTIC_ERROR, RV_ERR_CONFIG_UNSUPPORTED, 2);
    add(diagnostics, RV_DIAGNOSTIC_ERROR, RV_ERR_XML, 3);
    ck_assert(!rv_diagnostics_check(diagnostics, &error));
    ck_assert(g_error_matches(error, RV_ERROR, RV_ERR_CONFIG_UNSUPPORTED));
    ck_assert_str_eq(error->message,
                     "unsupported configuration: 1:2: a/b: fault 2\n1:3: a/b: fault 3");
}
END_TEST

/* An error finds room however many warnings there are; the number of both is always right. */
START_TEST(test_many)
{
    g_autoptr(RvDiagnostics) diagnostics = rv_diagnostics_new();
    for (unsigned i = 0; i < 150; i++)
        add(diagnostics, RV_DIAGNOSTIC_WARNING, 0, i);
    ck_assert(!rv_diagnostics_has_room(diagnostics, RV_DIAGNOSTIC_WARNING));
    ck_assert(rv_diagnostics_has_room(diagnostics, RV_DIAGNOSTIC_ERROR));
    for (unsigned i = 0; i < 120; i++)
        add(diagnostics, RV_DIAGNOSTIC_ERROR, RV_ERR_XML, i);
    ck_assert(!rv_diagnostics_has_room(diagnostics, RV_DIAGNOSTIC_ERROR));
    ck_assert_uint_eq(rv_diagnostics_count(diagnostics, RV_DIAGNOSTIC_WARNING), 150);
    ck_assert_uint_eq(rv_diagnostics_count(diagnostics, RV_DIAGNOSTIC_ERROR), 120);
    for (unsigned i = 0; i < 100; i++)
        ck_assert_int_eq(rv_diagnostics_get(diagnostics, i)->level, RV_DIAGNOSTIC_ERROR);
    ck_assert_ptr_null(rv_diagnostics_get(diagnostics, 100));

    g_autofree char *text = rv_diagnostics_to_text(diagnostics);
    g_autoptr(GError) error = NULL;
    ck_assert(g_str_has_suffix(text, "and 170 more\n"));
    ck_assert(!rv_diagnostics_check(diagnostics, &error));
    ck_assert(g_str_has_suffix(error->message, "\nand 110 more"));
}
END_TEST

static const struct {
    const char *wanted, *best;
} suggestions[] = {
    {"flopy", "floppy"},   {"FLOPPY", "floppy"},  {"flpopy", "floppy"}, {"disc", "disk"},
    {"dsik", "disk"},      {"cd-rom", "cdrom"},   {"network", "net"},   {"x", NULL},
    {"hello", NULL},       {"", NULL},            {"lu", "lun"},        {"completely", NULL},
    {"nett", "net"},
};

START_TEST(test_suggestions)
{
    static const char *const names[] = {"disk", "cdrom", "floppy", "lun", "net", NULL};
    const char *best = rv_xml_suggest(suggestions[_i].wanted, names);
    ck_assert_msg(!g_strcmp0(best, suggestions[_i].best), "%s: %s", suggestions[_i].wanted, best);
}
END_TEST

START_TEST(test_long_names)
{
    g_autofree char *long_name = g_strnfill(100000, 'a');
    const char *const names[] = {long_name, "a", NULL};
    ck_assert_ptr_null(rv_xml_suggest(long_name, names));
    ck_assert_ptr_null(rv_xml_suggest("ab", names + 1));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("diagnostics");
    TCase *tcase = tcase_create("diagnostics");
    tcase_add_test(tcase, test_text);
    tcase_add_test(tcase, test_error);
    tcase_add_test(tcase, test_many);
    tcase_add_loop_test(tcase, test_suggestions, 0, G_N_ELEMENTS(suggestions));
    tcase_add_test(tcase, test_long_names);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
