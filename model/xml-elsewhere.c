/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/xml-elsewhere.h"

#include <string.h>

#define MAX_DEPTH 24
#define MAX_SHOWN 3

typedef struct {
    unsigned strangers; /* what the place would not know of the element */
    unsigned distance;  /* steps up and down from where it stands */
    char *path;         /* "domain/devices/disk" */
} Place;

typedef struct {
    const RvXmlNode *node;
    const char *attribute;
    const char *here; /* the path of the element in which it stands */
    GArray *places;   /* Place */
    const RvXmlType *stack[MAX_DEPTH];
    unsigned depth;
} Search;

static void place_clear(void *data)
{
    g_free(((Place *)data)->path);
}

static const RvXmlRow *find_row(const RvXmlType *type, const char *name, bool attribute)
{
    for (unsigned i = 0; i < type->n_rows; i++) {
        const RvXmlRow *row = &type->rows[i];
        if (row->name && (row->place == RV_XML_PLACE_ATTRIBUTE) == attribute &&
            rv_xml_name_is(row->name, name))
            return row;
    }
    return NULL;
}

/* The names on the way to an element, without numbers. */
static char *plain_path(const RvXmlNode *node)
{
    GString *path = g_string_new(node->name);
    while ((node = node->parent)) {
        g_string_prepend_c(path, '/');
        g_string_prepend(path, node->name);
    }
    return g_string_free(path, FALSE);
}

static unsigned count_steps(const char *path)
{
    unsigned n = *path != '\0';
    for (; *path; path++)
        n += *path == '/';
    return n;
}

/* How much of both paths is the same, up to a whole step. */
static size_t common_len(const char *a, const char *b)
{
    size_t len = 0, i = 0;
    for (;; i++) {
        bool a_ends = !a[i] || a[i] == '/', b_ends = !b[i] || b[i] == '/';
        if (a_ends && b_ends)
            len = i;
        if (!a[i] || !b[i] || a[i] != b[i])
            return len;
    }
}

static unsigned distance(const char *from, const char *to)
{
    size_t common = common_len(from, to);
    return count_steps(from + common + (from[common] == '/')) +
           count_steps(to + common + (to[common] == '/'));
}

/* Attributes and children of the element that a row does not know. */
static unsigned count_strangers(const RvXmlRow *row, const RvXmlNode *node)
{
    static const RvXmlType none = {0};
    const RvXmlType *type = row->type ? row->type : &none;
    unsigned n = 0;
    if (row->place == RV_XML_PLACE_RAW)
        return 0;
    for (const RvXmlAttribute *at = node->attributes; at; at = at->next)
        n += !find_row(type, at->name, true) && g_strcmp0(at->name, row->attribute) &&
             !(row->kind && !g_strcmp0(at->name, row->kind->attribute));
    for (const RvXmlNode *child = node->children; child; child = child->next)
        n += !find_row(type, child->name, false);
    return n;
}

static void search_type(Search *search, const RvXmlType *type, GString *path)
{
    for (unsigned i = 0; i < search->depth; i++) {
        if (search->stack[i] == type)
            return;
    }
    if (search->depth == MAX_DEPTH)
        return;
    const char *name = search->attribute ? search->attribute : search->node->name;
    const RvXmlRow *found = find_row(type, name, search->attribute);
    if (found && strcmp(path->str, search->here)) {
        Place place = {
            .strangers = search->attribute ? 0 : count_strangers(found, search->node),
            .distance = distance(search->here, path->str),
            .path = g_strdup(path->str),
        };
        g_array_append_val(search->places, place);
    }
    search->stack[search->depth++] = type;
    for (unsigned i = 0; i < type->n_rows; i++) {
        size_t len = path->len;
        if (!type->rows[i].type)
            continue;
        g_string_append_c(path, '/');
        g_string_append(path, type->rows[i].name);
        search_type(search, type->rows[i].type, path);
        g_string_truncate(path, len);
    }
    search->depth--;
}

static bool is_better(const Place *a, const Place *b)
{
    return a->strangers < b->strangers ||
           (a->strangers == b->strangers && a->distance < b->distance);
}

/* The first of the best, and removes it. */
static bool take_best(GArray *places, Place *ret_best)
{
    guint best = 0;
    if (!places->len)
        return false;
    for (guint i = 1; i < places->len; i++) {
        if (is_better(&g_array_index(places, Place, i), &g_array_index(places, Place, best)))
            best = i;
    }
    *ret_best = g_array_index(places, Place, best);
    ret_best->path = g_strdup(ret_best->path);
    g_array_remove_index(places, best);
    return true;
}

/* What is shown of a path: without the root, unless it is the root. */
static const char *shown(const char *path)
{
    const char *slash = strchr(path, '/');
    return slash ? slash + 1 : path;
}

char *rv_xml_elsewhere(const RvXmlType *root, const RvXmlNode *node, const char *attribute)
{
    const RvXmlNode *top = node, *around = attribute ? node : node->parent;
    while (top->parent)
        top = top->parent;
    g_autofree char *here = plain_path(around ? around : node);
    g_autoptr(GArray) places = g_array_new(FALSE, FALSE, sizeof(Place));
    g_array_set_clear_func(places, place_clear);
    g_autoptr(GString) path = g_string_new(top->name);
    Search search = {.node = node, .attribute = attribute, .here = here, .places = places};
    search_type(&search, root, path);

    GString *text = g_string_new(NULL);
    Place place;
    unsigned strangers = 0;
    for (unsigned n = 0; n < MAX_SHOWN && take_best(places, &place); n++) {
        bool fits = !n || place.strangers == strangers;
        strangers = place.strangers;
        if (fits)
            g_string_append_printf(text, "%s<%s>", n ? " or " : "", shown(place.path));
        g_free(place.path);
        if (!fits)
            break;
    }
    return g_string_free(text, !text->len);
}
