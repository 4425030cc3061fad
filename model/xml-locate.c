/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/xml-locate.h"

#include <stdlib.h>
#include <string.h>

#include "model/xml-node.h"

/* The element that begins there, and its depth. */
static const RvXmlNode *find_start(const RvXmlNode *node, size_t start, unsigned *depth)
{
    const RvXmlNode *child = node->children, *next;
    if (node->start == start)
        return node;
    while (child && (next = child->next) && next->start <= start)
        child = next;
    ++*depth;
    return child ? find_start(child, start, depth) : NULL;
}

/* The child that a step such as "disk" or "disk[2]" of `len` bytes leads to. NULL: there is none, or
 * it may be any of several (*ret_many). */
static const RvXmlNode *follow(const RvXmlNode *node, const char *step, size_t len, bool *ret_many)
{
    const char *bracket = memchr(step, '[', len);
    size_t name_len = bracket ? (size_t)(bracket - step) : len;
    unsigned long wanted = bracket ? strtoul(bracket + 1, NULL, 10) : 0, count = 0;
    const RvXmlNode *found = NULL;
    for (const RvXmlNode *child = node->children; child; child = child->next) {
        if (strlen(child->name) != name_len || memcmp(child->name, step, name_len))
            continue;
        count++;
        if (count == wanted || !wanted)
            found = child;
    }
    *ret_many = count > 1 && !wanted;
    return *ret_many ? NULL : found;
}

/* Where the diagnostic's path leads; false: nobody can tell. *ret_rest is what of the path leads on
 * from the element, where it is not in the document. */
static bool find(const RvXmlNode *root, const RvDiagnostic *diagnostic, const RvXmlNode **ret_node,
                 const char **ret_rest)
{
    unsigned depth = 0;
    bool many = false;
    bool of_device = diagnostic->origin && g_str_has_prefix(diagnostic->path, "domain/devices/");
    const RvXmlNode *node = of_device ? find_start(root, diagnostic->origin - 1, &depth) : root;
    const char *rest = strchr(diagnostic->path, '/');
    for (; rest && depth > 0; depth--)
        rest = strchr(rest + 1, '/');
    while (node && rest && rest[1] != '@') {
        const char *end = strchrnul(rest + 1, '/');
        const RvXmlNode *next = follow(node, rest + 1, (size_t)(end - rest - 1), &many);
        if (!next)
            break;
        node = next;
        rest = *end ? end : NULL;
    }
    *ret_node = node;
    *ret_rest = rest;
    return node && !many && (of_device || !rest || strcmp(node->name, "devices") != 0);
}

void rv_xml_locate(const char *text, RvDiagnostics *diagnostics)
{
    g_autoptr(RvXmlDocument) document = rv_xml_document_parse(text, strlen(text), NULL);
    const RvDiagnostic *diagnostic;
    for (unsigned i = 0; document && (diagnostic = rv_diagnostics_get(diagnostics, i)); i++) {
        const RvXmlNode *node;
        const char *rest;
        unsigned line, column;
        if (diagnostic->line || !diagnostic->path ||
            !find(rv_xml_document_root(document), diagnostic, &node, &rest))
            continue;
        const char *attribute = rest && rest[1] == '@' ? rest + 2 : NULL;
        g_autofree char *path = rv_xml_node_path(node, NULL);
        g_autofree char *whole = g_strconcat(path, rest, NULL);
        rv_xml_node_place(document, node, attribute, &line, &column);
        rv_diagnostics_place(diagnostics, i, line, column, whole);
    }
}
