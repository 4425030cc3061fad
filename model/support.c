/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/support.h"

#include <limits.h>
#include <string.h>

#include "base/error.h"
#include "model/xml-table.h"

/* The paths of a list as a tree: one step of a path, and what may come after it. */
typedef struct Step {
    GHashTable *next;  /* by name, "@name" of an attribute: Step */
    struct Step *any;  /* "*" */
    bool all;          /* "**": whatever is here and below */
    GPtrArray *ends;   /* RvSupportRow: those whose path ends here */
} Step;

/* The walk goes down the rows of the document with those steps that match; they lie on one stack. */
typedef struct {
    const char *driver;
    RvDiagnosticLevel level;
    RvDiagnostics *diagnostics;
    GPtrArray *steps; /* const Step */
    GString *path;
    GString *value; /* scratch */
} Walk;

typedef struct {
    unsigned first, n;
} Span; /* of steps */

/* ---- Patterns ------------------------------------------------------------------------------ */

static Step *step_new(void)
{
    Step *step = g_new0(Step, 1);
    step->next = g_hash_table_new(g_str_hash, g_str_equal);
    step->ends = g_ptr_array_new();
    return step;
}

static Step *step_below(Step *step, const char *name)
{
    if (!strcmp(name, "*"))
        return step->any ? step->any : (step->any = step_new());
    Step *below = g_hash_table_lookup(step->next, name);
    if (!below) {
        below = step_new();
        g_hash_table_insert(step->next, g_strdup(name), below);
    }
    return below;
}

/* `names` are what is left of the row's path: "a|b", "@c|d" (both attributes), ... */
static void add_path(Step *step, char **names, const RvSupportRow *row)
{
    if (!*names) {
        g_ptr_array_add(step->ends, (void *)row);
        return;
    }
    if (!strcmp(*names, "**")) {
        step->all = true;
        return;
    }
    bool attribute = **names == '@';
    g_auto(GStrv) choices = g_strsplit(*names + attribute, "|", -1);
    for (char **choice = choices; *choice; choice++) {
        g_autofree char *name = g_strconcat(attribute ? "@" : "", *choice, NULL);
        add_path(step_below(step, name), names + 1, row);
    }
}

/* Made once for each list and kept: lists are constants. */
static const Step *steps_of(const RvSupport *support)
{
    static GMutex lock;
    static GHashTable *known; /* by RvSupport: Step */
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&lock);
    if (!known)
        known = g_hash_table_new(NULL, NULL);
    Step *root = g_hash_table_lookup(known, support);
    if (root)
        return root;
    root = step_new();
    for (unsigned i = 0; i < support->n_rows; i++) {
        g_auto(GStrv) names = g_strsplit(support->rows[i].path, "/", -1);
        add_path(root, names, &support->rows[i]);
    }
    g_hash_table_insert(known, (void *)support, root);
    return root;
}

/* `name` has an "@" where it is an attribute's. */
static Span descend(GPtrArray *steps, Span span, const char *name)
{
    Span below = {steps->len, 0};
    for (unsigned i = 0; i < span.n; i++) {
        const Step *step = steps->pdata[span.first + i];
        const Step *named = g_hash_table_lookup(step->next, name);
        if (named)
            g_ptr_array_add(steps, (void *)named);
        if (step->any)
            g_ptr_array_add(steps, step->any);
        if (step->all)
            g_ptr_array_add(steps, (void *)step);
    }
    below.n = steps->len - below.first;
    return below;
}

static void ascend(GPtrArray *steps, Span below)
{
    g_ptr_array_set_size(steps, (int)below.first);
}

bool rv_support_has(const RvSupport *support, const char *path, const char *const **ret_values)
{
    g_auto(GStrv) names = g_strsplit(path, "/", -1);
    g_autoptr(GPtrArray) steps = g_ptr_array_new();
    g_ptr_array_add(steps, (void *)steps_of(support));
    Span span = {0, 1};
    for (char **name = names; *name; name++)
        span = descend(steps, span, *name);
    *ret_values = NULL;
    for (unsigned i = 0; i < span.n; i++) {
        const Step *step = steps->pdata[span.first + i];
        if (step->ends->len) {
            *ret_values = ((const RvSupportRow *)step->ends->pdata[0])->values;
            break;
        }
    }
    return span.n;
}

/* ---- The walk ------------------------------------------------------------------------------ */

/* "qemu:commandline" of a namespace, "@cache" of an attribute. */
static const char *name_of(const RvXmlRow *row, char scratch[NAME_MAX])
{
    bool attribute = row->place == RV_XML_PLACE_ATTRIBUTE;
    if (!row->ns && !attribute)
        return row->name;
    g_snprintf(scratch, NAME_MAX, "%s%s%s%s", attribute ? "@" : "",
               row->ns ? row->ns->prefix : "", row->ns ? ":" : "", row->name);
    return scratch;
}

static size_t push(Walk *walk, const char *name)
{
    size_t len = walk->path->len;
    g_string_append_c(walk->path, '/');
    g_string_append(walk->path, name);
    return len;
}

G_GNUC_PRINTF(2, 3)
static void report(Walk *walk, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    rv_diagnostics_add(walk->diagnostics, walk->level, RV_ERR_CONFIG_UNSUPPORTED, 0, 0,
                       walk->path->str, NULL, "%s", text);
}

static void report_whole(Walk *walk)
{
    report(walk, "driver %s cannot do this", walk->driver);
}

static void report_value(Walk *walk, const char *const *values)
{
    g_autofree char *list = g_strjoinv(", ", (char **)values);
    report(walk, "driver %s cannot do '%s' here, only %s", walk->driver, walk->value->str, list);
}

/* A value at its place, which these steps lead to. */
static void judge(Walk *walk, Span span, const RvXmlRow *row, const void *field)
{
    const char *const *values = NULL;
    g_string_truncate(walk->value, 0);
    row->kind->format(row, field, walk->value);
    bool covered = false;
    for (unsigned i = 0; i < span.n; i++) {
        const Step *step = walk->steps->pdata[span.first + i];
        covered |= step->all;
        for (unsigned k = 0; k < step->ends->len; k++) {
            values = ((const RvSupportRow *)step->ends->pdata[k])->values;
            if (!values || g_strv_contains(values, walk->value->str))
                return;
        }
    }
    if (values)
        report_value(walk, values);
    else if (!covered)
        report_whole(walk);
}

static bool is_set(const RvXmlRow *row, const void *object);

static bool is_any_set(const RvXmlType *type, const void *object)
{
    for (unsigned i = 0; i < type->n_rows; i++) {
        if (is_set(&type->rows[i], object))
            return true;
    }
    return false;
}

/* Asked before any pattern is looked at: most rows of a document are absent. */
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

static void walk_rows(Walk *walk, Span span, const RvXmlType *type, const void *object);

static void walk_element(Walk *walk, Span span, const RvXmlRow *row, const void *object)
{
    if (span.n)
        walk_rows(walk, span, row->type, object);
    else
        report_whole(walk);
}

static void walk_leaf(Walk *walk, Span span, const RvXmlRow *row, const void *field)
{
    if (!row->attribute) {
        judge(walk, span, row, field);
        return;
    }
    g_autofree char *name = g_strconcat("@", row->attribute, NULL);
    Span below = descend(walk->steps, span, name);
    size_t len = push(walk, name);
    judge(walk, below, row, field);
    g_string_truncate(walk->path, len);
    ascend(walk->steps, below);
}

static void walk_list(Walk *walk, Span span, const RvXmlRow *row, const GPtrArray *list)
{
    size_t len = walk->path->len;
    for (unsigned i = 0; i < list->len; i++) {
        if (list->len > 1)
            g_string_append_printf(walk->path, "[%u]", i + 1);
        walk_element(walk, span, row, list->pdata[i]);
        g_string_truncate(walk->path, len);
    }
}

/* `span`: those that match the row's own name. */
static void walk_named(Walk *walk, Span span, const RvXmlRow *row, const void *object)
{
    const void *field = (const char *)object + row->offset;
    switch (row->place) {
    case RV_XML_PLACE_ATTRIBUTE:
        judge(walk, span, row, field);
        break;
    case RV_XML_PLACE_LEAF:
        walk_leaf(walk, span, row, field);
        break;
    case RV_XML_PLACE_RAW:
    case RV_XML_PLACE_FLAG:
        if (!span.n)
            report_whole(walk);
        break;
    case RV_XML_PLACE_VALUES: {
        const GArray *values = *(GArray *const *)field;
        for (unsigned i = 0; i < values->len; i++)
            walk_leaf(walk, span, row, values->data + i * row->kind->size);
        break;
    }
    case RV_XML_PLACE_GROUP:
        walk_element(walk, span, row, field);
        break;
    case RV_XML_PLACE_CHILD:
        walk_element(walk, span, row, *(void *const *)field);
        break;
    case RV_XML_PLACE_LIST:
        walk_list(walk, span, row, *(GPtrArray *const *)field);
        break;
    case RV_XML_PLACE_TEXT:
    case RV_XML_PLACE_FOREIGN:
        g_assert_not_reached();
    }
}

static void walk_rows(Walk *walk, Span span, const RvXmlType *type, const void *object)
{
    char scratch[NAME_MAX];
    for (unsigned i = 0; i < type->n_rows; i++) {
        const RvXmlRow *row = &type->rows[i];
        if (!is_set(row, object))
            continue;
        if (row->place == RV_XML_PLACE_TEXT) {
            judge(walk, span, row, (const char *)object + row->offset);
            continue;
        }
        const char *name = name_of(row, scratch);
        Span below = descend(walk->steps, span, name);
        size_t len = push(walk, name);
        walk_named(walk, below, row, object);
        g_string_truncate(walk->path, len);
        ascend(walk->steps, below);
    }
}

void rv_support_check(const RvSupport *support, const char *driver, const RvXmlType *type,
                      const char *name, const void *object, RvDiagnosticLevel level,
                      RvDiagnostics *diagnostics)
{
    g_autoptr(GPtrArray) steps = g_ptr_array_new();
    g_autoptr(GString) path = g_string_new(name), value = g_string_new(NULL);
    g_ptr_array_add(steps, (void *)steps_of(support));
    Walk walk = {
        .driver = driver,
        .level = level,
        .diagnostics = diagnostics,
        .steps = steps,
        .path = path,
        .value = value,
    };
    walk_rows(&walk, (Span){0, 1}, type, object);
}
