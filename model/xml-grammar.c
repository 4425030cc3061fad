/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A RELAX NG grammar from the rows: it accepts what is read without any fault, but for the rules
 * of check functions. Where an attribute decides which rows apply, its values are divided into
 * classes that agree about all of these rows, and each class becomes one branch of a choice.
 */

#include "model/xml-table.h"

#include <string.h>

#define MAX_DECIDED 8
#define HEAD                                                                                       \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"                                                 \
    "<!-- SPDX-License-Identifier: LGPL-2.1-or-later -->\n"                                       \
    "<!-- Generated from the tables in model/ by `make regenerate`. -->\n"                         \
    "<grammar xmlns=\"http://relaxng.org/ns/structure/1.0\"\n"                                     \
    "         datatypeLibrary=\"http://www.w3.org/2001/XMLSchema-datatypes\">\n"

/* Fields of the struct at hand whose value is settled, and to what. */
typedef struct {
    unsigned n;
    struct {
        size_t offset;
        unsigned value;
    } fields[MAX_DECIDED];
} Decided;

typedef struct {
    GString *out;
    unsigned depth;
    GPtrArray *types; /* of structs that have a definition, or shall get one */
    GPtrArray *names; /* of these definitions */
} Grammar;

G_GNUC_PRINTF(2, 3)
static void line(Grammar *grammar, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_string_append_printf(grammar->out, "%*s", (int)grammar->depth * 2, "");
    g_string_append_vprintf(grammar->out, format, args);
    g_string_append_c(grammar->out, '\n');
    va_end(args);
}

static void begin(Grammar *grammar, const char *element)
{
    line(grammar, "<%s>", element);
    grammar->depth++;
}

static void end(Grammar *grammar, const char *element)
{
    grammar->depth--;
    line(grammar, "</%s>", element);
}

static void begin_named(Grammar *grammar, const char *element, const char *name)
{
    line(grammar, "<%s name=\"%s\">", element, name);
    grammar->depth++;
}

/* The name of the definition of a struct's rows. */
static const char *definition_of(Grammar *grammar, const RvXmlType *type, const char *name)
{
    guint index;
    if (g_ptr_array_find(grammar->types, type, &index))
        return g_ptr_array_index(grammar->names, index);
    g_autofree char *unique = g_strdup(name);
    while (g_ptr_array_find_with_equal_func(grammar->names, unique, g_str_equal, NULL)) {
        char *next = g_strdup_printf("%s_", unique);
        g_free(unique);
        unique = next;
    }
    g_ptr_array_add(grammar->types, (void *)type);
    g_ptr_array_add(grammar->names, g_steal_pointer(&unique));
    return g_ptr_array_index(grammar->names, grammar->names->len - 1);
}

static bool is_decided(const Decided *decided, size_t offset, unsigned *ret_value)
{
    for (unsigned i = 0; i < decided->n; i++) {
        if (decided->fields[i].offset == offset) {
            *ret_value = decided->fields[i].value;
            return true;
        }
    }
    return false;
}

static bool applies(const RvXmlRow *row, const Decided *decided)
{
    unsigned value;
    return !row->when.mask || !is_decided(decided, row->when.offset, &value) ||
           (row->when.mask & RV_XML_BIT(value));
}

/* ---- Values -------------------------------------------------------------------------------- */

static void value_pattern(Grammar *grammar, const RvXmlRow *row)
{
    g_autoptr(GString) pattern = g_string_new(NULL);
    bool required = (row->flags & RV_XML_REQUIRED) && !(row->flags & RV_XML_KEEP_EMPTY);
    if (row->kind == &rv_xml_string && !row->names && (required || row->min || row->max)) {
        g_string_append(pattern, "<data type=\"string\">");
        if (required || row->min)
            g_string_append_printf(pattern, "<param name=\"minLength\">%u</param>",
                                   (unsigned)MAX(row->min, 1));
        if (row->max)
            g_string_append_printf(pattern, "<param name=\"maxLength\">%u</param>",
                                   (unsigned)row->max);
        g_string_append(pattern, "</data>");
    } else {
        row->kind->grammar(row, pattern);
    }
    line(grammar, "%s", pattern->str);
}

/* The attribute that belongs to a value of this kind. */
static void kind_attribute_pattern(Grammar *grammar, const RvXmlKind *kind)
{
    if (!kind->attribute)
        return;
    begin(grammar, "optional");
    begin_named(grammar, "attribute", kind->attribute);
    line(grammar, "<data type=\"string\"><param name=\"pattern\">%s</param></data>",
         kind->attribute_pattern);
    end(grammar, "attribute");
    end(grammar, "optional");
}

/* What stands between the tags; an empty element counts as an absent one. */
static void text_pattern(Grammar *grammar, const RvXmlRow *row)
{
    kind_attribute_pattern(grammar, row->kind);
    bool may_be_empty = !(row->flags & RV_XML_REQUIRED);
    if (may_be_empty) {
        begin(grammar, "choice");
        line(grammar, "<empty/>");
    }
    value_pattern(grammar, row);
    if (may_be_empty)
        end(grammar, "choice");
}

static void attribute_pattern(Grammar *grammar, const RvXmlRow *row, const char *name)
{
    bool required = row->flags & (RV_XML_REQUIRED | RV_XML_NOT_EMPTY);
    if (!required)
        begin(grammar, "optional");
    begin_named(grammar, "attribute", name);
    value_pattern(grammar, row);
    end(grammar, "attribute");
    kind_attribute_pattern(grammar, row->kind);
    if (!required)
        end(grammar, "optional");
}

/* ---- Elements ------------------------------------------------------------------------------ */

static void type_pattern(Grammar *grammar, const RvXmlType *type, const Decided *decided);

static const char *occurrence(const RvXmlRow *row)
{
    switch (row->place) {
    case RV_XML_PLACE_LIST:
    case RV_XML_PLACE_VALUES:
    case RV_XML_PLACE_FOREIGN:
        return "zeroOrMore";
    default:
        return row->flags & RV_XML_REQUIRED ? NULL : "optional";
    }
}

/* What is settled of a struct that is embedded in the one at hand. */
static Decided decided_within(const Decided *decided, const RvXmlRow *row)
{
    Decided inner = {0};
    for (unsigned i = 0; i < decided->n; i++) {
        size_t offset = decided->fields[i].offset;
        if (offset < row->offset || offset >= row->offset + row->size)
            continue;
        inner.fields[inner.n] = decided->fields[i];
        inner.fields[inner.n++].offset = offset - row->offset;
    }
    return inner;
}

static void element_content(Grammar *grammar, const RvXmlRow *row, const Decided *decided)
{
    Decided inner;
    switch (row->place) {
    case RV_XML_PLACE_LEAF:
    case RV_XML_PLACE_VALUES:
        if (row->attribute)
            attribute_pattern(grammar, row, row->attribute);
        else
            text_pattern(grammar, row);
        break;
    case RV_XML_PLACE_FLAG:
        line(grammar, "<empty/>");
        break;
    case RV_XML_PLACE_RAW:
        line(grammar, "<ref name=\"anything\"/>");
        break;
    default:
        if (row->type->size)
            line(grammar, "<ref name=\"%s\"/>", definition_of(grammar, row->type, row->name));
        else if (row->size) {
            inner = decided_within(decided, row);
            type_pattern(grammar, row->type, &inner);
        } else {
            type_pattern(grammar, row->type, decided);
        }
    }
}

static void element_pattern(Grammar *grammar, const RvXmlRow *row, const Decided *decided)
{
    const char *occurs = occurrence(row);
    if (occurs)
        begin(grammar, occurs);
    if (row->place == RV_XML_PLACE_FOREIGN) {
        line(grammar, "<ref name=\"foreign\"/>");
    } else {
        if (row->ns)
            line(grammar, "<element name=\"%s\" ns=\"%s\">", row->name, row->ns->uri);
        else
            line(grammar, "<element name=\"%s\">", row->name);
        grammar->depth++;
        element_content(grammar, row, decided);
        end(grammar, "element");
    }
    if (occurs)
        end(grammar, occurs);
}

static bool is_child(const RvXmlRow *row)
{
    return row->place != RV_XML_PLACE_ATTRIBUTE && row->place != RV_XML_PLACE_TEXT;
}

static void rows_pattern(Grammar *grammar, const RvXmlType *type, const Decided *decided)
{
    unsigned n_children = 0, ignored;
    for (unsigned i = 0; i < type->n_rows; i++) {
        const RvXmlRow *row = &type->rows[i];
        if (!applies(row, decided))
            continue;
        n_children += is_child(row);
        if (row->place == RV_XML_PLACE_ATTRIBUTE && !is_decided(decided, row->offset, &ignored))
            attribute_pattern(grammar, row, row->name);
        else if (row->place == RV_XML_PLACE_TEXT)
            text_pattern(grammar, row);
    }
    if (!n_children) {
        line(grammar, "<empty/>");
        return;
    }
    begin(grammar, "interleave");
    for (unsigned i = 0; i < type->n_rows; i++) {
        if (is_child(&type->rows[i]) && applies(&type->rows[i], decided))
            element_pattern(grammar, &type->rows[i], decided);
    }
    end(grammar, "interleave");
}

/* ---- What decides about rows ---------------------------------------------------------------- */

/* Appends, for each row of the same struct that depends on the field, if `value` fulfils it. */
static void append_signature(const RvXmlType *type, size_t offset, unsigned value, GString *out)
{
    for (unsigned i = 0; i < type->n_rows; i++) {
        const RvXmlRow *row = &type->rows[i];
        if (row->when.mask && row->when.offset == offset)
            g_string_append_c(out, row->when.mask & RV_XML_BIT(value) ? '1' : '0');
        if (row->place == RV_XML_PLACE_GROUP && !row->size)
            append_signature(row->type, offset, value, out);
        else if (row->place == RV_XML_PLACE_GROUP && offset - row->offset < row->size)
            append_signature(row->type, offset - row->offset, value, out);
    }
}

static char *signature(const RvXmlType *type, const RvXmlRow *decider, unsigned value)
{
    GString *out = g_string_new(NULL);
    append_signature(type, decider->offset, value, out);
    return g_string_free(out, FALSE);
}

static const RvXmlRow *find_decider(const RvXmlType *type, const Decided *decided)
{
    unsigned ignored;
    for (unsigned i = 0; i < type->n_rows; i++) {
        const RvXmlRow *row = &type->rows[i];
        if (row->place != RV_XML_PLACE_ATTRIBUTE || row->kind != &rv_xml_enum ||
            !applies(row, decided) || is_decided(decided, row->offset, &ignored))
            continue;
        g_autofree char *depends = signature(type, row, 0);
        if (*depends)
            return row;
    }
    return NULL;
}

static void decide(Decided *decided, size_t offset, unsigned value)
{
    g_assert(decided->n < MAX_DECIDED);
    decided->fields[decided->n].offset = offset;
    decided->fields[decided->n++].value = value;
}

/* An attribute that would decide, but does not apply itself, is absent. */
static Decided settle_absent(const RvXmlType *type, const Decided *decided)
{
    Decided inner = *decided;
    unsigned ignored;
    for (unsigned i = 0; i < type->n_rows; i++) {
        const RvXmlRow *row = &type->rows[i];
        if (row->place != RV_XML_PLACE_ATTRIBUTE || row->kind != &rv_xml_enum ||
            applies(row, &inner) || is_decided(&inner, row->offset, &ignored))
            continue;
        g_autofree char *depends = signature(type, row, 0);
        if (*depends)
            decide(&inner, row->offset, (unsigned)row->absent);
    }
    return inner;
}

static void decided_pattern(Grammar *grammar, const RvXmlType *type, const RvXmlRow *decider,
                            const Decided *decided, unsigned value)
{
    Decided inner = *decided;
    decide(&inner, decider->offset, value);
    type_pattern(grammar, type, &inner);
}

/* The branch of all values that are like `first`. */
static void branch(Grammar *grammar, const RvXmlType *type, const RvXmlRow *decider,
                   const Decided *decided, unsigned first, const char *like)
{
    g_autofree char *absent = signature(type, decider, (unsigned)decider->absent);
    bool optional = !(decider->flags & RV_XML_REQUIRED) && !strcmp(absent, like);
    begin(grammar, "group");
    if (optional)
        begin(grammar, "optional");
    begin_named(grammar, "attribute", decider->name);
    begin(grammar, "choice");
    for (unsigned value = (unsigned)decider->min; decider->names[value]; value++) {
        g_autofree char *other = signature(type, decider, value);
        if (!strcmp(other, like))
            line(grammar, "<value type=\"string\">%s</value>", decider->names[value]);
    }
    end(grammar, "choice");
    end(grammar, "attribute");
    if (optional)
        end(grammar, "optional");

    decided_pattern(grammar, type, decider, decided, first);
    end(grammar, "group");
}

static void type_pattern(Grammar *grammar, const RvXmlType *type, const Decided *outer)
{
    const Decided settled = settle_absent(type, outer), *decided = &settled;
    const RvXmlRow *decider = find_decider(type, decided);
    if (!decider) {
        rows_pattern(grammar, type, decided);
        return;
    }
    g_autoptr(GPtrArray) done = g_ptr_array_new_with_free_func(g_free);
    begin(grammar, "choice");
    for (unsigned value = (unsigned)decider->min; decider->names[value]; value++) {
        g_autofree char *like = signature(type, decider, value);
        if (g_ptr_array_find_with_equal_func(done, like, g_str_equal, NULL))
            continue;
        branch(grammar, type, decider, decided, value, like);
        g_ptr_array_add(done, g_steal_pointer(&like));
    }
    /* An absent one whose value has no name is a class of its own. */
    g_autofree char *absent = signature(type, decider, (unsigned)decider->absent);
    if (!(decider->flags & RV_XML_REQUIRED) &&
        !g_ptr_array_find_with_equal_func(done, absent, g_str_equal, NULL))
        decided_pattern(grammar, type, decider, decided, (unsigned)decider->absent);
    end(grammar, "choice");
}

/* The namespaces that rows of a type are in: a foreign element is in none of them. */
static void except_namespaces(Grammar *grammar, const RvXmlType *type, GPtrArray *seen)
{
    for (unsigned i = 0; i < type->n_rows; i++) {
        const RvXmlNamespace *ns = type->rows[i].ns;
        if (!ns || g_ptr_array_find(seen, ns, NULL))
            continue;
        g_ptr_array_add(seen, (void *)ns);
        line(grammar, "<nsName ns=\"%s\"/>", ns->uri);
    }
}

static void foreign(Grammar *grammar)
{
    g_autoptr(GPtrArray) seen = g_ptr_array_new();
    begin_named(grammar, "define", "foreign");
    begin(grammar, "element");
    begin(grammar, "anyName");
    begin(grammar, "except");
    line(grammar, "<nsName ns=\"\"/>");
    for (unsigned i = 2; i < grammar->types->len; i++)
        except_namespaces(grammar, grammar->types->pdata[i], seen);
    end(grammar, "except");
    end(grammar, "anyName");
    line(grammar, "<ref name=\"anything\"/>");
    end(grammar, "element");
    end(grammar, "define");
}

static void anything(Grammar *grammar)
{
    g_string_append(grammar->out,
                    "  <define name=\"anything\">\n"
                    "    <zeroOrMore>\n"
                    "      <choice>\n"
                    "        <attribute><anyName/></attribute>\n"
                    "        <text/>\n"
                    "        <element><anyName/><ref name=\"anything\"/></element>\n"
                    "      </choice>\n"
                    "    </zeroOrMore>\n"
                    "  </define>\n");
}

char *rv_xml_grammar(const RvXmlType *type, const char *name)
{
    static const Decided nothing = {0};
    g_autoptr(GPtrArray) types = g_ptr_array_new();
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    Grammar grammar = {.out = g_string_new(HEAD), .depth = 1, .types = types, .names = names};

    g_ptr_array_add(names, g_strdup("foreign"));
    g_ptr_array_add(names, g_strdup("anything"));
    g_ptr_array_add(types, NULL);
    g_ptr_array_add(types, NULL);
    line(&grammar, "<start><element name=\"%s\"><ref name=\"%s\"/></element></start>", name,
         definition_of(&grammar, type, name));
    for (unsigned i = 2; i < types->len; i++) {
        begin_named(&grammar, "define", names->pdata[i]);
        type_pattern(&grammar, types->pdata[i], &nothing);
        end(&grammar, "define");
    }
    foreign(&grammar);
    anything(&grammar);
    g_string_append(grammar.out, "</grammar>\n");
    return g_string_free(grammar.out, FALSE);
}
