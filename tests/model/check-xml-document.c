/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error.h"
#include "model/xml-node.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static RvXmlDocument *parse(const char *text)
{
    g_autoptr(GError) error = NULL;
    RvXmlDocument *document = rv_xml_document_parse(text, strlen(text), &error);
    ck_assert_msg(document != NULL, "%s: %s", text, error ? error->message : "");
    return document;
}

/* ---- What a text means ---------------------------------------------------------------------- */

static const struct {
    const char *label, *xml;
    const char *text;      /* of the root */
    const char *attribute; /* its attribute x, or NULL */
} good[] = {
    {"plain", "<a>text</a>", "text", NULL},
    {"empty", "<a/>", "", NULL},
    {"white space is text", "<a> \n </a>", " \n ", NULL},
    {"white space between children is not", "<a> <b/> \n </a>", "", NULL},
    {"text around children", "<a>x<b>inner</b>y</a>", "xy", NULL},
    {"predefined entities", "<a x='&lt;&gt;&amp;&apos;&quot;'>&lt;&gt;&amp;&apos;&quot;</a>",
     "<>&'\"", "<>&'\""},
    {"character references", "<a x='&#65;&#x263a;&#10;'>&#65;&#x263a;</a>", "A\u263a", "A\u263a\n"},
    {"white space of an attribute", "<a x='b\tc\nd'/>", "", "b c d"},
    {"CDATA", "<a>b<![CDATA[<c>&amp;]]>d</a>", "b<c>&amp;d", NULL},
    {"comments and instructions", "<!--x--><?p q?><a><!-- <b> -->c<?p q?>d</a><!--y-->", "cd",
     NULL},
    {"line ends", "<a>b\r\nc\rd</a>", "b\nc\nd", NULL},
    {"byte order mark", "\xef\xbb\xbf<a>b</a>", "b", NULL},
    {"declaration", "<?xml version='1.0' encoding=\"utf-8\"?>\n<a>\u00e9</a>", "\u00e9", NULL},
    {"ASCII by another name", "<?xml version='1.0' encoding='ISO-8859-1'?><a>b</a>", "b", NULL},
    {"namespaces", "<a xmlns='u' xmlns:p='v' p:x='1' x='2'>b</a>", "b", "2"},
    {"undeclared prefix", "<a><p:b>c</p:b>d</a>", "d", NULL},
    {"entity in a comment", "<!-- &foo; <!DOCTYPE --><a>b</a>", "b", NULL},
    {"end of CDATA", "<a><![CDATA[]]]]><![CDATA[>]]></a>", "]]>", NULL},
};

START_TEST(test_good)
{
    g_autoptr(RvXmlDocument) document = parse(good[_i].xml);
    const RvXmlNode *root = rv_xml_document_root(document);
    const RvXmlAttribute *attribute = rv_xml_node_attribute(root, "x");
    ck_assert_str_eq(root->name, "a");
    ck_assert_msg(!strcmp(root->text, good[_i].text), "%s: '%s'", good[_i].label, root->text);
    ck_assert_msg(!g_strcmp0(attribute ? attribute->value : NULL, good[_i].attribute), "%s: '%s'",
                  good[_i].label, attribute ? attribute->value : "none");
}
END_TEST

static const struct {
    const char *label, *xml;
    const char *message; /* a part of it */
} bad[] = {
    {"nothing", "", "empty"},
    {"no element", "  ", "1:"},
    {"not closed", "<a>\n<b></a>", "2:8: Opening and ending tag mismatch"},
    {"two roots", "<a/>\n<b/>", "2:1: "},
    {"twice the same attribute", "<a x='1' x='2'/>", "1:"},
    {"no quotes", "<a x=1/>", "1:6: "},
    {"cut off", "<a><b", "1:"},
    {"doctype", "<!DOCTYPE a><a/>", "1:1: a document type declaration"},
    {"doctype on another line", "<?xml version='1.0'?>\n <!doctype x", "2:2: a document type"},
    {"entity", "<a>&foo;</a>", "1:9: Entity 'foo' not defined"},
    {"bad reference", "<a>&#0;</a>", "1:"},
    {"control character", "<a>\x01</a>", "1:4: "},
    {"not UTF-8", "<a>\nb\xff</a>", "2:2: this byte (0xff) is not UTF-8"},
    {"overlong", "<a>\xc0\xaf</a>", "1:4: this byte"},
    {"surrogate", "<a>\xed\xa0\x80</a>", "1:4: this byte"},
    {"UTF-16", "\xff\xfe<", "UTF-16"},
    {"other encoding", "<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe9</a>",
     "encoding 'ISO-8859-1' is not supported"},
    {"less-than in an attribute", "<a x='<'/>", "1:7: "},
};

START_TEST(test_bad)
{
    g_autoptr(GError) error = NULL;
    const char *xml = bad[_i].xml;
    g_autoptr(RvXmlDocument) document = rv_xml_document_parse(xml, strlen(xml), &error);
    ck_assert_msg(document == NULL, "%s", bad[_i].label);
    ck_assert_msg(g_error_matches(error, RV_ERROR, RV_ERR_XML_DETAIL), "%s", bad[_i].label);
    ck_assert_msg(strstr(error->message, bad[_i].message), "%s: %s", bad[_i].label,
                  error->message);
}
END_TEST

START_TEST(test_nul_byte)
{
    static const char xml[] = "<a>\0</a>";
    g_autoptr(GError) error = NULL;
    g_autoptr(RvXmlDocument) document = rv_xml_document_parse(xml, sizeof(xml) - 1, &error);
    ck_assert_ptr_null(document);
    ck_assert_ptr_nonnull(strstr(error->message, "1:4: a NUL byte"));
}
END_TEST

/* ---- Where it is ---------------------------------------------------------------------------- */

static const char places_xml[] = "<?xml version='1.0'?>\n"
                                 "<!-- \u263a -->\n"
                                 "<root><one/><two a = 'x>y'\n"
                                 "   b=\"a='1'\"/>\u263a<one\tb='2'>t<deep/></one>\n"
                                 "</root>\n";

static const struct {
    const char *path; /* of the element or attribute to find */
    unsigned line, column;
    const char *source; /* of the element */
} places[] = {
    {"root", 3, 1, NULL},
    {"root/one[1]", 3, 7, "<one/>"},
    {"root/two", 3, 13, "<two a = 'x>y'\n   b=\"a='1'\"/>"},
    {"root/two/@a", 3, 18, NULL},
    {"root/two/@b", 4, 4, NULL},
    {"root/one[2]", 4, 16, "<one\tb='2'>t<deep/></one>"},
    {"root/one[2]/@b", 4, 21, NULL},
    {"root/one[2]/deep", 4, 28, "<deep/>"},
    {"root/two/@c", 3, 13, NULL}, /* not there: the element's place */
};

static const RvXmlNode *find(const RvXmlNode *node, const char *path)
{
    g_autofree char *own = rv_xml_node_path(node, NULL);
    if (!strcmp(own, path))
        return node;
    for (const RvXmlNode *child = node->children; child; child = child->next) {
        const RvXmlNode *found = find(child, path);
        if (found)
            return found;
    }
    return NULL;
}

START_TEST(test_places)
{
    g_autoptr(RvXmlDocument) document = parse(places_xml);
    const char *at = strstr(places[_i].path, "/@");
    g_autofree char *element = at ? g_strndup(places[_i].path, (gsize)(at - places[_i].path))
                                  : g_strdup(places[_i].path);
    const RvXmlNode *node = find(rv_xml_document_root(document), element);
    ck_assert_msg(node != NULL, "%s", element);

    unsigned line, column;
    const char *attribute = at ? at + 2 : NULL;
    g_autofree char *path = rv_xml_node_path(node, attribute);
    rv_xml_node_place(document, node, attribute, &line, &column);
    ck_assert_str_eq(path, places[_i].path);
    ck_assert_msg(line == places[_i].line && column == places[_i].column, "%s: %u:%u", path, line,
                  column);
    if (places[_i].source) {
        g_autofree char *slice = rv_xml_node_slice(document, node);
        ck_assert_str_eq(slice, places[_i].source);
    }
}
END_TEST

static const struct {
    const char *label, *xml;
    const char *slice; /* of the root's first child */
} slices[] = {
    {"as it is", "<r><m  a='1' ><!-- c --><b/> &amp; </m ></r>",
     "<m  a='1' ><!-- c --><b/> &amp; </m >"},
    {"used prefix", "<r xmlns:p='u'><m><p:b/></m></r>", "<m xmlns:p=\"u\"><p:b/></m>"},
    {"prefix of an attribute", "<r xmlns:p='u&amp;v'><m p:a='1'/></r>",
     "<m xmlns:p=\"u&amp;v\" p:a='1'/>"},
    {"unused prefix", "<r xmlns:p='u'><m/></r>", "<m/>"},
    {"own declaration", "<r xmlns:p='u'><m xmlns:p='v'><p:b/></m></r>",
     "<m xmlns:p='v'><p:b/></m>"},
    {"undeclared prefix", "<r><m><p:b/></m></r>", "<m><p:b/></m>"},
    {"default namespace", "<r xmlns='u'><m/></r>", "<m xmlns=\"u\"/>"},
};

START_TEST(test_slices)
{
    g_autoptr(RvXmlDocument) document = parse(slices[_i].xml);
    g_autofree char *slice =
        rv_xml_node_slice(document, rv_xml_document_root(document)->children);
    ck_assert_msg(!strcmp(slice, slices[_i].slice), "%s: %s", slices[_i].label, slice);

    /* Taken out of its place it is the same again. */
    g_autoptr(RvXmlDocument) alone = parse(slice);
    g_autofree char *again = rv_xml_node_slice(alone, rv_xml_document_root(alone));
    ck_assert_str_eq(again, slice);
}
END_TEST

/* ---- Limits, from below and from above ------------------------------------------------------ */

static char *repeat(const char *before, const char *part, unsigned times, const char *after)
{
    GString *text = g_string_new(before);
    for (unsigned i = 0; i < times; i++)
        g_string_append(text, part);
    g_string_append(text, after);
    return g_string_free(text, FALSE);
}

static char *nested(unsigned levels)
{
    g_autofree char *open = repeat("", "<a>", levels - 1, "<a/>");
    return repeat(open, "</a>", levels - 1, "");
}

static char *elements(unsigned n)
{
    return repeat("<a>", "<b/>", n - 1, "</a>");
}

static char *attributes(unsigned n)
{
    GString *text = g_string_new("<a");
    for (unsigned i = 0; i < n; i++)
        g_string_append_printf(text, " a%u='%u'", i, i);
    g_string_append(text, "/>");
    return g_string_free(text, FALSE);
}

/* Nested elements, each with as many declarations as attributes are allowed. */
static char *namespaces(unsigned n)
{
    GString *text = g_string_new("");
    unsigned depth = 0;
    for (unsigned i = 0; i < n; i++) {
        if (i % RV_XML_MAX_ATTRIBUTES == 0)
            g_string_append_printf(text, "%s<a", depth++ ? ">" : "");
        g_string_append_printf(text, " xmlns:a%u='u'", i);
    }
    g_string_append_c(text, '>');
    while (depth-- > 0)
        g_string_append(text, "</a>");
    return g_string_free(text, FALSE);
}

static char *one_text(unsigned n)
{
    return repeat("<a>", "x", n, "</a>");
}

static char *bytes(unsigned n)
{
    return repeat("<!--", "x", n - 11, "--><a/>");
}

static const struct {
    const char *label;
    char *(*make)(unsigned n);
    unsigned limit;
    const char *message;
} limits[] = {
    {"levels", nested, RV_XML_MAX_DEPTH, "256 levels"},
    {"elements", elements, RV_XML_MAX_ELEMENTS, "50000 elements"},
    {"attributes", attributes, RV_XML_MAX_ATTRIBUTES, "64 attributes"},
    {"namespaces", namespaces, RV_XML_MAX_NAMESPACES, "256 namespaces"},
    {"text", one_text, RV_XML_MAX_TEXT, "1048576 bytes"},
    {"document", bytes, RV_XML_MAX_BYTES, "4194304 are allowed"},
};

START_TEST(test_limits)
{
    g_autofree char *most = limits[_i].make(limits[_i].limit);
    g_autofree char *more = limits[_i].make(limits[_i].limit + 1);
    g_autoptr(RvXmlDocument) document = parse(most);
    g_autoptr(GError) error = NULL;
    g_autoptr(RvXmlDocument) refused = rv_xml_document_parse(more, strlen(more), &error);
    ck_assert_msg(refused == NULL, "%s", limits[_i].label);
    ck_assert_msg(g_error_matches(error, RV_ERROR, RV_ERR_XML_DETAIL), "%s", limits[_i].label);
    ck_assert_msg(strstr(error->message, limits[_i].message), "%s: %s", limits[_i].label,
                  error->message);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("xml-document");
    TCase *tcase = tcase_create("xml-document");
    tcase_add_loop_test(tcase, test_good, 0, G_N_ELEMENTS(good));
    tcase_add_loop_test(tcase, test_bad, 0, G_N_ELEMENTS(bad));
    tcase_add_test(tcase, test_nul_byte);
    tcase_add_loop_test(tcase, test_places, 0, G_N_ELEMENTS(places));
    tcase_add_loop_test(tcase, test_slices, 0, G_N_ELEMENTS(slices));
    tcase_add_loop_test(tcase, test_limits, 0, G_N_ELEMENTS(limits));
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
