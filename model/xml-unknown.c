/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/xml-unknown.h"

#include "base/error.h"
#include "model/xml-elsewhere.h"

#include <string.h>

#define MAX_SHOWN 80

char *rv_xml_shorten(const char *text)
{
    if (strlen(text) <= MAX_SHOWN)
        return g_strdup(text);
    const char *end = g_utf8_find_prev_char(text, text + MAX_SHOWN - 3);
    return g_strdup_printf("%.*s...", (int)(end - text), text);
}

enum { MAX_PLACED = 20 };

static bool is_attribute(const RvXmlRow *row)
{
    return row->place == RV_XML_PLACE_ATTRIBUTE;
}

/* The row of the enum on which `row` depends. */
static const RvXmlRow *find_decider(const RvXmlFrame *frame, const RvXmlRow *row)
{
    const char *field = (const char *)frame->object + row->when.offset;
    for (; frame; frame = frame->outer) {
        for (unsigned i = 0; i < frame->type->n_rows; i++) {
            const RvXmlRow *other = &frame->type->rows[i];
            if (other->kind == &rv_xml_enum && (const char *)frame->object + other->offset == field)
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

/* ": it belongs into <os>", or nothing. The whole description is searched for that, so it is told of
 * the first faults only. */
static char *belongs(const RvXmlReader *reader, const RvXmlNode *node, const char *attribute)
{
    if (rv_diagnostics_count(reader->diagnostics, RV_DIAGNOSTIC_WARNING) >= MAX_PLACED)
        return g_strdup("");
    g_autofree char *place = rv_xml_elsewhere(reader->root, node, attribute);
    return place ? g_strdup_printf(": it belongs into %s", place) : g_strdup("");
}

static void report_attribute(RvXmlReader *reader, const RvXmlType *type, const RvXmlNode *node,
                             const void *object, const char *name)
{
    const RvXmlRow *row = find_row(type, name, true);
    g_autofree char *when = row ? describe_when(reader, row) : NULL;
    const char *near = suggest_row(type, object, name, true);
    g_autofree char *element =
        find_row(type, name, false) ? g_strdup_printf("<%s>", name) : NULL;
    if (when) {
        rv_xml_fault(reader, RV_DIAGNOSTIC_WARNING, RV_ERR_XML, node, name, near,
                     "attribute '%s' is for %s only", name, when);
    } else if (element && !row) {
        rv_xml_fault(reader, RV_DIAGNOSTIC_WARNING, RV_ERR_XML, node, name, element,
                     "'%s' is not an attribute here but an element", name);
    } else {
        g_autofree char *elsewhere = row ? g_strdup("") : belongs(reader, node, name);
        rv_xml_fault(reader, RV_DIAGNOSTIC_WARNING, RV_ERR_XML, node, name, near,
                     "unknown attribute '%s'%s", name, elsewhere);
    }
}

static void report_element(RvXmlReader *reader, const RvXmlType *type, const RvXmlNode *node,
                           const void *object)
{
    const char *name = node->name;
    const RvXmlRow *row = find_row(type, name, false);
    g_autofree char *when = row ? describe_when(reader, row) : NULL;
    const char *near = suggest_row(type, object, name, false);
    g_autofree char *suggestion = near ? g_strdup_printf("<%s>", near) : NULL;
    RvDiagnosticLevel level = type->unknown_code ? RV_DIAGNOSTIC_ERROR : RV_DIAGNOSTIC_WARNING;
    int code = type->unknown_code ? type->unknown_code : RV_ERR_XML;
    if (node->ns || node->prefix) {
        rv_xml_fault(reader, level, code, node, NULL, NULL,
                     "an element of another namespace has no place here");
    } else if (when) {
        rv_xml_fault(reader, level, code, node, NULL, suggestion,
                     "<%s> is for %s only", name, when);
    } else if (find_row(type, name, true)) {
        rv_xml_fault(reader, level, code, node, NULL, name,
                     "'%s' is not an element here but an attribute", name);
    } else {
        g_autofree char *elsewhere = belongs(reader, node, NULL);
        rv_xml_fault(reader, level, code, node, NULL, suggestion,
                     "unknown element <%s>%s", name, elsewhere);
    }
}

bool rv_xml_report_misspelt(RvXmlReader *reader, const RvXmlType *type, const RvXmlRow *missing,
                            const RvXmlNode *node, const void *object)
{
    const char *name = missing->name;
    if (is_attribute(missing)) {
        for (RvXmlAttribute *at = node->attributes; at; at = at->next) {
            if (at->known || find_row(type, at->name, true) ||
                g_strcmp0(suggest_row(type, object, at->name, true), name))
                continue;
            at->known = true;
            rv_xml_fault(reader, RV_DIAGNOSTIC_ERROR, missing->missing_code, node, at->name, name,
                         "attribute '%s' is missing, and '%s' is not known", name, at->name);
            return true;
        }
        return false;
    }
    for (RvXmlNode *child = node->children; child; child = child->next) {
        if (child->known || child->ns || child->prefix || find_row(type, child->name, false) ||
            g_strcmp0(suggest_row(type, object, child->name, false), name))
            continue;
        g_autofree char *suggestion = g_strdup_printf("<%s>", name);
        child->known = true;
        rv_xml_fault(reader, RV_DIAGNOSTIC_ERROR, missing->missing_code, child, NULL, suggestion,
                     "element <%s> is missing, and <%s> is not known", name, child->name);
        return true;
    }
    return false;
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
        if (!child->known && (type->unknown_code || is_told(reader)))
            report_element(reader, type, child, object);
    }
    if (!may_have_text && node->text[strspn(node->text, " \t\r\n")]) {
        g_autofree char *shown = rv_xml_shorten(node->text);
        rv_xml_fault(reader, RV_DIAGNOSTIC_WARNING, RV_ERR_XML, node, NULL, NULL,
                     "text where there should be none: '%s'", g_strstrip(shown));
    }
}
