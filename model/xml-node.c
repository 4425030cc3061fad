/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/xml-node.h"
#include "model/xml-scan.h"

#include <ctype.h>
#include <string.h>

RvXmlAttribute *rv_xml_node_attribute(const RvXmlNode *node, const char *name)
{
    RvXmlAttribute *attribute = node->attributes;
    while (attribute && !rv_xml_name_is(attribute->name, name))
        attribute = attribute->next;
    return attribute;
}

const RvXmlNode *rv_xml_node_child(const RvXmlNode *node, const char *name, unsigned number)
{
    const RvXmlNode *child = node->children;
    for (; child; child = child->next) {
        if (rv_xml_name_is(child->name, name) && !child->prefix && !child->ns && number-- == 0)
            return child;
    }
    return node;
}

static bool is_name_byte(char c)
{
    return !strchr(" \t\r\n=<>\"'/", c);
}

/* Behind the name of a start tag: where the attribute of this name begins, or the tag's start. */
static size_t attribute_offset(const char *source, const RvXmlNode *node, const char *name)
{
    size_t len = strlen(name);
    const char *at = source + node->start + 1;
    while (is_name_byte(*at))
        at++;
    while (*at != '>' && *at != '/') {
        if (is_name_byte(*at)) {
            const char *begin = at;
            while (is_name_byte(*at))
                at++;
            if ((size_t)(at - begin) == len && !memcmp(begin, name, len))
                return (size_t)(begin - source);
        } else if (*at == '"' || *at == '\'') {
            at = strchr(at + 1, *at) + 1;
        } else {
            at++;
        }
    }
    return node->start;
}

void rv_xml_node_place(const RvXmlDocument *document, const RvXmlNode *node, const char *attribute,
                       unsigned *ret_line, unsigned *ret_column)
{
    const char *source = rv_xml_document_source(document);
    size_t offset = attribute ? attribute_offset(source, node, attribute) : node->start;
    rv_xml_place(source, offset, ret_line, ret_column);
}

static void append_step(GString *path, const RvXmlNode *node)
{
    unsigned number = 0, count = 0;
    if (node->parent) {
        append_step(path, node->parent);
        g_string_append_c(path, '/');
        for (const RvXmlNode *other = node->parent->children; other; other = other->next) {
            count += !strcmp(other->name, node->name);
            if (other == node)
                number = count;
        }
    }
    if (node->prefix)
        g_string_append_printf(path, "%s:", node->prefix);
    g_string_append(path, node->name);
    if (count > 1)
        g_string_append_printf(path, "[%u]", number);
}

char *rv_xml_node_path(const RvXmlNode *node, const char *attribute)
{
    GString *path = g_string_new(NULL);
    append_step(path, node);
    if (attribute)
        g_string_append_printf(path, "/@%s", attribute);
    return g_string_free(path, FALSE);
}

/* Declarations in scope at `node`, made by its ancestors: prefix -> RvXmlNamespace. */
static GHashTable *inherited_declarations(const RvXmlNode *node)
{
    GHashTable *declarations = g_hash_table_new(g_str_hash, g_str_equal);
    for (; node; node = node->parent) {
        for (const RvXmlNamespace *ns = node->declares; ns; ns = ns->next) {
            if (!g_hash_table_contains(declarations, ns->prefix))
                g_hash_table_insert(declarations, (void *)ns->prefix, (void *)ns);
        }
    }
    return declarations;
}

static void use(GHashTable *declarations, const char *prefix, GPtrArray *used)
{
    void *ns = g_hash_table_lookup(declarations, prefix);
    if (ns) {
        g_ptr_array_add(used, ns);
        g_hash_table_remove(declarations, prefix);
    }
}

/* Moves what the element uses to `used`. One that an inner element declares anew is moved as well:
 * it does no harm there. */
static void find_used(const RvXmlNode *node, GHashTable *declarations, GPtrArray *used)
{
    use(declarations, node->prefix ? node->prefix : "", used);
    for (const RvXmlAttribute *attribute = node->attributes; attribute;
         attribute = attribute->next) {
        const char *colon = strchr(attribute->name, ':');
        if (colon) {
            g_autofree char *prefix = g_strndup(attribute->name, (gsize)(colon - attribute->name));
            use(declarations, prefix, used);
        }
    }
    for (const RvXmlNode *child = node->children; child; child = child->next)
        find_used(child, declarations, used);
}

char *rv_xml_node_slice(const RvXmlDocument *document, const RvXmlNode *node)
{
    const char *source = rv_xml_document_source(document);
    g_autoptr(GPtrArray) inherited = g_ptr_array_new();
    g_autoptr(GHashTable) declarations = inherited_declarations(node->parent);
    for (const RvXmlNamespace *ns = node->declares; ns; ns = ns->next)
        g_hash_table_remove(declarations, ns->prefix);
    if (g_hash_table_size(declarations) > 0)
        find_used(node, declarations, inherited);

    GString *slice = g_string_sized_new(node->end - node->start + 1);
    const char *name_end = source + node->start + 1;
    while (is_name_byte(*name_end))
        name_end++;
    g_string_append_len(slice, source + node->start, name_end - (source + node->start));
    for (unsigned i = 0; i < inherited->len; i++) {
        const RvXmlNamespace *ns = g_ptr_array_index(inherited, i);
        g_autofree char *uri = g_markup_escape_text(ns->uri, -1);
        g_string_append_printf(slice, " xmlns%s%s=\"%s\"", *ns->prefix ? ":" : "", ns->prefix, uri);
    }
    g_string_append_len(slice, name_end, source + node->end - name_end);
    return g_string_free(slice, FALSE);
}
