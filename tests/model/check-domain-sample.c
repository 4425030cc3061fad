/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What holds for every domain that the rows allow, tried on domains made from random bytes: it is
 * read as it was written, and written the same again; and the samples leave no row out. */

#include "tests/model/sample.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define N_SAMPLES 200
#define N_BYTES 4096
#define MAX_COVERING 20000 /* samples until each row was seen: rows behind several others are rare */
#define COVERING_BYTES 16384

/* Reads what must be known to the last attribute; by the rows alone. */
static RvDomainDef *read_rows(const char *text, RvFormatFlags flags)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(RvXmlDocument) document = rv_xml_document_parse(text, strlen(text), &error);
    g_autoptr(RvDiagnostics) diagnostics = rv_diagnostics_new();
    g_autoptr(RvDomainDef) def = rv_domain_def_new();
    RvXmlReader reader = {
        .document = document,
        .root = &rv_domain_xml,
        .diagnostics = diagnostics,
        .flags = flags & RV_FORMAT_LIVE,
        .rows_only = true,
    };
    ck_assert_msg(document != NULL, "%s\n%.1000s", error ? error->message : "", text);
    rv_xml_read(&reader, &rv_domain_xml, rv_xml_document_root(document), def);
    g_autofree char *faults = rv_diagnostics_to_text(diagnostics);
    ck_assert_msg(!*faults, "what was written is refused:\n%.1000s", faults);
    return g_steal_pointer(&def);
}

/* The first line in which two texts are not the same, of both. */
static char *first_difference(const char *a, const char *b)
{
    size_t line = 0;
    for (size_t i = 0; a[i] && a[i] == b[i]; i++) {
        if (a[i] == '\n')
            line = i + 1;
    }
    return g_strdup_printf("%.*s / %.*s", (int)strcspn(a + line, "\n"), a + line,
                           (int)strcspn(b + line, "\n"), b + line);
}

/* A struct may say the same in more than one way, a text that was read from one does not. */
static void check_stable(const RvDomainDef *def, RvFormatFlags flags)
{
    g_autofree char *raw = rv_domain_def_format(def, flags);
    g_autoptr(RvDomainDef) first = read_rows(raw, flags);
    g_autofree char *once = rv_domain_def_format(first, flags);
    g_autoptr(RvDomainDef) again = read_rows(once, flags);
    g_autofree char *twice = rv_domain_def_format(again, flags);
    if (strcmp(once, twice)) {
        g_autofree char *difference = first_difference(once, twice);
        ck_abort_msg("not stable: %s", difference);
    }
    ck_assert(!(flags & RV_FORMAT_SECRETS) ||
              rv_xml_equal(&rv_domain_xml, "domain", first, again, 0, NULL));
}

START_TEST(test_round_trip)
{
    g_autofree uint8_t *bytes = sample_bytes((unsigned)_i, N_BYTES);
    g_autoptr(RvDomainDef) def = sample_domain(bytes, N_BYTES);
    g_autoptr(RvDomainDef) copy = rv_domain_def_copy(def);
    ck_assert(rv_xml_equal(&rv_domain_xml, "domain", def, copy, 0, NULL));
    check_stable(def, RV_FORMAT_SECRETS | RV_FORMAT_LIVE);
    check_stable(def, RV_FORMAT_SECRETS);
    check_stable(copy, 0);
}
END_TEST

typedef struct {
    GHashTable *filled, *seen;
    GString *missing;
} Coverage;

static void find_missing(Coverage *coverage, const RvXmlType *type, const char *path)
{
    if (!g_hash_table_add(coverage->seen, (void *)type))
        return;
    for (unsigned i = 0; i < type->n_rows; i++) {
        const RvXmlRow *row = &type->rows[i];
        g_autofree char *below = g_strdup_printf("%s/%s", path, row->name ? row->name : "*");
        if (!g_hash_table_contains(coverage->filled, row))
            g_string_append_printf(coverage->missing, " %s", below);
        if (row->type)
            find_missing(coverage, row->type, below);
    }
}

START_TEST(test_coverage)
{
    g_autoptr(GHashTable) filled = g_hash_table_new(NULL, NULL);
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    g_autoptr(GString) missing = g_string_new(NULL);
    g_autoptr(GPtrArray) lacking = g_ptr_array_new();
    for (unsigned seed = 0; seed < MAX_COVERING && (missing->len || !seed); seed++) {
        g_autofree uint8_t *bytes = sample_bytes(seed, COVERING_BYTES);
        g_autoptr(RvDomainDef) def = rv_domain_def_new();
        Sample sample = {
            .bytes = bytes, .len = COVERING_BYTES, .filled = filled, .lacking = lacking};
        sample_fill(&sample, &rv_domain_xml, def);
        if (seed % 100)
            continue;
        g_string_truncate(missing, 0);
        g_hash_table_remove_all(seen);
        find_missing(&(Coverage){filled, seen, missing}, &rv_domain_xml, "domain");
    }
    ck_assert_msg(!missing->len, "no sample has:%s (texts in sample.c)", missing->str);
    if (lacking->len)
        ck_abort_msg("no text of sample.c is good for '%s'",
                     ((const RvXmlRow *)lacking->pdata[0])->name);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("domain-sample");
    TCase *tcase = tcase_create("domain-sample");
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, test_coverage);
    tcase_add_loop_test(tcase, test_round_trip, 0, N_SAMPLES);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
