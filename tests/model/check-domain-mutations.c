/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Good documents with one fault: of nearly all, the right line is told, and what was meant. */

#include "model/domain-def.h"
#include "tests/model/golden.h"
#include "tests/model/mutation.h"
#include "tests/model/sample.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_SAMPLES 12
#define MAX_TRIED 250 /* of one document, evenly spread */
#define SAMPLE_BYTES 1500
#define MIN_PERCENT 95
#define MAX_BEFORE 2 /* faults that may be told before the right one */

typedef struct {
    bool rows_only;
    unsigned count, stride;
    unsigned tried[MUTATION_LAST], right[MUTATION_LAST];
} Judge;

static RvDiagnostics *read_faults(const char *text, bool rows_only)
{
    RvDiagnostics *diagnostics = rv_diagnostics_new();
    g_autoptr(RvXmlDocument) document = rv_xml_document_parse(text, strlen(text), NULL);
    g_autoptr(RvDomainDef) def = rv_domain_def_new();
    RvXmlReader reader = {
        .document = document,
        .root = &rv_domain_xml,
        .diagnostics = diagnostics,
        .rows_only = rows_only,
    };
    ck_assert_ptr_nonnull(document);
    rv_xml_read(&reader, &rv_domain_xml, rv_xml_document_root(document), def);
    rv_diagnostics_sort(diagnostics);
    return diagnostics;
}

static bool is_right(const Mutation *mutation, const RvDiagnostic *told)
{
    return told->line == mutation->line &&
           (!mutation->suggestion || !g_strcmp0(told->suggestion, mutation->suggestion)) &&
           (!mutation->says || strstr(told->message, mutation->says));
}

static void judge(const Mutation *mutation, void *data)
{
    Judge *judge = data;
    const RvDiagnostic *told;
    bool right = false;
    if (mutation->kind == MUTATION_OTHER || judge->count++ % judge->stride)
        return;
    g_autoptr(RvDiagnostics) faults = read_faults(mutation->text, judge->rows_only);
    for (unsigned i = 0; i <= MAX_BEFORE && (told = rv_diagnostics_get(faults, i)); i++)
        right |= is_right(mutation, told);
    judge->tried[mutation->kind]++;
    judge->right[mutation->kind] += right;
    if (!right && g_getenv("RV_TEST_VERBOSE")) {
        g_autofree char *text = rv_diagnostics_to_text(faults);
        printf("# %s\n#   wanted: line %u, %s, %s; told: %.300s\n", mutation->what,
               mutation->line, mutation->suggestion ? mutation->suggestion : "-",
               mutation->says ? mutation->says : "-", text);
    }
}

static void count(const Mutation *mutation, void *data)
{
    ((Judge *)data)->count += mutation->kind != MUTATION_OTHER;
}

static void judge_mutations(Judge *result, const char *text, unsigned variant)
{
    result->count = 0;
    mutation_each(text, &rv_domain_xml, variant, count, result);
    result->stride = result->count / MAX_TRIED + 1;
    result->count = variant; /* so that not the same kinds are left out in each */
    mutation_each(text, &rv_domain_xml, variant, judge, result);
}

static void show(const Judge *judge)
{
    unsigned tried = 0, right = 0;
    for (unsigned kind = 0; kind < MUTATION_OTHER; kind++) {
        tried += judge->tried[kind];
        right += judge->right[kind];
        printf("# %s: %u of %u\n", mutation_names[kind], judge->right[kind], judge->tried[kind]);
    }
    printf("# right line and suggestion: %u of %u mutations, %.2f %%\n", right, tried,
           100.0 * right / tried);
    ck_assert_uint_ge(tried, 300);
    ck_assert_uint_ge(right * 100, tried * MIN_PERCENT);
    for (unsigned kind = 0; kind < MUTATION_OTHER; kind++) {
        ck_assert_msg(judge->tried[kind], "nothing is %s", mutation_names[kind]);
        ck_assert_msg(judge->right[kind] * 100 >= judge->tried[kind] * MIN_PERCENT, "%s: %u of %u",
                      mutation_names[kind], judge->right[kind], judge->tried[kind]);
    }
}

START_TEST(test_documents)
{
    static const char *const folders[] = {"domain"};
    Judge result = {0};
    for (unsigned folder = 0; folder < G_N_ELEMENTS(folders); folder++) {
        g_auto(GStrv) files = golden_files(folders[folder], ".xml");
        for (unsigned i = 0; files[i]; i++) {
            g_autofree char *text = golden_read(files[i]);
            judge_mutations(&result, text, i);
        }
    }
    show(&result);
}
END_TEST

START_TEST(test_samples)
{
    Judge result = {.rows_only = true};
    for (unsigned seed = 0; seed < N_SAMPLES; seed++) {
        g_autofree uint8_t *bytes = sample_bytes(seed, SAMPLE_BYTES);
        g_autoptr(RvDomainDef) def = sample_domain(bytes, SAMPLE_BYTES);
        g_autofree char *text = rv_domain_def_format(def, RV_FORMAT_SECRETS);
        judge_mutations(&result, text, seed);
    }
    show(&result);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("domain-mutations");
    TCase *tcase = tcase_create("domain-mutations");
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, test_documents);
    tcase_add_test(tcase, test_samples);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
