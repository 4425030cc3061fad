/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Writing a struct by its rows. An element is begun in the output at once and taken back where it
 * turns out to be empty. */

#include "model/xml-plan.h"

#include <string.h>

typedef struct {
    GString *out;
    GString *value; /* scratch */
    RvFormatFlags flags;
    unsigned depth;
    unsigned written; /* counts what was worth an element */
} Writer;

/* The name of an element; its namespace is declared around it. */
typedef struct {
    const RvXmlNamespace *ns; /* or NULL */
    const char *name;
} Name;

static void write_element(Writer *writer, const RvXmlType *type, Name name, const void *object,
                          bool always);

/* g_string_append_len(), which is a call and a move, for the many small pieces of a document. */
static inline void put(GString *out, const char *text, size_t len)
{
    if (out->len + len < out->allocated_len) {
        memcpy(out->str + out->len, text, len);
        out->len += len;
        out->str[out->len] = '\0';
    } else {
        g_string_append_len(out, text, (gssize)len);
    }
}

static inline void put_text(GString *out, const char *text)
{
    put(out, text, strlen(text));
}

static void put_name(GString *out, Name name)
{
    if (name.ns) {
        put_text(out, name.ns->prefix);
        put(out, ":", 1);
    }
    put_text(out, name.name);
}

static void indent(Writer *writer)
{
    static const char spaces[] = "                ";
    for (unsigned left = writer->depth * 2; left > 0;) {
        unsigned step = MIN(left, (unsigned)sizeof(spaces) - 1);
        put(writer->out, spaces, step);
        left -= step;
    }
}

static const char *reference(char c)
{
    switch (c) {
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '&':
        return "&amp;";
    case '\'':
        return "&apos;";
    case '"':
        return "&quot;";
    case '\n':
        return "&#10;";
    case '\r':
        return "&#13;";
    default:
        return "&#9;";
    }
}

/* What is written as a reference, and the end. As libvirt does it, and white space that a reader
 * would change as well. */
enum { IN_ATTRIBUTE = 1 << 0, IN_TEXT = 1 << 1, ANYWHERE = IN_ATTRIBUTE | IN_TEXT };
static const unsigned char special[256] = {
    ['\0'] = ANYWHERE, ['<'] = ANYWHERE,      ['>'] = ANYWHERE,      ['&'] = ANYWHERE,
    ['\''] = ANYWHERE, ['"'] = ANYWHERE,      ['\r'] = ANYWHERE,     ['\n'] = IN_ATTRIBUTE,
    ['\t'] = IN_ATTRIBUTE,
};

static void append_escaped(GString *out, const char *text, unsigned where)
{
    for (const char *at = text;; at++) {
        if (!(special[(unsigned char)*at] & where))
            continue;
        put(out, text, (size_t)(at - text));
        if (!*at)
            return;
        put_text(out, reference(*at));
        text = at + 1;
    }
}

void rv_xml_append_escaped(GString *out, const char *text)
{
    append_escaped(out, text, IN_ATTRIBUTE);
}

static void append_text(GString *out, const char *text)
{
    append_escaped(out, text, IN_TEXT);
}

static void append_attribute(Writer *writer, const char *name, const char *value)
{
    put(writer->out, " ", 1);
    put_text(writer->out, name);
    put_text(writer->out, "='");
    rv_xml_append_escaped(writer->out, value);
    put(writer->out, "'", 1);
}

static const char *format_value(Writer *writer, const RvXmlRow *row, const void *field)
{
    const char *text = row->kind == &rv_xml_string ? *(char *const *)field : NULL;
    if (text)
        return text;
    g_string_truncate(writer->value, 0);
    row->kind->format(row, field, writer->value);
    return writer->value->str;
}

/* Whether the row is to be written now, were it not for its value. */
static bool wants(const Writer *writer, const RvXmlRow *row, const void *object)
{
    if ((row->flags & RV_XML_SECRET) && !(writer->flags & RV_FORMAT_SECRETS))
        return false;
    if ((row->flags & RV_XML_LIVE) && row->place == RV_XML_PLACE_CHILD &&
        !(writer->flags & RV_FORMAT_LIVE))
        return false;
    return rv_xml_row_applies(row, object) && (!row->omit || !row->omit(object));
}

/* Whether something in a group may have to be written: no field of it would, where none says
 * anything. */
static bool may_say(const RvXmlType *type, const void *object)
{
    const RvXmlPlan *plan = rv_xml_plan(type);
    for (unsigned i = 0; i < type->n_rows; i++) {
        const RvXmlRow *row = &type->rows[i];
        if (rv_xml_is_silent(&plan->hints[i], object) || !rv_xml_row_applies(row, object))
            continue;
        if (row->place != RV_XML_PLACE_GROUP || (row->flags & RV_XML_ALWAYS) ||
            may_say(row->type, (const char *)object + row->offset))
            return true;
    }
    return false;
}

/* The field to write, NULL when it has no value worth it. */
static const void *value_of(const Writer *writer, const RvXmlRow *row, const void *object)
{
    const void *field = (const char *)object + row->offset;
    bool absent = row->kind->is_absent(row, field);
    if ((row->flags & RV_XML_LIVE) && !(writer->flags & RV_FORMAT_LIVE) && !absent &&
        !(row->stays && row->stays(object))) {
        absent = true;
        field = &row->absent;
    }
    return absent && !(row->flags & RV_XML_ALWAYS) ? NULL : field;
}

/* The attribute that belongs to a value of this kind. */
static void append_kind_attribute(Writer *writer, const RvXmlKind *kind, const void *field)
{
    if (kind->attribute)
        append_attribute(writer, kind->attribute,
                         kind->attribute_of ? kind->attribute_of(field) : kind->attribute_value);
}

static void write_leaf(Writer *writer, const RvXmlRow *row, const void *field)
{
    const char *value = format_value(writer, row, field);
    indent(writer);
    put(writer->out, "<", 1);
    put_text(writer->out, row->name);
    if (row->attribute) {
        append_attribute(writer, row->attribute, value);
        append_kind_attribute(writer, row->kind, field);
        put_text(writer->out, "/>\n");
    } else {
        append_kind_attribute(writer, row->kind, field);
        put(writer->out, ">", 1);
        append_text(writer->out, value);
        put_text(writer->out, "</");
        put_text(writer->out, row->name);
        put_text(writer->out, ">\n");
    }
    writer->written++;
}

static void write_slice(Writer *writer, const char *slice)
{
    indent(writer);
    put_text(writer->out, slice);
    put(writer->out, "\n", 1);
    writer->written++;
}

static Name name_of(const RvXmlRow *row)
{
    return (Name){row->ns, row->name};
}

static void write_list(Writer *writer, const RvXmlRow *row, const void *field)
{
    if (row->place == RV_XML_PLACE_LIST) {
        const GPtrArray *list = *(GPtrArray *const *)field;
        for (unsigned i = 0; i < list->len; i++)
            write_element(writer, row->type, name_of(row), list->pdata[i], true);
        return;
    }
    const GArray *values = *(GArray *const *)field;
    for (unsigned i = 0; i < values->len; i++) {
        const void *value = values->data + i * row->kind->size;
        if (row->place == RV_XML_PLACE_FOREIGN)
            write_slice(writer, *(char *const *)value);
        else
            write_leaf(writer, row, value);
    }
}

static void write_child_row(Writer *writer, const RvXmlRow *row, const void *object)
{
    const void *field = (const char *)object + row->offset, *value;
    switch (row->place) {
    case RV_XML_PLACE_LEAF:
        value = value_of(writer, row, object);
        if (value)
            write_leaf(writer, row, value);
        break;
    case RV_XML_PLACE_FLAG:
        if (*(const bool *)field) {
            indent(writer);
            put(writer->out, "<", 1);
            put_text(writer->out, row->name);
            put_text(writer->out, "/>\n");
            writer->written++;
        }
        break;
    case RV_XML_PLACE_GROUP:
        if ((row->flags & RV_XML_ALWAYS) || may_say(row->type, field))
            write_element(writer, row->type, name_of(row), field, row->flags & RV_XML_ALWAYS);
        break;
    case RV_XML_PLACE_CHILD:
        if (*(void *const *)field)
            write_element(writer, row->type, name_of(row), *(void *const *)field, true);
        break;
    case RV_XML_PLACE_RAW:
        if (*(char *const *)field)
            write_slice(writer, *(char *const *)field);
        break;
    case RV_XML_PLACE_LIST:
    case RV_XML_PLACE_VALUES:
    case RV_XML_PLACE_FOREIGN:
        write_list(writer, row, field);
        break;
    case RV_XML_PLACE_ATTRIBUTE:
    case RV_XML_PLACE_TEXT:
        g_assert_not_reached();
    }
}

static void write_attributes(Writer *writer, const RvXmlType *type, const void *object)
{
    const RvXmlPlan *plan = rv_xml_plan(type);
    for (unsigned i = 0; i < plan->n_attributes; i++) {
        const RvXmlRow *row = &type->rows[i];
        if (rv_xml_is_silent(&plan->hints[i], object))
            continue;
        const void *field = wants(writer, row, object) ? value_of(writer, row, object) : NULL;
        if (!field)
            continue;
        append_attribute(writer, row->name, format_value(writer, row, field));
        append_kind_attribute(writer, row->kind, field);
        writer->written++;
    }
}

/* Whether anything below the row is to be written; rows in a namespace are of two places only. */
static bool has_children(const RvXmlRow *row, const void *object)
{
    const void *field = (const char *)object + row->offset;
    return row->place == RV_XML_PLACE_LIST ? (*(GPtrArray *const *)field)->len > 0
                                           : *(void *const *)field != NULL;
}

/* Declares the namespaces of children that are not in the element's own. */
static void write_declarations(Writer *writer, const RvXmlType *type, Name name,
                               const void *object)
{
    const RvXmlNamespace *declared = name.ns;
    if (!rv_xml_plan(type)->has_namespaces)
        return;
    for (unsigned i = 0; i < type->n_rows; i++) {
        const RvXmlRow *row = &type->rows[i];
        if (!row->ns || row->ns == declared || !has_children(row, object))
            continue;
        g_autofree char *attribute = g_strdup_printf("xmlns:%s", row->ns->prefix);
        append_attribute(writer, attribute, row->ns->uri);
        declared = row->ns;
    }
}

/* The row of the element's text, when it has one that is to be written. */
static const RvXmlRow *text_row(const Writer *writer, const RvXmlType *type, const void *object)
{
    const RvXmlRow *row = type->n_rows ? &type->rows[type->n_rows - 1] : NULL;
    if (!row || row->place != RV_XML_PLACE_TEXT || !wants(writer, row, object))
        return NULL;
    return value_of(writer, row, object) ? row : NULL;
}

static void write_children(Writer *writer, const RvXmlType *type, const void *object)
{
    const RvXmlPlan *plan = rv_xml_plan(type);
    for (unsigned i = plan->n_attributes; i < type->n_rows; i++) {
        const RvXmlRow *row = &type->rows[i];
        if (rv_xml_is_silent(&plan->hints[i], object))
            continue;
        if (row->place != RV_XML_PLACE_TEXT && wants(writer, row, object))
            write_child_row(writer, row, object);
    }
}

static void write_end(Writer *writer, Name name)
{
    put_text(writer->out, "</");
    put_name(writer->out, name);
    put_text(writer->out, ">\n");
}

static void write_element(Writer *writer, const RvXmlType *type, Name name, const void *object,
                          bool always)
{
    GString *out = writer->out;
    size_t start = out->len;
    unsigned before = writer->written;
    indent(writer);
    put(out, "<", 1);
    put_name(out, name);
    write_attributes(writer, type, object);
    write_declarations(writer, type, name, object);

    const RvXmlRow *text = text_row(writer, type, object);
    if (text) {
        const void *field = (const char *)object + text->offset;
        const char *value = format_value(writer, text, field);
        append_kind_attribute(writer, text->kind, field);
        put(out, ">", 1);
        append_text(out, value);
        write_end(writer, name);
        writer->written++;
        return;
    }

    size_t tag_end = out->len;
    put_text(out, ">\n");
    size_t body = out->len;
    writer->depth++;
    write_children(writer, type, object);
    writer->depth--;
    if (writer->written == before && !always) {
        g_string_truncate(out, start);
    } else if (out->len == body) {
        g_string_truncate(out, tag_end);
        put_text(out, "/>\n");
    } else {
        indent(writer);
        write_end(writer, name);
    }
    writer->written += always;
}

void rv_xml_write(const RvXmlType *type, const char *name, const void *object, RvFormatFlags flags,
                  unsigned depth, GString *out)
{
    g_autoptr(GString) value = g_string_sized_new(64);
    Writer writer = {.out = out, .value = value, .flags = flags, .depth = depth};
    write_element(&writer, type, (Name){NULL, name}, object, true);
}
