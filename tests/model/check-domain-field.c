/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Documents as virt-install 4.1 made them, and in the shape of those of other programs: nothing in
 * them is unknown, and what is written is read and written the same. */

#include "model/domain-def.h"
#include "tests/model/golden.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define MAX_FAULTS 46 /* of all of them together; never to grow */

static char **files;

static RvDomainDef *parse(const char *text, RvDiagnostics *diagnostics)
{
    return rv_domain_def_parse(text, strlen(text), diagnostics, NULL);
}

START_TEST(test_known)
{
    unsigned n_faults = 0;
    for (unsigned i = 0; files[i]; i++) {
        g_autofree char *text = golden_read(files[i]);
        g_autoptr(RvDiagnostics) diagnostics = rv_diagnostics_new();
        g_autoptr(RvDomainDef) def = parse(text, diagnostics);
        n_faults += rv_diagnostics_count(diagnostics, RV_DIAGNOSTIC_WARNING) +
                    rv_diagnostics_count(diagnostics, RV_DIAGNOSTIC_ERROR);
        g_autofree char *faults = rv_diagnostics_to_text(diagnostics);
        if (g_getenv("RV_TEST_VERBOSE") && *faults)
            g_printerr("%s:\n%s", files[i], faults);
    }
    ck_assert_uint_ge(g_strv_length(files), 40);
    ck_assert_msg(n_faults <= MAX_FAULTS, "%u faults instead of %u (RV_TEST_VERBOSE=1 names them)",
                  n_faults, MAX_FAULTS);
}
END_TEST

START_TEST(test_stable)
{
    g_autofree char *text = golden_read(files[_i]);
    g_autoptr(RvDomainDef) def = parse(text, NULL);
    if (!def)
        return; /* test_known has counted it */
    g_autofree char *once = rv_domain_def_format(def, RV_FORMAT_SECRETS);
    g_autoptr(RvDomainDef) again = parse(once, NULL);
    ck_assert_msg(again != NULL, "%s: what was written is refused", files[_i]);
    g_autofree char *twice = rv_domain_def_format(again, RV_FORMAT_SECRETS);
    ck_assert_msg(!strcmp(once, twice), "%s changes", files[_i]);
}
END_TEST

int main(void)
{
    files = golden_files("field", ".xml");
    Suite *suite = suite_create("domain-field");
    TCase *tcase = tcase_create("domain-field");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, test_known);
    tcase_add_loop_test(tcase, test_stable, 0, (int)g_strv_length(files));
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    g_strfreev(files);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
