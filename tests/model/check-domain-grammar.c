/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The grammar and the reader come from the same rows: over all good documents and all that differ
 * from them in one place, they give the same verdict. */

#include "model/domain-def.h"
#include "model/xml-table.h"
#include "tests/model/golden.h"

#include <check.h>
#include <libxml/parser.h>
#include <libxml/relaxng.h>
#include <stdlib.h>
#include <string.h>

static char **files;
static xmlRelaxNGPtr grammar;
static unsigned n_compared;

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
    n_compared++;
}

/* The source with `len` bytes at `at` replaced. */
static void replace(const char *source, size_t at, size_t len, const char *with, const char *what)
{
    g_autofree char *text =
        g_strdup_printf("%.*s%s%s", (int)at, source, with, source + at + len);
    g_autofree char *label = g_strdup_printf("%s: '%.*s' -> '%.60s'", what, (int)MIN(len, 60),
                                             source + at, with);
    compare(text, label);
}

/* Where name='value' of an attribute begins, and how long name and value are. */
static size_t find_attribute(const char *source, const RvXmlNode *node, const char *name,
                             size_t *ret_value, size_t *ret_value_len)
{
    g_autofree char *pattern = g_strdup_printf(" %s=", name);
    const char *found = strstr(source + node->start, pattern);
    ck_assert_ptr_nonnull(found);
    const char *value = found + strlen(pattern) + 1;
    *ret_value = (size_t)(value - source);
    *ret_value_len = strcspn(value, "'\"");
    return (size_t)(found + 1 - source);
}

static void mutate_attributes(const char *source, const RvXmlNode *node)
{
    static const char *const values[] = {"bogus", "", "-7", "99999999999", "default", "none"};
    for (RvXmlAttribute *attribute = node->attributes; attribute; attribute = attribute->next) {
        size_t value, len, name = find_attribute(source, node, attribute->name, &value, &len);
        g_autofree char *path = rv_xml_node_path(node, attribute->name);
        replace(source, name, 0, "x", path);
        replace(source, name, value + len + 1 - name, "", path);
        for (unsigned i = 0; i < G_N_ELEMENTS(values); i++)
            replace(source, value, len, values[i], path);
    }
}

static void mutate_element(const char *source, const RvXmlNode *node, const RvXmlNode *root)
{
    size_t len = node->end - node->start;
    g_autofree char *whole = g_strndup(source + node->start, len);
    g_autofree char *twice = g_strconcat(whole, whole, NULL);
    g_autofree char *path = rv_xml_node_path(node, NULL);
    g_autofree char *attribute = g_strdup_printf("%s bogus='1'", node->name);

    replace(source, node->start, len, "", path);
    replace(source, node->start, len, twice, path);
    replace(source, node->start, len, "<bogus/>", path);
    replace(source, node->start + 1, strlen(node->name), attribute, path);
    if (node->parent != root)
        replace(source, root->end - strlen("</domain>"), 0, whole, path);
    if (!node->children && *node->text) {
        const char *text = strchr(source + node->start, '>') + 1;
        size_t text_len = strcspn(text, "<");
        replace(source, (size_t)(text - source), text_len, "bogus", path);
        replace(source, (size_t)(text - source), text_len, "", path);
        replace(source, (size_t)(text - source), text_len, "0", path);
    }
}

static void mutate(const char *source, const RvXmlNode *node, const RvXmlNode *root)
{
    if (node->ns)
        return;
    mutate_attributes(source, node);
    if (node != root)
        mutate_element(source, node, root);
    for (const RvXmlNode *child = node->children; child; child = child->next)
        mutate(source, child, root);
}

START_TEST(test_mutations)
{
    g_autofree char *text = golden_read(files[_i]);
    g_autoptr(RvXmlDocument) document = rv_xml_document_parse(text, strlen(text), NULL);
    compare(text, files[_i]);
    mutate(text, rv_xml_document_root(document), rv_xml_document_root(document));
    ck_assert_uint_gt(n_compared, 10);
}
END_TEST

START_TEST(test_current)
{
    const char *srcdir = g_getenv("srcdir") ? g_getenv("srcdir") : ".";
    g_autofree char *rng = rv_xml_grammar(&rv_domain_xml, "domain");
    g_autofree char *page = rv_xml_reference(&rv_domain_xml, "domain", "The domain XML");
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
    tcase_add_loop_test(tcase, test_mutations, 0, (int)g_strv_length(files));
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    xmlRelaxNGFree(grammar);
    g_strfreev(files);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
