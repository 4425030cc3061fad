/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/support.h"

#include <string.h>

#include "base/error.h"
#include "model/xml-table.h"

/*
 * The walk goes down the rows of the document with those paths that still may match: each step down
 * leaves few of them. They lie on one stack.
 */
typedef struct {
    const RvSupportRow *row;
    const char *rest; /* of its path: "" at its end */
} Candidate;

typedef struct {
    const char *driver;
    RvDiagnosticLevel level;
    RvDiagnostics *diagnostics; /* NULL: only count */
    GArray *candidates;         /* Candidate */
    GString *path;
    GString *value; /* scratch */
    unsigned found;
} Walk;

typedef struct {
    unsigned first, n;
} Span; /* of candidates */

static const char everything[] = "**";

/* ---- Patterns ------------------------------------------------------------------------------ */

/* Whether one of "a|b" is the name. */
static bool is_one_of(const char *names, size_t len, const char *name)
{
    size_t name_len = strlen(name);
    for (const char *end = names + len; names < end;) {
        const char *bar = memchr(names, '|', (size_t)(end - names));
        size_t one = (size_t)((bar ? bar : end) - names);
        if ((one == 1 && *names == '*') || (one == name_len && !memcmp(names, name, one)))
            return true;
        names += one + 1;
    }
    return false;
}

/* What is left of a pattern one step further down; NULL: it leads elsewhere. */
static const char *step(const char *pattern, const char *name, bool attribute)
{
    if (!strcmp(pattern, everything))
        return pattern;
    size_t len = strcspn(pattern, "/");
    const char *rest = pattern[len] ? pattern + len + 1 : pattern + len;
    bool any = len == 1 && *pattern == '*';
    if (any)
        return rest;
    if (attribute != (*pattern == '@'))
        return NULL;
    return is_one_of(pattern + attribute, len - attribute, name) ? rest : NULL;
}

bool rv_support_has(const RvSupport *support, const char *path, const char *const **ret_values)
{
    g_auto(GStrv) names = g_strsplit(path, "/", -1);
    bool below = false, exact = false;
    *ret_values = NULL;
    for (unsigned i = 0; i < support->n_rows; i++) {
        const char *rest = support->rows[i].path;
        for (unsigned k = 0; rest && names[k]; k++)
            rest = step(rest, names[k] + (names[k][0] == '@'), names[k][0] == '@');
        if (!rest)
            continue;
        if (!*rest && !exact) {
            exact = true;
            *ret_values = support->rows[i].values;
        }
        below = true;
    }
    return below || exact;
}

/* ---- The walk ------------------------------------------------------------------------------ */

static Span descend(Walk *walk, Span span, const char *name, bool attribute)
{
    Span below = {walk->candidates->len, 0};
    for (unsigned i = 0; i < span.n; i++) {
        Candidate candidate = g_array_index(walk->candidates, Candidate, span.first + i);
        candidate.rest = step(candidate.rest, name, attribute);
        if (candidate.rest)
            g_array_append_val(walk->candidates, candidate);
    }
    below.n = walk->candidates->len - below.first;
    return below;
}

static void ascend(Walk *walk, Span below)
{
    g_array_set_size(walk->candidates, below.first);
}

/* "qemu:commandline", where the row is of a namespace. */
static const char *name_of(const RvXmlRow *row)
{
    if (!row->ns)
        return row->name;
    g_autofree char *name = g_strdup_printf("%s:%s", row->ns->prefix, row->name);
    return g_intern_string(name);
}

static size_t push(Walk *walk, const char *separator, const char *name)
{
    size_t len = walk->path->len;
    g_string_append(walk->path, separator);
    g_string_append(walk->path, name);
    return len;
}

G_GNUC_PRINTF(2, 3)
static void report(Walk *walk, const char *format, ...)
{
    walk->found++;
    if (!walk->diagnostics)
        return;
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

/* A value at its place: `span` are those whose pattern ends here, or covers all. */
static void judge(Walk *walk, Span span, const RvXmlRow *row, const void *field)
{
    const char *const *values = NULL;
    g_string_truncate(walk->value, 0);
    row->kind->format(row, field, walk->value);
    bool covered = false;
    for (unsigned i = 0; i < span.n; i++) {
        const Candidate *candidate =
            &g_array_index(walk->candidates, Candidate, span.first + i);
        if (*candidate->rest) {
            covered |= !strcmp(candidate->rest, everything);
            continue;
        }
        values = candidate->row->values;
        if (!values || g_strv_contains(values, walk->value->str))
            return;
    }
    if (values)
        report_value(walk, values);
    else if (!covered)
        report_whole(walk);
}

static bool says_something(const RvXmlRow *row, const void *object, const void *field)
{
    if ((row->flags & RV_XML_LIVE) && !(row->stays && row->stays(object)))
        return false;
    return !row->kind->is_absent(row, field);
}

static void walk_rows(Walk *walk, Span span, const RvXmlType *type, const void *object);

static void walk_element(Walk *walk, Span span, const RvXmlRow *row, const void *object)
{
    if (span.n)
        walk_rows(walk, span, row->type, object);
    else
        report_whole(walk);
}

/* A group is there when something in it is. */
static void walk_group(Walk *walk, Span span, const RvXmlRow *row, const void *object)
{
    if (span.n) {
        walk_rows(walk, span, row->type, object);
        return;
    }
    Walk count = *walk;
    count.diagnostics = NULL;
    count.found = 0;
    walk_rows(&count, span, row->type, object);
    if (count.found)
        report_whole(walk);
}

static void walk_leaf(Walk *walk, Span span, const RvXmlRow *row, const void *field)
{
    if (!row->attribute) {
        judge(walk, span, row, field);
        return;
    }
    Span below = descend(walk, span, row->attribute, true);
    size_t len = push(walk, "/@", row->attribute);
    judge(walk, below, row, field);
    g_string_truncate(walk->path, len);
    ascend(walk, below);
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
        if (says_something(row, object, field))
            judge(walk, span, row, field);
        break;
    case RV_XML_PLACE_LEAF:
        if (says_something(row, object, field))
            walk_leaf(walk, span, row, field);
        break;
    case RV_XML_PLACE_RAW:
        if (*(char *const *)field && !span.n)
            report_whole(walk);
        break;
    case RV_XML_PLACE_FLAG:
        if (*(const bool *)field && !span.n)
            report_whole(walk);
        break;
    case RV_XML_PLACE_VALUES: {
        const GArray *values = *(GArray *const *)field;
        for (unsigned i = 0; i < values->len; i++)
            walk_leaf(walk, span, row, values->data + i * row->kind->size);
        break;
    }
    case RV_XML_PLACE_GROUP:
        walk_group(walk, span, row, field);
        break;
    case RV_XML_PLACE_CHILD:
        if (*(void *const *)field)
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
    for (unsigned i = 0; i < type->n_rows; i++) {
        const RvXmlRow *row = &type->rows[i];
        if (!rv_xml_row_applies(row, object) || (row->omit && row->omit(object)) ||
            row->place == RV_XML_PLACE_FOREIGN)
            continue;
        if (row->place == RV_XML_PLACE_TEXT) {
            const void *field = (const char *)object + row->offset;
            if (says_something(row, object, field))
                judge(walk, span, row, field);
            continue;
        }
        bool attribute = row->place == RV_XML_PLACE_ATTRIBUTE;
        const char *name = name_of(row);
        Span below = descend(walk, span, name, attribute);
        size_t len = push(walk, attribute ? "/@" : "/", name);
        walk_named(walk, below, row, object);
        g_string_truncate(walk->path, len);
        ascend(walk, below);
    }
}

void rv_support_check(const RvSupport *support, const char *driver, const RvXmlType *type,
                      const char *name, const void *object, RvDiagnosticLevel level,
                      RvDiagnostics *diagnostics)
{
    g_autoptr(GArray) candidates = g_array_sized_new(FALSE, FALSE, sizeof(Candidate),
                                                     support->n_rows * 2);
    g_autoptr(GString) path = g_string_new(name), value = g_string_new(NULL);
    for (unsigned i = 0; i < support->n_rows; i++) {
        const Candidate candidate = {&support->rows[i], support->rows[i].path};
        g_array_append_val(candidates, candidate);
    }
    Walk walk = {
        .driver = driver,
        .level = level,
        .diagnostics = diagnostics,
        .candidates = candidates,
        .path = path,
        .value = value,
    };
    walk_rows(&walk, (Span){0, support->n_rows}, type, object);
}
