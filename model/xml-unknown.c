/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/xml-unknown.h"

#include "base/error.h"

#include <string.h>

#define MAX_SHOWN 80

char *rv_xml_shorten(const char *text)
{
    if (strlen(text) <= MAX_SHOWN)
        return g_strdup(text);
    const char *end = g_utf8_find_prev_char(text, text + MAX_SHOWN - 3);
    return g_strdup_printf("%.*s...", (int)(end - text), text);
}

/* ---- The same name elsewhere ---------------------------------------------------------------- */

typedef struct {
    const char *name;
    bool attribute;
    GPtrArray *visited; /* types */
    GString *path;      /* of the place being looked at; of the find, when found */
} Search;

static bool is_attribute(const RvXmlRow *row)
{
    return row->place == RV_XML_PLACE_ATTRIBUTE;
}

static bool search_type(Search *search, const RvXmlType *type)
{
    if (g_ptr_array_find(search->visited, type, NULL))
        return false;
    g_ptr_array_add(search->visited, (void *)type);
    for (unsigned i = 0; i < type->n_rows; i++) {
        const RvXmlRow *row = &type->rows[i];
        if (row->name && is_attribute(row) == search->attribute &&
            !strcmp(row->name, search->name))
            return true;
    }
    for (unsigned i = 0; i < type->n_rows; i++) {
        const RvXmlRow *row = &type->rows[i];
        size_t len = search->path->len;
        if (!row->type)
            continue;
        g_string_append_printf(search->path, "%s%s", len ? "/" : "", row->name);
        if (search_type(search, row->type))
            return true;
        g_string_truncate(search->path, len);
    }
    return false;
}

/* Where below `type` an element or attribute of this name stands: "devices", "" for the type
 * itself, or NULL. */
static char *find_elsewhere(const RvXmlType *type, const char *name, bool attribute)
{
    g_autoptr(GPtrArray) visited = g_ptr_array_new();
    Search search = {name, attribute, visited, g_string_new(NULL)};
    bool found = search_type(&search, type);
    return g_string_free(search.path, !found);
}

/* ---- Messages ------------------------------------------------------------------------------ */

/* The row of the enum on which `row` depends. */
static const RvXmlRow *find_decider(const RvXmlFrame *frame, const RvXmlRow *row)
{
    for (; frame; frame = frame->outer) {
        for (unsigned i = 0; i < frame->type->n_rows; i++) {
            const RvXmlRow *other = &frame->type->rows[i];
            if (other->kind == &rv_xml_enum && other->offset == row->when.offset)
                return other;
        }
    }
    return NULL;
}

/* The names for which the row would apply: "type 'block'". */
static char *describe_when(const RvXmlReader *reader, const RvXmlRow *row)
{
    const RvXmlRow *decider = row->when.mask ? find_decider(reader->frame, row) : NULL;
    if (!decider)
        return NULL;
    GString *text = g_string_new(decider->name);
    const char *before = " ";
    for (unsigned value = 0; decider->names[value]; value++) {
        if (row->when.mask & RV_XML_BIT(value)) {
            g_string_append_printf(text, "%s'%s'", before, decider->names[value]);
            before = ", ";
        }
    }
    return g_string_free(text, FALSE);
}

static const RvXmlRow *find_row(const RvXmlType *type, const char *name, bool attribute)
{
    for (unsigned i = 0; i < type->n_rows; i++) {
        const RvXmlRow *row = &type->rows[i];
        if (row->name && is_attribute(row) == attribute && !strcmp(row->name, name))
            return row;
    }
    return NULL;
}

/* The nearest name among the rows that apply. */
static const char *suggest_row(const RvXmlType *type, const void *object, const char *name,
                               bool attribute)
{
    RvXmlSuggestion suggestion;
    rv_xml_suggestion_init(&suggestion, name);
    for (unsigned i = 0; i < type->n_rows; i++) {
        const RvXmlRow *row = &type->rows[i];
        if (row->name && is_attribute(row) == attribute &&
            (!object || rv_xml_row_applies(row, object)))
            rv_xml_suggestion_offer(&suggestion, row->name);
    }
    return suggestion.best;
}

static void report_attribute(RvXmlReader *reader, const RvXmlType *type, const RvXmlNode *node,
                             const void *object, const char *name)
{
    const RvXmlRow *row = find_row(type, name, true);
    g_autofree char *when = row ? describe_when(reader, row) : NULL;
    const char *near = suggest_row(type, object, name, true);
    g_autofree char *element =
        find_row(type, name, false) ? g_strdup_printf("<%s>", name) : NULL;
    if (when)
        rv_xml_fault(reader, RV_DIAGNOSTIC_WARNING, RV_ERR_XML, node, name, near,
                     "attribute '%s' is for %s only", name, when);
    else if (element && !row)
        rv_xml_fault(reader, RV_DIAGNOSTIC_WARNING, RV_ERR_XML, node, name, element,
                     "'%s' is not an attribute here but an element", name);
    else
        rv_xml_fault(reader, RV_DIAGNOSTIC_WARNING, RV_ERR_XML, node, name, near,
                     "unknown attribute '%s'", name);
}

static void report_element(RvXmlReader *reader, const RvXmlType *type, const RvXmlNode *node,
                           const void *object)
{
    const char *name = node->name;
    const RvXmlRow *row = find_row(type, name, false);
    g_autofree char *when = row ? describe_when(reader, row) : NULL;
    const char *near = suggest_row(type, object, name, false);
    g_autofree char *suggestion = near ? g_strdup_printf("<%s>", near) : NULL;
    if (node->ns || node->prefix)
        rv_xml_fault(reader, RV_DIAGNOSTIC_WARNING, RV_ERR_XML, node, NULL, NULL,
                     "an element of another namespace has no place here");
    else if (when)
        rv_xml_fault(reader, RV_DIAGNOSTIC_WARNING, RV_ERR_XML, node, NULL, suggestion,
                     "<%s> is for %s only", name, when);
    else if (find_row(type, name, true))
        rv_xml_fault(reader, RV_DIAGNOSTIC_WARNING, RV_ERR_XML, node, NULL, name,
                     "'%s' is not an element here but an attribute", name);
    else if (suggestion)
        rv_xml_fault(reader, RV_DIAGNOSTIC_WARNING, RV_ERR_XML, node, NULL, suggestion,
                     "unknown element <%s>", name);
    else {
        g_autofree char *elsewhere = find_elsewhere(reader->root, name, false);
        rv_xml_fault(reader, RV_DIAGNOSTIC_WARNING, RV_ERR_XML, node, NULL, NULL,
                     elsewhere ? "unknown element <%s>: it belongs into <%s>"
                               : "unknown element <%s>%.0s",
                     name, elsewhere ? elsewhere : "");
    }
}

/* Thousands of faults need not all be explained. */
static bool is_told(RvXmlReader *reader)
{
    if (rv_diagnostics_has_room(reader->diagnostics, RV_DIAGNOSTIC_WARNING))
        return true;
    rv_diagnostics_add(reader->diagnostics, RV_DIAGNOSTIC_WARNING, RV_ERR_XML, 0, 0, NULL, NULL,
                       "%s", "");
    return false;
}

void rv_xml_report_unknown(RvXmlReader *reader, const RvXmlType *type, const RvXmlNode *node,
                           const void *object, bool may_have_text)
{
    for (const RvXmlAttribute *attribute = node->attributes; attribute;
         attribute = attribute->next) {
        if (!attribute->known && is_told(reader))
            report_attribute(reader, type, node, object, attribute->name);
    }
    for (const RvXmlNode *child = node->children; child; child = child->next) {
        if (!child->known && is_told(reader))
            report_element(reader, type, child, object);
    }
    if (!may_have_text && node->text[strspn(node->text, " \t\r\n")]) {
        g_autofree char *shown = rv_xml_shorten(node->text);
        rv_xml_fault(reader, RV_DIAGNOSTIC_WARNING, RV_ERR_XML, node, NULL, NULL,
                     "text where there should be none: '%s'", g_strstrip(shown));
    }
}
