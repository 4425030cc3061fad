/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A page for people from the rows, in Markdown: a section for each element, a line for each of its
 * attributes and children. */

#include "model/xml-table.h"

#include <string.h>

typedef struct {
    GString *out;
    GPtrArray *done; /* types of structs that have their section */
    const RvXmlDriver *drivers;
    unsigned n_drivers;
} Page;

static void type_section(Page *page, const RvXmlType *type, const char *path, const char *doc);

static const RvXmlRow *find_decider(const RvXmlType *const *types, unsigned n, size_t offset)
{
    for (unsigned i = n; i-- > 0;) {
        for (unsigned j = 0; j < types[i]->n_rows; j++) {
            const RvXmlRow *row = &types[i]->rows[j];
            if (row->kind == &rv_xml_enum && row->offset == offset && row->names)
                return row;
        }
    }
    return NULL;
}

static void append_names(GString *out, const RvXmlRow *decider, uint64_t mask)
{
    const char *before = "";
    g_string_append_printf(out, "`%s` ", decider->name);
    for (unsigned value = (unsigned)decider->min; decider->names[value]; value++) {
        if (mask & RV_XML_BIT(value)) {
            g_string_append_printf(out, "%s%s", before, decider->names[value]);
            before = ", ";
        }
    }
}

/* What could be taken for HTML or for the end of a cell is escaped, but not within `...`. */
static void append_prose(GString *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '<')
            g_string_append(out, "&lt;");
        else if (*text == '|')
            g_string_append(out, "\\|");
        else
            g_string_append_c(out, *text);
    }
}

static void append_remark(GString *out, const char *remark)
{
    g_string_append_printf(out, "%s%s", out->len ? "; " : "", remark);
}

/* Required, default, condition and where it shows up. */
static char *remarks(const Page *page, const RvXmlRow *row, const RvXmlType *const *types,
                     unsigned n)
{
    GString *out = g_string_new(NULL);
    if (row->flags & RV_XML_REQUIRED)
        append_remark(out, "required");
    if (row->fallback) {
        append_remark(out, "default: ");
        append_prose(out, row->fallback);
    }
    const RvXmlRow *decider =
        row->when.mask ? find_decider(types, n, row->when.offset) : NULL;
    if (decider) {
        append_remark(out, "only with ");
        append_names(out, decider, row->when.mask);
    }
    if ((row->flags & RV_XML_LIVE) && !row->stays)
        append_remark(out, page->n_drivers ? "of a running guest only" : "told, not read");
    if (row->flags & RV_XML_SECRET)
        append_remark(out, "secret");
    return g_string_free(out, FALSE);
}

/* The name of an element, with the prefix that libvirt's documents use. */
static char *element_name(const RvXmlRow *row)
{
    return row->ns ? g_strdup_printf("%s:%s", row->ns->prefix, row->name) : g_strdup(row->name);
}

static char *title(const RvXmlRow *row)
{
    g_autofree char *name = row->name ? element_name(row) : NULL;
    switch (row->place) {
    case RV_XML_PLACE_ATTRIBUTE:
        return g_strdup_printf("`%s=`", row->name);
    case RV_XML_PLACE_TEXT:
        return g_strdup("text");
    case RV_XML_PLACE_FOREIGN:
        return g_strdup("other elements");
    default:
        return row->attribute ? g_strdup_printf("`<%s %s=>`", name, row->attribute)
                              : g_strdup_printf("`<%s>`", name);
    }
}

/* "kvm (pty, file), test": who can do it, and with which values. `path` is that of the element. */
static char *supporters(const Page *page, const RvXmlRow *row, const char *path)
{
    GString *out = g_string_new(NULL);
    g_autoptr(GString) own = g_string_new(strchr(path, '/') ? strchr(path, '/') + 1 : "");
    if (row->place != RV_XML_PLACE_TEXT)
        g_string_append_printf(own, "%s%s%s", own->len ? "/" : "",
                               row->place == RV_XML_PLACE_ATTRIBUTE ? "@" : "", row->name);
    if (row->attribute)
        g_string_append_printf(own, "/@%s", row->attribute);
    for (unsigned i = 0; i < page->n_drivers; i++) {
        const char *const *values = NULL;
        const RvXmlDriver *driver = &page->drivers[i];
        if (driver->support && !rv_support_has(driver->support, own->str, &values))
            continue;
        g_autofree char *list = values ? g_strjoinv(", ", (char **)values) : NULL;
        g_string_append_printf(out, "%s%s", out->len ? ", " : "", driver->name);
        if (list)
            g_string_append_printf(out, " (%s)", list);
    }
    return g_string_free(out, FALSE);
}

static void row_line(Page *page, const RvXmlRow *row, const RvXmlType *const *types, unsigned n,
                     const char *path)
{
    g_autoptr(GString) value = g_string_new(NULL);
    g_autofree char *name = title(row), *notes = remarks(page, row, types, n);
    switch (row->place) {
    case RV_XML_PLACE_ATTRIBUTE:
    case RV_XML_PLACE_TEXT:
    case RV_XML_PLACE_LEAF:
    case RV_XML_PLACE_VALUES:
        row->kind->describe(row, value);
        break;
    case RV_XML_PLACE_FLAG:
        g_string_append(value, "present or not");
        break;
    default:
        g_string_append(value, "see below");
        if (row->place == RV_XML_PLACE_RAW || row->place == RV_XML_PLACE_FOREIGN)
            g_string_assign(value, "any");
    }
    if (row->place == RV_XML_PLACE_LIST || row->place == RV_XML_PLACE_VALUES)
        g_string_append(value, "; any number of them");
    g_string_append_printf(page->out, "| %s | %s | %s | ", name, value->str, notes);
    append_prose(page->out,
                 row->doc ? row->doc : row->type && row->type->doc ? row->type->doc : "");
    g_autofree char *drivers =
        row->place == RV_XML_PLACE_FOREIGN ? g_strdup("") : supporters(page, row, path);
    g_string_append(page->out, " |");
    if (page->n_drivers)
        g_string_append_printf(page->out, " %s |", drivers);
    g_string_append_c(page->out, '\n');
}

/* Groups in the same struct may depend on what stands in an element around them: `types` holds
 * those from the outermost of the struct to the one at hand. */
static void sections(Page *page, const RvXmlType *const *types, unsigned n, const char *path,
                     const char *doc)
{
    const RvXmlType *type = types[n - 1];
    g_string_append_printf(page->out, "\n## %s\n\n", path);
    if (doc || type->doc) {
        append_prose(page->out, doc ? doc : type->doc);
        g_string_append(page->out, "\n\n");
    }
    g_string_append(page->out,
                    page->n_drivers
                        ? "| part | value | | meaning | drivers |\n|---|---|---|---|---|\n"
                        : "| part | value | | meaning |\n|---|---|---|---|\n");
    for (unsigned i = 0; i < type->n_rows; i++)
        row_line(page, &type->rows[i], types, n, path);

    for (unsigned i = 0; i < type->n_rows; i++) {
        const RvXmlRow *row = &type->rows[i];
        if (!row->type)
            continue;
        g_autofree char *name = element_name(row);
        g_autofree char *below = g_strdup_printf("%s/%s", path, name);
        if (row->type->size || row->size) {
            type_section(page, row->type, row->type == type ? path : below, row->doc);
        } else {
            const RvXmlType *inner[16];
            g_assert(n < G_N_ELEMENTS(inner));
            memcpy(inner, types, n * sizeof(*types));
            inner[n] = row->type;
            sections(page, inner, n + 1, below, row->doc);
        }
    }
}

static void type_section(Page *page, const RvXmlType *type, const char *path, const char *doc)
{
    if (g_ptr_array_find(page->done, type, NULL))
        return;
    g_ptr_array_add(page->done, (void *)type);
    sections(page, &type, 1, path, doc);
}

char *rv_xml_reference(const RvXmlType *type, const char *name, const char *heading,
                       const RvXmlDriver *drivers, unsigned n_drivers)
{
    g_autoptr(GPtrArray) done = g_ptr_array_new();
    Page page = {
        .out = g_string_new(NULL),
        .done = done,
        .drivers = drivers,
        .n_drivers = n_drivers,
    };
    g_string_append_printf(page.out,
                           "<!-- Generated from the tables in model/ by `make regenerate`. -->\n"
                           "# %s\n\n", heading);
    g_string_append(page.out,
                    "Each section is an element, named by its path; the first of several places "
                    "is shown where an\nelement stands in more than one. What is not listed here "
                    "is unknown: `reeve define` refuses it,\nother clients are warned.");
    if (n_drivers)
        g_string_append(page.out,
                        " The last column names the drivers that can do it, and, where it is\n"
                        "only some, with which values; the others keep it, but start no guest that "
                        "asks for it.");
    g_string_append_c(page.out, '\n');
    type_section(&page, type, name, NULL);
    return g_string_free(page.out, FALSE);
}
