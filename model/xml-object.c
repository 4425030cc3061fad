/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the rows say about structs in memory: how they begin, end, are copied and compared. */

#include "base/error.h"
#include "model/xml-plan.h"

#include <string.h>

static void *field_of(const RvXmlRow *row, const void *object)
{
    return (char *)object + row->offset;
}

static void free_child(const RvXmlRow *row, void *child)
{
    if (child)
        rv_xml_free(row->type, child);
}

/* Several groups, of which one applies, may be about one struct: the first makes its lists. */
void rv_xml_begin_field(const RvXmlRow *row, void *field)
{
    if (row->place == RV_XML_PLACE_LIST) {
        if (!*(void **)field)
            *(GPtrArray **)field = g_ptr_array_new();
    } else if (rv_xml_row_is_list(row)) {
        if (!*(void **)field)
            *(GArray **)field = g_array_new(FALSE, FALSE, (guint)row->kind->size);
    } else if (row->size == sizeof(int64_t)) {
        /* Kinds whose "not said" is a number keep it in a field of one of these sizes. */
        *(int64_t *)field = row->absent;
    } else if (row->size == sizeof(int)) {
        *(int *)field = (int)row->absent;
    } else {
        *(bool *)field = true;
    }
}

/* A group without a size of its own lies in memory that has been cleared already. */
void rv_xml_init(const RvXmlType *type, void *object)
{
    const RvXmlPlan *plan = rv_xml_plan(type);
    if (type->size)
        memset(object, 0, type->size);
    for (unsigned i = 0; i < plan->n_begins; i++)
        rv_xml_begin_field(plan->begins[i].row, (char *)object + plan->begins[i].offset);
}

static void clear_values(const RvXmlRow *row, GArray *values)
{
    for (unsigned i = 0; row->kind->clear && i < values->len; i++)
        row->kind->clear(values->data + i * row->kind->size);
    g_array_unref(values);
}

/* Of most rows of most objects there is nothing to free: this tells it of them without a call. */
static inline bool owns_nothing(const RvXmlRow *row, const void *object)
{
    return row->place != RV_XML_PLACE_GROUP && row->size == sizeof(void *) &&
           !*(void *const *)field_of(row, object);
}

/* All but groups. */
static void clear_row(const RvXmlRow *row, void *field)
{
    if (rv_xml_row_is_list(row) && !*(void **)field)
        return;
    switch (row->place) {
    case RV_XML_PLACE_CHILD:
        free_child(row, *(void **)field);
        break;
    case RV_XML_PLACE_LIST: {
        GPtrArray *list = *(GPtrArray **)field;
        for (unsigned i = 0; i < list->len; i++)
            free_child(row, list->pdata[i]);
        g_ptr_array_unref(list);
        *(GPtrArray **)field = NULL;
        break;
    }
    case RV_XML_PLACE_VALUES:
    case RV_XML_PLACE_FOREIGN:
        clear_values(row, *(GArray **)field);
        *(GArray **)field = NULL;
        break;
    case RV_XML_PLACE_FLAG:
    case RV_XML_PLACE_GROUP:
        break;
    default:
        if (row->kind->clear)
            row->kind->clear(field);
    }
}

/* Returns whether lists may be left: of a row that does not apply. */
static bool clear_rows(const RvXmlType *type, void *object)
{
    const RvXmlPlan *plan = rv_xml_plan(type);
    bool left = false;
    /* From the last row to the first: those that decide which others apply come first. */
    for (unsigned i = plan->n_owners; i-- > 0;) {
        const RvXmlRow *row = plan->owners[i];
        if (owns_nothing(row, object))
            continue;
        if (!rv_xml_row_applies(row, object))
            left |= row->place == RV_XML_PLACE_GROUP || rv_xml_row_is_list(row);
        else if (row->place == RV_XML_PLACE_GROUP)
            left |= clear_rows(row->type, field_of(row, object));
        else
            clear_row(row, field_of(row, object));
    }
    return left;
}

/* What is left: a list is there whether its row, or the group that it is in, applies or not. */
static void clear_lists(const RvXmlType *type, void *object)
{
    const RvXmlPlan *plan = rv_xml_plan(type);
    for (unsigned i = 0; i < plan->n_begins; i++) {
        if (rv_xml_row_is_list(plan->begins[i].row))
            clear_row(plan->begins[i].row, (char *)object + plan->begins[i].offset);
    }
}

void rv_xml_clear(const RvXmlType *type, void *object)
{
    if (clear_rows(type, object))
        clear_lists(type, object);
}

static void drop(const RvXmlRow *row, void *field)
{
    if (row->place == RV_XML_PLACE_GROUP) {
        rv_xml_clear(row->type, field);
        memset(field, 0, row->size);
        rv_xml_init(row->type, field);
        return;
    }
    clear_row(row, field);
    memset(field, 0, row->size);
    if (row->absent || rv_xml_row_is_list(row))
        rv_xml_begin_field(row, field);
}

void rv_xml_drop_live(const RvXmlType *type, void *object)
{
    const RvXmlPlan *plan = rv_xml_plan(type);
    for (unsigned i = 0; i < plan->n_live; i++) {
        const RvXmlRow *row = plan->live[i];
        if (rv_xml_row_applies(row, object) && !(row->stays && row->stays(object)))
            drop(row, field_of(row, object));
    }
}

void *rv_xml_new(const RvXmlType *type)
{
    g_assert(type->size);
    void *object = g_malloc(type->size);
    rv_xml_init(type, object);
    return object;
}

void rv_xml_free(const RvXmlType *type, void *object)
{
    if (!object)
        return;
    rv_xml_clear(type, object);
    g_free(object);
}

static void copy_rows(const RvXmlType *type, const void *from, void *to);

/* `to` holds the bytes of `from`. Two rows may share a field (an attribute that repeats what an
 * element says): then the second finds that it has been copied. */
static void copy_row(const RvXmlRow *row, const void *from, void *to)
{
    if (rv_xml_row_is_list(row) && (!*(void **)to || *(void **)to != *(void *const *)from))
        return;
    switch (row->place) {
    case RV_XML_PLACE_GROUP:
        copy_rows(row->type, from, to);
        break;
    case RV_XML_PLACE_CHILD:
        if (*(void **)to)
            *(void **)to = rv_xml_copy(row->type, *(void *const *)from);
        break;
    case RV_XML_PLACE_LIST: {
        GPtrArray *list = *(GPtrArray *const *)from, *copy = g_ptr_array_sized_new(list->len);
        for (unsigned i = 0; i < list->len; i++)
            g_ptr_array_add(copy, rv_xml_copy(row->type, list->pdata[i]));
        *(GPtrArray **)to = copy;
        break;
    }
    case RV_XML_PLACE_VALUES:
    case RV_XML_PLACE_FOREIGN: {
        GArray *values = g_array_copy(*(GArray *const *)from);
        for (unsigned i = 0; row->kind->copy && i < values->len; i++)
            row->kind->copy(values->data + i * row->kind->size);
        *(GArray **)to = values;
        break;
    }
    case RV_XML_PLACE_FLAG:
        break;
    default:
        if (row->kind->copy && !memcmp(from, to, row->kind->size))
            row->kind->copy(to);
    }
}

static void copy_rows(const RvXmlType *type, const void *from, void *to)
{
    for (unsigned i = 0; i < type->n_rows; i++) {
        const RvXmlRow *row = &type->rows[i];
        if (rv_xml_row_applies(row, from))
            copy_row(row, field_of(row, from), field_of(row, to));
    }
}

/* As clear_lists(). */
static void copy_lists(const RvXmlType *type, const void *from, void *to)
{
    for (unsigned i = 0; i < type->n_rows; i++) {
        const RvXmlRow *row = &type->rows[i];
        if (row->place == RV_XML_PLACE_GROUP)
            copy_lists(row->type, field_of(row, from), field_of(row, to));
        else if (rv_xml_row_is_list(row))
            copy_row(row, field_of(row, from), field_of(row, to));
    }
}

void *rv_xml_copy(const RvXmlType *type, const void *object)
{
    g_assert(type->size);
    void *copy = g_memdup2(object, type->size);
    copy_rows(type, object, copy);
    copy_lists(type, object, copy);
    return copy;
}

static bool row_has(const RvXmlRow *row, const void *field, unsigned flags)
{
    bool wanted = row->flags & flags;
    switch (row->place) {
    case RV_XML_PLACE_GROUP:
        return rv_xml_has(row->type, field, flags);
    case RV_XML_PLACE_CHILD: {
        const void *child = *(void *const *)field;
        return child && (wanted || rv_xml_has(row->type, child, flags));
    }
    case RV_XML_PLACE_LIST: {
        const GPtrArray *list = *(GPtrArray *const *)field;
        for (unsigned i = 0; i < list->len; i++) {
            if (wanted || rv_xml_has(row->type, list->pdata[i], flags))
                return true;
        }
        return false;
    }
    case RV_XML_PLACE_VALUES:
    case RV_XML_PLACE_FOREIGN:
        return wanted && (*(GArray *const *)field)->len;
    case RV_XML_PLACE_FLAG:
        return wanted && *(const bool *)field;
    default:
        return wanted && !row->kind->is_absent(row, field);
    }
}

bool rv_xml_has(const RvXmlType *type, const void *object, unsigned flags)
{
    for (unsigned i = 0; i < type->n_rows; i++) {
        const RvXmlRow *row = &type->rows[i];
        if (rv_xml_row_applies(row, object) && row_has(row, field_of(row, object), flags))
            return true;
    }
    return false;
}

/* ---- Comparing ----------------------------------------------------------------------------- */

static char *format_value(const RvXmlRow *row, const void *field)
{
    GString *text = g_string_new(NULL);
    if (!(row->flags & RV_XML_ALWAYS) && row->kind->is_absent(row, field))
        g_string_append(text, "absent");
    else
        row->kind->format(row, field, text);
    return g_string_free(text, FALSE);
}

G_GNUC_PRINTF(3, 4)
static bool differ(RvDiagnostics *differences, const char *path, const char *format, ...)
{
    if (differences) {
        va_list args;
        va_start(args, format);
        g_autofree char *message = g_strdup_vprintf(format, args);
        va_end(args);
        rv_diagnostics_add(differences, RV_DIAGNOSTIC_ERROR, RV_ERR_CONFIG_UNSUPPORTED, 0, 0, path,
                           NULL, "%s", message);
    }
    return false;
}

static char *row_path(const char *path, const RvXmlRow *row)
{
    if (row->place == RV_XML_PLACE_TEXT)
        return g_strdup(path);
    const char *attribute = row->place == RV_XML_PLACE_ATTRIBUTE ? "@" : "";
    return g_strdup_printf("%s/%s%s", path, attribute, row->name ? row->name : "*");
}

static bool lists_equal(const RvXmlRow *row, const char *path, const GPtrArray *a,
                        const GPtrArray *b, unsigned flags, RvDiagnostics *differences)
{
    bool equal = true;
    if (a->len != b->len)
        return differ(differences, path, "there are %u here and %u there", a->len, b->len);
    for (unsigned i = 0; i < a->len; i++) {
        g_autofree char *item = g_strdup_printf("%s[%u]", path, i + 1);
        equal &= rv_xml_equal(row->type, item, a->pdata[i], b->pdata[i], flags, differences);
    }
    return equal;
}

static bool values_equal(const RvXmlRow *row, const char *path, const GArray *a, const GArray *b,
                         RvDiagnostics *differences)
{
    if (a->len != b->len)
        return differ(differences, path, "there are %u here and %u there", a->len, b->len);
    for (unsigned i = 0; i < a->len; i++) {
        if (!row->kind->equal(a->data + i * row->kind->size, b->data + i * row->kind->size))
            return differ(differences, path, "number %u is not the same", i + 1);
    }
    return true;
}

static bool row_equal(const RvXmlRow *row, const char *path, const void *a, const void *b,
                      unsigned flags, RvDiagnostics *differences)
{
    bool wanted = !flags || (row->flags & flags);
    switch (row->place) {
    case RV_XML_PLACE_GROUP:
        return rv_xml_equal(row->type, path, a, b, flags, differences);
    case RV_XML_PLACE_CHILD: {
        const void *x = *(void *const *)a, *y = *(void *const *)b;
        if (!x || !y)
            return x == y || !wanted || differ(differences, path, "it is only in one of both");
        return rv_xml_equal(row->type, path, x, y, flags, differences);
    }
    case RV_XML_PLACE_LIST:
        return (!wanted) || lists_equal(row, path, *(GPtrArray *const *)a, *(GPtrArray *const *)b,
                                        flags, differences);
    case RV_XML_PLACE_VALUES:
    case RV_XML_PLACE_FOREIGN:
        return !wanted ||
               values_equal(row, path, *(GArray *const *)a, *(GArray *const *)b, differences);
    case RV_XML_PLACE_FLAG:
        return !wanted || *(const bool *)a == *(const bool *)b ||
               differ(differences, path, "it is only in one of both");
    default: {
        if (!wanted || row->kind->equal(a, b))
            return true;
        g_autofree char *x = format_value(row, a), *y = format_value(row, b);
        return differ(differences, path, "'%s' here is '%s' there", x, y);
    }
    }
}

bool rv_xml_equal(const RvXmlType *type, const char *path, const void *a, const void *b,
                  unsigned flags, RvDiagnostics *differences)
{
    bool equal = true;
    for (unsigned i = 0; i < type->n_rows; i++) {
        const RvXmlRow *row = &type->rows[i];
        if (!rv_xml_row_applies(row, a) || !rv_xml_row_applies(row, b))
            continue; /* the row that decides differs then */
        g_autofree char *below = row_path(path, row);
        equal &= row_equal(row, below, field_of(row, a), field_of(row, b), flags, differences);
    }
    return equal;
}
