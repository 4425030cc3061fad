/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/support.h"

#include "base/error.h"
#include "model/support-plan.h"
#include "model/xml-plan.h"

/* Where the walk is. Its text is made for reports only. */
typedef struct Place {
    const struct Place *outer; /* NULL: the document */
    const RvXmlNamespace *ns;  /* or NULL */
    const char *name;
    bool attribute;
    unsigned number; /* among its like, from 1; 0: there is one */
} Place;

typedef struct {
    const char *driver;
    RvDiagnosticLevel level;
    RvDiagnostics *diagnostics;
    GString *value; /* scratch */
} Walk;

static void append_place(const Place *place, GString *path)
{
    if (place->outer) {
        append_place(place->outer, path);
        g_string_append_c(path, '/');
    }
    if (place->attribute)
        g_string_append_c(path, '@');
    if (place->ns)
        g_string_append_printf(path, "%s:", place->ns->prefix);
    g_string_append(path, place->name);
    if (place->number)
        g_string_append_printf(path, "[%u]", place->number);
}

G_GNUC_PRINTF(3, 4)
static void report(Walk *walk, const Place *place, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    g_autoptr(GString) path = g_string_new(NULL);
    append_place(place, path);
    rv_diagnostics_add(walk->diagnostics, walk->level, RV_ERR_CONFIG_UNSUPPORTED, 0, 0, path->str,
                       NULL, "%s", text);
}

static void report_whole(Walk *walk, const Place *place)
{
    report(walk, place, "driver %s cannot do this", walk->driver);
}

static void report_value(Walk *walk, const Place *place, const char *const *values)
{
    g_autofree char *list = g_strjoinv(", ", (char **)values);
    report(walk, place, "driver %s cannot do '%s' here, only %s", walk->driver, walk->value->str,
           list);
}

/* A value at its place, where some steps lead and not every value can be had. */
static void judge(Walk *walk, RvSupportSteps at, const Place *place, const RvXmlRow *row,
                  const void *field)
{
    const char *const *values = NULL;
    g_string_truncate(walk->value, 0);
    row->kind->format(row, field, walk->value);
    for (unsigned i = 0; i < at.n; i++) {
        const GPtrArray *ends = at.steps[i]->ends;
        for (unsigned k = 0; k < ends->len; k++) {
            values = ((const RvSupportRow *)ends->pdata[k])->values;
            if (g_strv_contains(values, walk->value->str))
                return;
        }
    }
    if (values)
        report_value(walk, place, values);
    else
        report_whole(walk, place);
}

static bool is_set(const RvXmlRow *row, const void *object);

static bool is_any_set(const RvXmlType *type, const void *object)
{
    const RvXmlPlan *plan = rv_xml_plan(type);
    for (unsigned i = 0; i < type->n_rows; i++) {
        if (!rv_xml_is_silent(&plan->hints[i], object) && is_set(&type->rows[i], object))
            return true;
    }
    return false;
}

static bool is_set(const RvXmlRow *row, const void *object)
{
    const void *field = (const char *)object + row->offset;
    if (!rv_xml_row_applies(row, object) || (row->omit && row->omit(object)))
        return false;
    switch (row->place) {
    case RV_XML_PLACE_ATTRIBUTE:
    case RV_XML_PLACE_LEAF:
    case RV_XML_PLACE_TEXT:
        return (!(row->flags & RV_XML_LIVE) || (row->stays && row->stays(object))) &&
               !row->kind->is_absent(row, field);
    case RV_XML_PLACE_FLAG:
        return *(const bool *)field;
    case RV_XML_PLACE_VALUES:
        return (*(GArray *const *)field)->len > 0;
    case RV_XML_PLACE_GROUP:
        return is_any_set(row->type, field);
    case RV_XML_PLACE_RAW:
    case RV_XML_PLACE_CHILD:
        return *(void *const *)field;
    case RV_XML_PLACE_LIST:
        return (*(GPtrArray *const *)field)->len > 0;
    case RV_XML_PLACE_FOREIGN:
        return false;
    }
    g_assert_not_reached();
}

static void walk_rows(Walk *walk, RvSupportPlan *plan, const Place *place, const void *object);

static void walk_element(Walk *walk, RvSupportQuestion *question, const Place *place,
                         const RvXmlRow *row, const void *object)
{
    if (question->steps.n)
        walk_rows(walk, rv_support_plan_below(question, row->type), place, object);
    else
        report_whole(walk, place);
}

static void walk_leaf(Walk *walk, const RvSupportQuestion *question, const Place *place,
                      const RvXmlRow *row, const void *field)
{
    const Place attribute = {.outer = place, .name = row->attribute, .attribute = true};
    judge(walk, question->steps, row->attribute ? &attribute : place, row, field);
}

static void walk_list(Walk *walk, RvSupportQuestion *question, Place *place, const RvXmlRow *row,
                      const GPtrArray *list)
{
    for (unsigned i = 0; i < list->len; i++) {
        place->number = list->len > 1 ? i + 1 : 0;
        if (row->flags & RV_XML_ORIGIN)
            rv_diagnostics_about(walk->diagnostics, *(const unsigned *)list->pdata[i]);
        walk_element(walk, question, place, row, list->pdata[i]);
    }
    if (row->flags & RV_XML_ORIGIN)
        rv_diagnostics_about(walk->diagnostics, 0);
}

/* A row that is set (or a group, whose rows' turn comes), and of which there is something to ask. */
static void walk_row(Walk *walk, RvSupportQuestion *question, const Place *outer,
                     const RvXmlRow *row, const void *field)
{
    Place place = {
        .outer = outer,
        .ns = row->ns,
        .name = row->name,
        .attribute = row->place == RV_XML_PLACE_ATTRIBUTE,
    };
    switch (row->place) {
    case RV_XML_PLACE_TEXT:
        judge(walk, question->steps, outer, row, field);
        break;
    case RV_XML_PLACE_ATTRIBUTE:
        judge(walk, question->steps, &place, row, field);
        break;
    case RV_XML_PLACE_LEAF:
        walk_leaf(walk, question, &place, row, field);
        break;
    case RV_XML_PLACE_RAW:
    case RV_XML_PLACE_FLAG:
        report_whole(walk, &place);
        break;
    case RV_XML_PLACE_VALUES: {
        const GArray *values = *(GArray *const *)field;
        for (unsigned i = 0; i < values->len; i++)
            walk_leaf(walk, question, &place, row, values->data + i * row->kind->size);
        break;
    }
    case RV_XML_PLACE_GROUP:
        walk_element(walk, question, &place, row, field);
        break;
    case RV_XML_PLACE_CHILD:
        walk_element(walk, question, &place, row, *(void *const *)field);
        break;
    case RV_XML_PLACE_LIST:
        walk_list(walk, question, &place, row, *(GPtrArray *const *)field);
        break;
    case RV_XML_PLACE_FOREIGN:
        g_assert_not_reached();
    }
}

static bool is_worth_a_walk(const RvXmlRow *row, const RvSupportQuestion *question,
                            const void *object)
{
    if (row->place == RV_XML_PLACE_GROUP && question->steps.n)
        return rv_xml_row_applies(row, object) && !(row->omit && row->omit(object));
    return is_set(row, object);
}

static void walk_rows(Walk *walk, RvSupportPlan *plan, const Place *place, const void *object)
{
    const RvXmlHint *hints = rv_xml_plan(plan->type)->hints;
    for (unsigned i = 0; i < plan->type->n_rows; i++) {
        const RvXmlRow *row = &plan->type->rows[i];
        RvSupportQuestion *question = &plan->questions[i];
        if (!question->fine && !rv_xml_is_silent(&hints[i], object) &&
            is_worth_a_walk(row, question, object))
            walk_row(walk, question, place, row, (const char *)object + row->offset);
    }
}

void rv_support_check(const RvSupport *support, const char *driver, const RvXmlType *type,
                      const char *name, const void *object, RvDiagnosticLevel level,
                      RvDiagnostics *diagnostics)
{
    g_autoptr(GString) value = g_string_new(NULL);
    Walk walk = {
        .driver = driver,
        .level = level,
        .diagnostics = diagnostics,
        .value = value,
    };
    const Place document = {.name = name};
    walk_rows(&walk, rv_support_plan(support, type), &document, object);
}
