/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/domain-def.h"
#include "model/xml-table.h"
#include "tests/model/golden.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static char **files;

/* Parses what must be good and known to the last attribute. */
static RvDomainDef *parse_strictly(const char *text, bool live)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(RvDiagnostics) diagnostics = rv_diagnostics_new();
    RvDomainDef *def = live ? rv_domain_def_parse_live(text, strlen(text), diagnostics, &error)
                            : rv_domain_def_parse(text, strlen(text), diagnostics, &error);
    g_autofree char *faults = rv_diagnostics_to_text(diagnostics);
    ck_assert_msg(def != NULL, "%s", error ? error->message : "no error");
    ck_assert_str_eq(faults, "");
    return def;
}

START_TEST(test_format)
{
    g_autofree char *text = golden_read(files[_i]);
    g_autofree char *expected =
        g_strdup_printf("%.*s.out", (int)(strlen(files[_i]) - 4), files[_i]);
    g_autoptr(RvDomainDef) def = parse_strictly(text, false);
    g_autofree char *out = rv_domain_def_format(def, RV_FORMAT_SECRETS);
    golden_compare(expected, out);
}
END_TEST

/* Reading what we wrote and writing it again changes nothing, and says the same. */
START_TEST(test_stable)
{
    g_autofree char *text = golden_read(files[_i]);
    for (int live = 0; live <= 1; live++) {
        RvFormatFlags flags = RV_FORMAT_SECRETS | (live ? RV_FORMAT_LIVE : 0);
        g_autoptr(RvDomainDef) def = parse_strictly(text, live);
        g_autofree char *once = rv_domain_def_format(def, flags);
        g_autoptr(RvDomainDef) again = parse_strictly(once, live);
        g_autofree char *twice = rv_domain_def_format(again, flags);
        ck_assert_str_eq(once, twice);
        ck_assert(rv_xml_equal(&rv_domain_xml, "domain", def, again, 0, NULL));
    }
}
END_TEST

START_TEST(test_copy)
{
    g_autofree char *text = golden_read(files[_i]);
    g_autoptr(RvDomainDef) def = parse_strictly(text, true);
    g_autoptr(RvDomainDef) copy = rv_domain_def_copy(def);
    g_autofree char *a = rv_domain_def_format(def, RV_FORMAT_SECRETS | RV_FORMAT_LIVE);
    ck_assert(rv_xml_equal(&rv_domain_xml, "domain", def, copy, 0, NULL));
    rv_domain_def_unref(g_steal_pointer(&def));
    g_autofree char *b = rv_domain_def_format(copy, RV_FORMAT_SECRETS | RV_FORMAT_LIVE);
    ck_assert_str_eq(a, b);
}
END_TEST

int main(void)
{
    files = golden_files("domain", ".xml");
    int n = (int)g_strv_length(files);
    Suite *suite = suite_create("domain-xml");
    TCase *tcase = tcase_create("domain-xml");
    tcase_add_loop_test(tcase, test_format, 0, n);
    tcase_add_loop_test(tcase, test_stable, 0, n);
    tcase_add_loop_test(tcase, test_copy, 0, n);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    g_strfreev(files);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
