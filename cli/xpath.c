/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/xpath.h"

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <libxml/xpath.h>
#include <string.h>

#include "base/error.h"
#include "cli/option.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlDoc, xmlFreeDoc)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlXPathContext, xmlXPathFreeContext)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlXPathObject, xmlXPathFreeObject)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlBuffer, xmlBufferFree)

static void ignore(void *data, const char *format, ...)
{
}

static void append_node(GString *out, xmlNode *node)
{
    g_autoptr(xmlBuffer) buffer = xmlBufferCreate();
    xmlNodeDump(buffer, node->doc, node, 0, 1);
    g_string_append_printf(out, "%s\n", (const char *)xmlBufferContent(buffer));
}

static void append_wrapped(GString *out, const xmlNodeSet *nodes)
{
    g_autoptr(xmlDoc) wrapped = xmlNewDoc(BAD_CAST "1.0");
    xmlNode *root = xmlNewNode(NULL, BAD_CAST "nodes");
    xmlDocSetRootElement(wrapped, root);
    for (int i = 0; nodes && i < nodes->nodeNr; i++)
        xmlAddChild(root, xmlDocCopyNode(nodes->nodeTab[i], wrapped, 1));
    append_node(out, root);
}

char *rv_xpath_select(const char *xml, const char *xpath, bool wrap, GError **error)
{
    xmlSetGenericErrorFunc(NULL, ignore);
    g_autoptr(xmlDoc) document =
        xmlReadMemory(xml, (int)strlen(xml), NULL, NULL,
                      XML_PARSE_NONET | XML_PARSE_NOBLANKS | XML_PARSE_NOERROR);
    if (!document) {
        rv_error_set(error, RV_ERR_XML_DETAIL, "the daemon's document is not well-formed");
        return NULL;
    }
    g_autoptr(xmlXPathContext) context = xmlXPathNewContext(document);
    g_autoptr(xmlXPathObject) found = xmlXPathEvalExpression(BAD_CAST xpath, context);
    if (!found || found->type != XPATH_NODESET) {
        rv_usage_error(error, "'%s' is no XPath that finds nodes", xpath);
        return NULL;
    }
    GString *out = g_string_new(NULL);
    if (wrap)
        append_wrapped(out, found->nodesetval);
    else
        for (int i = 0; found->nodesetval && i < found->nodesetval->nodeNr; i++)
            append_node(out, found->nodesetval->nodeTab[i]);
    return g_string_free(out, FALSE);
}
