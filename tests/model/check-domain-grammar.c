/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The grammar and the reader come from the same rows: over all good documents and all that differ
 * from them in one place, they give the same verdict. */

#include "drivers/reference.h"
#include "model/domain-def.h"
#include "model/xml-table.h"
#include "tests/model/golden.h"
#include "tests/model/mutation.h"
#include "tests/model/sample.h"

#include <check.h>
#include <libxml/parser.h>
#include <libxml/relaxng.h>
#include <stdlib.h>
#include <string.h>

#define MAX_OF_DOCUMENT 150 /* mutations to compare */
#define MAX_OF_SAMPLE 15
#define N_SAMPLES 20
#define SAMPLE_BYTES 1500

static char **files;
static xmlRelaxNGPtr grammar;

static void ignore(void *data, xmlErrorPtr error)
{
}

static bool grammar_accepts(const char *text)
{
    xmlDocPtr document = xmlReadMemory(text, (int)strlen(text), NULL, NULL,
                                       XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    ck_assert_ptr_nonnull(document);
    xmlRelaxNGValidCtxtPtr context = xmlRelaxNGNewValidCtxt(grammar);
    xmlRelaxNGSetValidStructuredErrors(context, ignore, NULL);
    bool good = xmlRelaxNGValidateDoc(context, document) == 0;
    xmlRelaxNGFreeValidCtxt(context);
    xmlFreeDoc(document);
    return good;
}

static bool reader_accepts(const char *text, char **ret_faults)
{
    g_autoptr(RvXmlDocument) document = rv_xml_document_parse(text, strlen(text), NULL);
    g_autoptr(RvDiagnostics) diagnostics = rv_diagnostics_new();
    g_autoptr(RvDomainDef) def = rv_domain_def_new();
    RvXmlReader reader = {
        .document = document,
        .root = &rv_domain_xml,
        .diagnostics = diagnostics,
        .rows_only = true,
    };
    ck_assert_ptr_nonnull(document);
    rv_xml_read(&reader, &rv_domain_xml, rv_xml_document_root(document), def);
    *ret_faults = rv_diagnostics_to_text(diagnostics);
    return !**ret_faults;
}

static void compare(const char *text, const char *what)
{
    g_autofree char *faults = NULL;
    bool reader = reader_accepts(text, &faults), rng = grammar_accepts(text);
    ck_assert_msg(reader == rng, "%s: the grammar %s it, the reader %s it: %.500s", what,
                  rng ? "takes" : "refuses", reader ? "takes" : "refuses", faults);
}

typedef struct {
    unsigned count, stride;
} Choice;

static void count(const Mutation *mutation, void *data)
{
    ((Choice *)data)->count++;
}

static void compare_some(const Mutation *mutation, void *data)
{
    Choice *choice = data;
    if (choice->count++ % choice->stride == 0)
        compare(mutation->text, mutation->what);
}

/* All mutations of a text, or as many as are not too many, evenly spread. */
static void compare_mutations(const char *text, unsigned variant, unsigned most)
{
    Choice all = {0};
    mutation_each(text, &rv_domain_xml, variant, count, &all);
    ck_assert_uint_gt(all.count, 0);
    Choice choice = {.stride = all.count / most + 1};
    mutation_each(text, &rv_domain_xml, variant, compare_some, &choice);
}

START_TEST(test_document)
{
    g_autofree char *text = golden_read(files[_i]);
    compare(text, files[_i]);
    compare_mutations(text, (unsigned)_i, MAX_OF_DOCUMENT);
}
END_TEST

/* What nobody wrote: domains made from the rows. */
START_TEST(test_sample)
{
    g_autofree uint8_t *bytes = sample_bytes((unsigned)_i, SAMPLE_BYTES);
    g_autoptr(RvDomainDef) def = sample_domain(bytes, SAMPLE_BYTES);
    g_autofree char *text = rv_domain_def_format(def, RV_FORMAT_SECRETS);
    compare(text, "a sample");
    compare_mutations(text, (unsigned)_i, MAX_OF_SAMPLE);
}
END_TEST

START_TEST(test_current)
{
    const char *srcdir = g_getenv("srcdir") ? g_getenv("srcdir") : ".";
    g_autofree char *rng = rv_xml_grammar(&rv_domain_xml, "domain");
    g_autofree char *page = rv_drivers_reference(&rv_domain_xml, "domain", "The domain XML");
    g_autofree char *rng_path = g_build_filename(srcdir, "xml-schemas/domain.rng", NULL);
    g_autofree char *page_path = g_build_filename(srcdir, "docs/domain-xml.md", NULL);
    golden_compare(rng_path, rng);
    golden_compare(page_path, page);
}
END_TEST

int main(void)
{
    g_autofree char *rng = rv_xml_grammar(&rv_domain_xml, "domain");
    xmlRelaxNGParserCtxtPtr context = xmlRelaxNGNewMemParserCtxt(rng, (int)strlen(rng));
    grammar = xmlRelaxNGParse(context);
    xmlRelaxNGFreeParserCtxt(context);
    g_assert(grammar);
    files = golden_files("domain", ".xml");

    Suite *suite = suite_create("domain-grammar");
    TCase *tcase = tcase_create("domain-grammar");
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, test_current);
    tcase_add_loop_test(tcase, test_document, 0, (int)g_strv_length(files));
    tcase_add_loop_test(tcase, test_sample, 0, N_SAMPLES);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    xmlRelaxNGFree(grammar);
    g_strfreev(files);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
