/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/model/mutation.h"

#include <check.h>
#include <string.h>

const char *const mutation_names[MUTATION_LAST] = {
    "misspelt element", "misspelt attribute", "misspelt value", "wrong value",
    "wrong place",      "missing part",       "other",
};

#define MAX_DEPTH 8
#define MAX_PLACES 3
#define HERE G_MAXUINT /* the line of what was put in */

typedef struct {
    const char *source;
    const RvXmlNode *root;
    unsigned variant;
    void (*use)(const Mutation *mutation, void *data);
    void *data;
} Mutator;

static unsigned line_at(const char *text, size_t offset)
{
    unsigned line = 1;
    for (size_t i = 0; i < offset; i++)
        line += text[i] == '\n';
    return line;
}

/* Uses the source with `len` bytes at `at` replaced. `mutation` lacks its text. */
static void replace(const Mutator *mutator, Mutation mutation, const RvXmlNode *node, size_t at,
                    size_t len, const char *with)
{
    g_autofree char *text =
        g_strdup_printf("%.*s%s%s", (int)at, mutator->source, with, mutator->source + at + len);
    g_autofree char *path = rv_xml_node_path(node, NULL);
    g_autofree char *what = g_strdup_printf("%s: %s: '%.*s' -> '%.60s'", path,
                                            mutation_names[mutation.kind], (int)MIN(len, 60),
                                            mutator->source + at, with);
    mutation.text = text;
    mutation.what = what;
    if (mutation.line == HERE)
        mutation.line = line_at(text, at);
    mutator->use(&mutation, mutator->data);
}

/* The row of an attribute or element; `type` may be NULL. */
static const RvXmlRow *find_row(const RvXmlType *type, const char *name, bool attribute)
{
    for (unsigned i = 0; type && i < type->n_rows; i++) {
        const RvXmlRow *row = &type->rows[i];
        if (row->name && (row->place == RV_XML_PLACE_ATTRIBUTE) == attribute &&
            !strcmp(row->name, name))
            return row;
    }
    return NULL;
}

/* A letter is missing, there twice, changed or swapped with the next. */
static char *misspell(const char *name, unsigned variant)
{
    size_t len = strlen(name), at = len / 2;
    GString *text = g_string_new(name);
    switch (len < 4 ? 1 : variant % 4) {
    case 0:
        g_string_erase(text, (gssize)at, 1);
        break;
    case 1:
        g_string_insert_c(text, (gssize)at, name[at]);
        break;
    case 2:
        text->str[at] = name[at] == 'z' ? 'y' : 'z';
        break;
    default:
        text->str[at] = name[at - 1];
        text->str[at - 1] = name[at];
    }
    if (!strcmp(text->str, name))
        g_string_append_c(text, 'x');
    return g_string_free(text, FALSE);
}

/* ---- Attributes ----------------------------------------------------------------------------- */

/* Where name='value' begins, and its value with its length. */
static size_t find_attribute(const char *source, const RvXmlNode *node, const char *name,
                             size_t *ret_value, size_t *ret_len)
{
    g_autofree char *pattern = g_strdup_printf(" %s=", name);
    const char *found = strstr(source + node->start, pattern);
    ck_assert_ptr_nonnull(found);
    const char *value = found + strlen(pattern) + 1;
    *ret_value = (size_t)(value - source);
    *ret_len = strcspn(value, (char[]){value[-1], '\0'});
    return (size_t)(found + 1 - source);
}

static bool has_name(const RvXmlRow *row, const char *text)
{
    return g_strv_contains(row->names + MAX(row->min, 0), text);
}

/* Wrong values for what stands at `at`. */
static void mutate_value(const Mutator *mutator, const RvXmlRow *row, const RvXmlNode *node,
                         const char *value, size_t at, size_t len)
{
    const Mutation wrong = {.kind = MUTATION_WRONG_VALUE, .line = HERE, .says = "'#?'"};
    if (!row || !row->kind || !len || (row->kind == &rv_xml_string && !row->names))
        return;
    replace(mutator, wrong, node, at, len, "#?");
    if (!row->names || strlen(value) < 4 || !has_name(row, value))
        return;
    g_autofree char *bad = misspell(value, mutator->variant);
    if (!has_name(row, bad))
        replace(mutator,
                (Mutation){.kind = MUTATION_MISSPELT_VALUE, .line = HERE, .suggestion = value}, node,
                at, len, bad);
}

/* `leaf` is not NULL where the element is no more than a value. */
static void mutate_attribute(const Mutator *mutator, const RvXmlType *type, const RvXmlRow *leaf,
                             const RvXmlNode *node, const RvXmlAttribute *attribute)
{
    static const char *const values[] = {"bogus", "", "-7", "99999999999", "default", "none"};
    size_t value, len,
        begin = find_attribute(mutator->source, node, attribute->name, &value, &len);
    bool is_leaf = leaf && !g_strcmp0(leaf->attribute, attribute->name);
    bool is_unit = leaf && !leaf->attribute;
    const RvXmlRow *row = is_leaf ? leaf : find_row(type, attribute->name, true);
    bool required = row && (row->flags & RV_XML_REQUIRED);
    const Mutation other = {.kind = MUTATION_OTHER};

    g_autofree char *bad = misspell(attribute->name, mutator->variant);
    if ((row || is_unit) && !find_row(type, bad, true))
        replace(mutator,
                (Mutation){.kind = MUTATION_MISSPELT_ATTRIBUTE, .line = HERE,
                           .suggestion = attribute->name},
                node, begin, strlen(attribute->name), bad);
    mutate_value(mutator, row, node, attribute->value, value, len);
    g_autofree char *says = g_strdup_printf("'%s' is missing", attribute->name);
    replace(mutator,
            required ? (Mutation){.kind = MUTATION_MISSING, .says = says,
                                  .line = line_at(mutator->source, node->start)}
                     : other,
            node, begin, value + len + 1 - begin, "");
    for (unsigned i = 0; i < G_N_ELEMENTS(values); i++)
        replace(mutator, other, node, value, len, values[i]);
}

/* ---- Elements ------------------------------------------------------------------------------- */

static void misspell_element(const Mutator *mutator, const RvXmlType *outer, const RvXmlNode *node)
{
    size_t name_len = strlen(node->name), len = node->end - node->start;
    g_autofree char *bad = misspell(node->name, mutator->variant);
    if (find_row(outer, bad, false) || find_row(outer, bad, true))
        return;
    GString *whole = g_string_new_len(mutator->source + node->start, (gssize)len);
    g_autofree char *suggestion = g_strdup_printf("<%s>", node->name);
    if (mutator->source[node->end - 2] != '/') {
        g_string_truncate(whole, len - name_len - 1);
        g_string_append_printf(whole, "%s>", bad);
    }
    g_string_erase(whole, 1, (gssize)name_len);
    g_string_insert(whole, 1, bad);
    replace(mutator,
            (Mutation){.kind = MUTATION_MISSPELT_ELEMENT, .line = HERE, .suggestion = suggestion},
            node, node->start, len, whole->str);
    g_string_free(whole, TRUE);
}

/* The names on the way to an element, as messages show it. */
static char *place_of(const RvXmlNode *node)
{
    if (!node->parent)
        return g_strdup_printf("<%s>", node->name);
    GString *path = g_string_new(node->name);
    while ((node = node->parent)->parent) {
        g_string_prepend_c(path, '/');
        g_string_prepend(path, node->name);
    }
    g_string_prepend_c(path, '<');
    g_string_append_c(path, '>');
    return g_string_free(path, FALSE);
}

/* In how many places an element of this name may stand. */
static unsigned count_places(const RvXmlType *type, const char *name, unsigned depth)
{
    unsigned n = find_row(type, name, false) != NULL;
    for (unsigned i = 0; depth < MAX_DEPTH && i < type->n_rows; i++) {
        if (type->rows[i].type && type->rows[i].type != type)
            n += count_places(type->rows[i].type, name, depth + 1);
    }
    return n;
}

/* Moves what stands in the document's element into its <devices>, and all else out of there. */
static void misplace_element(const Mutator *mutator, const RvXmlType *root, const RvXmlRow *row,
                             const RvXmlNode *node)
{
    const RvXmlNode *devices = rv_xml_node_child(mutator->root, "devices", 0);
    const RvXmlRow *devices_row = find_row(root, "devices", false);
    bool to_devices = node->parent == mutator->root;
    if (node == devices || devices == mutator->root || (row->flags & RV_XML_REQUIRED) ||
        find_row(to_devices ? devices_row->type : root, node->name, false) ||
        find_row(to_devices ? devices_row->type : root, node->name, true))
        return;
    size_t close = to_devices ? devices->end - strlen("</devices>")
                              : mutator->root->end - strlen("</domain>");
    if (node->start > close || mutator->source[devices->end - 2] == '/')
        return;
    size_t len = node->end - node->start;
    /* Where many places would do, nobody can know which was meant. */
    bool clear = count_places(root, node->name, 0) <= MAX_PLACES;
    g_autofree char *says = clear ? place_of(node->parent) : g_strdup("it belongs into");
    g_autofree char *with = g_strdup_printf("%.*s%.*s\n", (int)(close - node->end),
                                            mutator->source + node->end, (int)len,
                                            mutator->source + node->start);
    unsigned line = line_at(mutator->source, close) -
                    (line_at(mutator->source, node->end) - line_at(mutator->source, node->start));
    replace(mutator, (Mutation){.kind = MUTATION_WRONG_PLACE, .says = says, .line = line}, node,
            node->start, close - node->start, with);
}

static void change_element(const Mutator *mutator, const RvXmlRow *row, const RvXmlNode *node)
{
    const Mutation other = {.kind = MUTATION_OTHER};
    size_t len = node->end - node->start;
    g_autofree char *whole = g_strndup(mutator->source + node->start, len);
    g_autofree char *twice = g_strconcat(whole, whole, NULL);
    g_autofree char *more = g_strdup_printf("%s bogus='1'", node->name);
    g_autofree char *says = g_strdup_printf("<%s> is missing", node->name);
    bool alone = true;
    for (const RvXmlNode *near = node->parent->children; near; near = near->next)
        alone &= near == node || strcmp(near->name, node->name);
    bool required = row && (row->flags & RV_XML_REQUIRED) && alone;
    replace(mutator,
            required ? (Mutation){.kind = MUTATION_MISSING, .says = says,
                                  .line = line_at(mutator->source, node->parent->start)}
                     : other,
            node, node->start, len, "");
    replace(mutator, other, node, node->start, len, twice);
    replace(mutator, other, node, node->start, len, "<bogus/>");
    replace(mutator, other, node, node->start + 1, strlen(node->name), more);
}

static void change_text(const Mutator *mutator, const RvXmlRow *row, const RvXmlNode *node)
{
    const Mutation other = {.kind = MUTATION_OTHER};
    const char *text = strchr(mutator->source + node->start, '>') + 1;
    size_t at = (size_t)(text - mutator->source), len = strcspn(text, "<");
    mutate_value(mutator, row, node, node->text, at, len);
    replace(mutator, other, node, at, len, "bogus");
    replace(mutator, other, node, at, len, "");
    replace(mutator, other, node, at, len, "0");
}

/* The row of the element's text. */
static const RvXmlRow *text_row(const RvXmlRow *row)
{
    if (!row->type)
        return row->attribute ? NULL : row;
    const RvXmlRow *last = &row->type->rows[row->type->n_rows - 1];
    return row->type->n_rows && last->place == RV_XML_PLACE_TEXT ? last : NULL;
}

static void mutate(const Mutator *mutator, const RvXmlType *root, const RvXmlType *outer,
                   const RvXmlRow *row, const RvXmlType *type, const RvXmlNode *node)
{
    bool is_leaf = row && !row->type && row->kind;
    for (const RvXmlAttribute *at = node->attributes; at; at = at->next) {
        if (!strchr(at->name, ':'))
            mutate_attribute(mutator, type, is_leaf ? row : NULL, node, at);
    }
    if (row) {
        misspell_element(mutator, outer, node);
        misplace_element(mutator, root, row, node);
        change_element(mutator, row, node);
        if (!node->children && *node->text)
            change_text(mutator, text_row(row), node);
    }
    for (const RvXmlNode *child = node->children; child; child = child->next) {
        const RvXmlRow *below = child->ns ? NULL : find_row(type, child->name, false);
        if (below && below->place != RV_XML_PLACE_RAW)
            mutate(mutator, root, type, below, below->type, child);
    }
}

void mutation_each(const char *source, const RvXmlType *root, unsigned variant,
                   void (*use)(const Mutation *mutation, void *data), void *data)
{
    g_autoptr(RvXmlDocument) document = rv_xml_document_parse(source, strlen(source), NULL);
    ck_assert_ptr_nonnull(document);
    const Mutator mutator = {source, rv_xml_document_root(document), variant, use, data};
    mutate(&mutator, root, NULL, NULL, root, mutator.root);
}
