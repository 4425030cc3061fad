/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Reading an element by the rows of its type: row after row, so that fields that decide about later
 * rows are there in time. What no row has asked for is unknown content. */

#include "base/error.h"
#include "model/xml-plan.h"
#include "model/xml-unknown.h"

#include <string.h>

/* Whether the element is in the row's namespace, or in none where the row names none. */
static bool is_of(const RvXmlRow *row, const RvXmlNode *node)
{
    if (row->ns)
        return node->ns && !strcmp(node->ns, row->ns->uri);
    return !node->prefix && !node->ns;
}

static void read_type(RvXmlReader *reader, const RvXmlType *type, const RvXmlFrame *outer,
                      RvXmlNode *node, void *object);

/* The first element of this name. Others of it are told to be ignored, as libvirt does it, or
 * refused. */
static RvXmlNode *take_child(RvXmlReader *reader, const RvXmlRow *row, RvXmlNode *node)
{
    RvXmlNode *first = NULL;
    for (RvXmlNode *child = node->children; child; child = child->next) {
        if (!rv_xml_name_is(child->name, row->name) || !is_of(row, child))
            continue;
        if (first && !child->known)
            rv_xml_fault(reader,
                         row->flags & RV_XML_SINGLE ? RV_DIAGNOSTIC_ERROR : RV_DIAGNOSTIC_WARNING,
                         row->bad_code, child, NULL, NULL,
                         row->flags & RV_XML_SINGLE
                             ? "there is another <%s> before, and there can be only one"
                             : "there is another <%s> before: this one is ignored",
                         row->name);
        if (!first)
            first = child;
        child->known = true;
    }
    return first;
}

static RvXmlAttribute *take_attribute(const RvXmlNode *node, const char *name)
{
    RvXmlAttribute *attribute = rv_xml_node_attribute(node, name);
    if (attribute)
        attribute->known = true;
    return attribute;
}

/* `type` has the row, `object` (may be NULL) its values up to now. */
static void fault_missing(RvXmlReader *reader, const RvXmlType *type, const RvXmlRow *row,
                          const RvXmlNode *node, const void *object)
{
    int code = row->missing_code;
    if (row->name && rv_xml_report_misspelt(reader, type, row, node, object))
        return;
    if (row->place == RV_XML_PLACE_ATTRIBUTE)
        rv_xml_fault(reader, RV_DIAGNOSTIC_ERROR, code, node, NULL, NULL,
                     "attribute '%s' is missing", row->name);
    else if (row->place == RV_XML_PLACE_TEXT)
        rv_xml_fault(reader, RV_DIAGNOSTIC_ERROR, code, node, NULL, NULL, "its text is missing");
    else
        rv_xml_fault(reader, RV_DIAGNOSTIC_ERROR, code, node, NULL, NULL,
                     "element <%s> is missing", row->name);
}

static void fault_bad(RvXmlReader *reader, const RvXmlRow *row, const RvXmlNode *node,
                      const char *attribute, const char *text, void *field)
{
    g_autoptr(GString) expected = g_string_new(NULL);
    if (!rv_diagnostics_has_room(reader->diagnostics, RV_DIAGNOSTIC_ERROR)) {
        rv_xml_error(reader, row->bad_code, node, attribute, "%s", "");
        return;
    }
    row->kind->describe(row, expected);
    const char *suggestion =
        row->names ? rv_xml_suggest(text, row->names + MAX(row->min, 0)) : NULL;
    g_autofree char *shown = rv_xml_shorten(text);
    rv_xml_fault(reader, RV_DIAGNOSTIC_ERROR, row->bad_code, node, attribute, suggestion,
                 "'%s' is not %s%s", shown, row->names ? "one of " : "", expected->str);
    /* The rest is judged as if it had been written right: one fault is told once. */
    if (suggestion && !row->kind->parse(row, suggestion, NULL, field))
        g_assert_not_reached();
}

/* Whether this counts as absent: an empty element, and an empty string that has no names. */
static bool is_empty(const RvXmlRow *row, const char *attribute, const char *text)
{
    if (row->kind != &rv_xml_string)
        return !attribute && rv_xml_is_blank(text);
    return !*text && (!attribute || !row->names);
}

/* One value, of `attribute` or, where that is NULL, the element's text. False: there is none. */
static bool read_value(RvXmlReader *reader, const RvXmlRow *row, RvXmlNode *node,
                       const char *attribute, void *field)
{
    const RvXmlKind *kind = row->kind;
    const RvXmlAttribute *found = attribute ? take_attribute(node, attribute) : NULL;
    const char *text = !attribute ? node->text : found ? found->value : NULL;
    const RvXmlAttribute *extra = kind->attribute ? take_attribute(node, kind->attribute) : NULL;

    if (!text || (is_empty(row, attribute, text) && !(row->flags & RV_XML_KEEP_EMPTY)))
        return false;
    if (extra && !kind->attribute_ok(extra->value)) {
        rv_xml_fault(reader, RV_DIAGNOSTIC_ERROR, RV_ERR_INVALID_ARG, node, extra->name, NULL,
                     "'%s' is not one of %s", extra->value, kind->attribute_doc);
        return true;
    }
    if (!kind->parse(row, text, extra ? extra->value : NULL, field))
        fault_bad(reader, row, node, attribute, text, field);
    return true;
}

/* An element that holds nothing but its value: in its text, or in its one attribute. False: it has
 * none. */
static bool read_leaf(RvXmlReader *reader, const RvXmlRow *row, RvXmlNode *node,
                      const RvXmlNode *owner, void *field)
{
    const RvXmlRow attribute = {
        .place = RV_XML_PLACE_ATTRIBUTE,
        .name = row->attribute ? row->attribute : row->kind->attribute,
        .missing_code = row->missing_code,
    };
    const RvXmlType leaf = {.rows = &attribute, .n_rows = attribute.name != NULL};
    bool found = read_value(reader, row, node, row->attribute, field);
    if (!found && row->bare) {
        *(int *)field = row->bare;
    } else if (!found && (row->flags & (RV_XML_REQUIRED | RV_XML_NOT_EMPTY))) {
        if (row->attribute)
            fault_missing(reader, &leaf, &attribute, node, NULL);
        else
            fault_missing(reader, reader->frame->type, row, owner, reader->frame->object);
    }
    rv_xml_report_unknown(reader, &leaf, node, NULL, !row->attribute);
    return found || row->bare;
}

/* Whether a list may have one more; told for the first that is too many. */
static bool has_room(RvXmlReader *reader, const RvXmlRow *row, const RvXmlNode *node, unsigned len)
{
    if (!row->max || len < row->max)
        return true;
    if (len == row->max)
        rv_xml_error(reader, row->bad_code, node, NULL, "there are more than %u elements <%s>",
                     (unsigned)row->max, row->name);
    return false;
}

/* Reads an element into a struct of its own. */
static void *read_object(RvXmlReader *reader, const RvXmlRow *row, RvXmlNode *node)
{
    void *object = rv_xml_new(row->type);
    if (row->flags & RV_XML_ORIGIN)
        *(unsigned *)object = (unsigned)node->start + 1;
    rv_xml_read(reader, row->type, node, object);
    return object;
}

static void read_list(RvXmlReader *reader, const RvXmlRow *row, RvXmlNode *node, void *field)
{
    unsigned n = 0;
    for (RvXmlNode *child = node->children; child; child = child->next) {
        if (!rv_xml_name_is(child->name, row->name) || !is_of(row, child))
            continue;
        child->known = true;
        if (!has_room(reader, row, child, n++))
            continue;
        if (row->place == RV_XML_PLACE_VALUES) {
            GArray *values = *(GArray **)field;
            guint len = values->len;
            g_array_set_size(values, len + 1);
            memset(values->data + len * row->kind->size, 0, row->kind->size);
            if (!read_leaf(reader, row, child, child, values->data + len * row->kind->size))
                g_array_set_size(values, len);
        } else {
            g_ptr_array_add(*(GPtrArray **)field, read_object(reader, row, child));
        }
    }
}

/* Whether the element is in a namespace of which some row of the type is. */
static bool is_spoken(const RvXmlType *type, const RvXmlNode *node)
{
    for (unsigned i = 0; i < type->n_rows; i++) {
        if (is_of(&type->rows[i], node))
            return true;
    }
    return false;
}

static void read_foreign(RvXmlReader *reader, RvXmlNode *node, GArray *slices)
{
    for (RvXmlNode *child = node->children; child; child = child->next) {
        if (is_spoken(reader->frame->type, child))
            continue;
        child->known = true;
        char *slice = rv_xml_node_slice(reader->document, child);
        g_array_append_val(slices, slice);
    }
}

static void read_element(RvXmlReader *reader, const RvXmlRow *row, RvXmlNode *node,
                         const RvXmlNode *owner, void *field)
{
    static const RvXmlType flag = {0};
    switch (row->place) {
    case RV_XML_PLACE_LEAF:
        read_leaf(reader, row, node, owner, field);
        break;
    case RV_XML_PLACE_FLAG:
        *(bool *)field = true;
        rv_xml_report_unknown(reader, &flag, node, NULL, false);
        break;
    case RV_XML_PLACE_GROUP:
        read_type(reader, row->type, reader->frame, node, field);
        break;
    case RV_XML_PLACE_CHILD:
        *(void **)field = read_object(reader, row, node);
        break;
    case RV_XML_PLACE_RAW:
        *(char **)field = rv_xml_node_slice(reader->document, node);
        break;
    default:
        g_assert_not_reached();
    }
}


static void read_row(RvXmlReader *reader, const RvXmlRow *row, RvXmlNode *node, void *field)
{
    RvXmlNode *child;
    bool required = row->flags & RV_XML_REQUIRED;
    switch (row->place) {
    case RV_XML_PLACE_ATTRIBUTE:
        if (!read_value(reader, row, node, row->name, field) && required)
            fault_missing(reader, reader->frame->type, row, node, reader->frame->object);
        break;
    case RV_XML_PLACE_TEXT:
        if (!read_value(reader, row, node, NULL, field) && required)
            fault_missing(reader, reader->frame->type, row, node, reader->frame->object);
        break;
    case RV_XML_PLACE_LIST:
    case RV_XML_PLACE_VALUES:
        read_list(reader, row, node, field);
        break;
    case RV_XML_PLACE_FOREIGN:
        read_foreign(reader, node, *(GArray **)field);
        break;
    default:
        child = take_child(reader, row, node);
        if (child)
            read_element(reader, row, child, node, field);
        else if (required)
            fault_missing(reader, reader->frame->type, row, node, reader->frame->object);
    }
}

/* Of all that stands in the element: most rows are of something that does not. */
static uint64_t name_bits(const RvXmlNode *node)
{
    uint64_t bits = 1; /* never none */
    for (const RvXmlAttribute *at = node->attributes; at; at = at->next)
        bits |= rv_xml_name_bit(at->name);
    for (const RvXmlNode *child = node->children; child; child = child->next)
        bits |= rv_xml_name_bit(child->name);
    return bits;
}

static void read_type(RvXmlReader *reader, const RvXmlType *type, const RvXmlFrame *outer,
                      RvXmlNode *node, void *object)
{
    const RvXmlFrame frame = {type, object, outer}, *before = reader->frame;
    const RvXmlPlan *plan = rv_xml_plan(type);
    bool has_text = false;
    unsigned errors = rv_diagnostics_count(reader->diagnostics, RV_DIAGNOSTIC_ERROR);
    uint64_t bits = name_bits(node);
    reader->frame = &frame;
    for (unsigned i = 0; i < type->n_rows; i++) {
        const RvXmlRow *row = &type->rows[i];
        if (!(plan->name_bits[i] & bits) || !rv_xml_row_applies(row, object))
            continue;
        read_row(reader, row, node, (char *)object + row->offset);
        has_text |= row->place == RV_XML_PLACE_TEXT;
    }
    rv_xml_report_unknown(reader, type, node, object, has_text);
    if (type->check && !reader->rows_only &&
        errors == rv_diagnostics_count(reader->diagnostics, RV_DIAGNOSTIC_ERROR))
        type->check(reader, node, object);
    if (!(reader->flags & RV_FORMAT_LIVE))
        rv_xml_drop_live(type, object);
    reader->frame = before;
}

void rv_xml_read(RvXmlReader *reader, const RvXmlType *type, RvXmlNode *node, void *object)
{
    read_type(reader, type, NULL, node, object);
}

void *rv_xml_parse(const RvXmlType *type, const char *name, const char *text, size_t len,
                   RvFormatFlags flags, RvDiagnostics *diagnostics, GError **error)
{
    g_autoptr(RvXmlDocument) document = rv_xml_document_parse(text, len, error);
    if (!document)
        return NULL;

    RvXmlNode *root = rv_xml_document_root(document);
    if (strcmp(root->name, name)) {
        rv_error_set(error, RV_ERR_XML, "unexpected root element <%s>, expecting <%s>", root->name,
                     name);
        return NULL;
    }

    g_autoptr(RvDiagnostics) own = diagnostics ? NULL : rv_diagnostics_new();
    RvXmlReader reader = {
        .document = document,
        .root = type,
        .diagnostics = diagnostics ? diagnostics : own,
        .flags = flags,
    };
    void *object = rv_xml_new(type);
    rv_xml_read(&reader, type, root, object);
    rv_diagnostics_sort(reader.diagnostics);
    if (rv_diagnostics_check(reader.diagnostics, error))
        return object;
    rv_xml_free(type, object);
    return NULL;
}
