/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/model/sample.h"

#include <string.h>

#define MAX_DEPTH 12
#define MAX_ITEMS 4

/* Texts that are good for one kind or another: each row takes one that its kind parses. */
static const char *const texts[] = {
    "1",
    "plain",
    "0",
    "/var/lib/reeve/images/web.qcow2",
    "2",
    "yes",
    "on",
    "0-3,8",
    "52:54:00:12:34:56",
    "6f3b4f30-7dbe-4d7e-9d0c-5cfd0cb5f6aa",
    "0x1f",
    "4096",
    "GenuineIntel",
    "-5",
    "192.168.122.1",
    "fe80::1",
    "vda",
    "a<b>&'c\" \t\n\r\xc3\xa4\xe2\x98\x83",
    " blanks around ",
    "no",
    "off",
    "3",
    "4096",
    "65536",
    "1048576",
    "1.5",
    "0x1234",
    "4294967296",
    "0x500a09c0d4e3f2b1",
    "8",
    "16",
    "512",
    "1024-2047",
    "1.2.3.4",
    "01/31/2020",
    "^2,0-4",
    "QEMU",
    "naa.5000",
};

unsigned sample_choose(Sample *sample, unsigned n)
{
    if (!sample->len || n < 2)
        return 0;
    unsigned choice = *sample->bytes++;
    sample->len--;
    return choice % n;
}

static bool try(const RvXmlRow *row, const char *text, void *field)
{
    bool must_differ = (row->flags & (RV_XML_REQUIRED | RV_XML_ALWAYS)) == RV_XML_REQUIRED;
    bool empty = !*text || (row->kind != &rv_xml_string && !text[strspn(text, " \t\r\n")]);
    if (empty && !(row->flags & RV_XML_KEEP_EMPTY))
        return false;
    return row->kind->parse(row, text, NULL, field) &&
           !(must_differ && row->kind->is_absent(row, field));
}

/* False: none of the texts will do. */
static bool fill_value(Sample *sample, const RvXmlRow *row, void *field)
{
    const char *const *from = row->names ? row->names + MAX(row->min, 0) : texts;
    unsigned n = row->names ? g_strv_length((char **)from) : G_N_ELEMENTS(texts);
    unsigned first = sample_choose(sample, n);
    for (unsigned i = 0; i < n; i++) {
        if (try(row, from[(first + i) % n], field))
            return true;
    }
    return false;
}

static void note(Sample *sample, const RvXmlRow *row, bool good)
{
    if (good && sample->filled)
        g_hash_table_add(sample->filled, (void *)row);
    if (!good && sample->lacking)
        g_ptr_array_add(sample->lacking, (void *)row);
}

static void fill_values(Sample *sample, const RvXmlRow *row, GArray *values)
{
    for (unsigned n = 1 + sample_choose(sample, MAX_ITEMS); n-- > 0;) {
        guint len = values->len;
        g_array_set_size(values, len + 1);
        memset(values->data + len * row->kind->size, 0, row->kind->size);
        bool good = fill_value(sample, row, values->data + len * row->kind->size);
        note(sample, row, good);
        if (!good)
            g_array_set_size(values, len);
    }
}

static void *new_child(Sample *sample, const RvXmlRow *row)
{
    void *object = rv_xml_new(row->type);
    sample_fill(sample, row->type, object);
    return object;
}

static void fill_list(Sample *sample, const RvXmlRow *row, GPtrArray *list)
{
    for (unsigned n = 1 + sample_choose(sample, MAX_ITEMS); n-- > 0;) {
        if (!row->max || list->len < row->max)
            g_ptr_array_add(list, new_child(sample, row));
    }
}

static void fill_row(Sample *sample, const RvXmlRow *row, void *field)
{
    char *text;
    switch (row->place) {
    case RV_XML_PLACE_GROUP:
        sample_fill(sample, row->type, field);
        break;
    case RV_XML_PLACE_CHILD:
        *(void **)field = new_child(sample, row);
        break;
    case RV_XML_PLACE_LIST:
        fill_list(sample, row, *(GPtrArray **)field);
        break;
    case RV_XML_PLACE_VALUES:
        fill_values(sample, row, *(GArray **)field);
        return;
    case RV_XML_PLACE_FLAG:
        *(bool *)field = true;
        break;
    case RV_XML_PLACE_RAW:
        g_free(*(char **)field);
        *(char **)field = g_strdup_printf("<%s><x:y xmlns:x='urn:x' z='1'> a </x:y></%s>",
                                          row->name, row->name);
        break;
    case RV_XML_PLACE_FOREIGN:
        text = g_strdup_printf("<x:e%u xmlns:x='urn:x'/>", sample_choose(sample, 9));
        g_array_append_val(*(GArray **)field, text);
        break;
    default:
        note(sample, row, fill_value(sample, row, field));
        return;
    }
    note(sample, row, true);
}

void sample_fill(Sample *sample, const RvXmlType *type, void *object)
{
    sample->depth++;
    for (unsigned i = 0; i < type->n_rows; i++) {
        const RvXmlRow *row = &type->rows[i];
        if (!rv_xml_row_applies(row, object))
            continue;
        bool wanted = sample_choose(sample, 2) && sample->depth < MAX_DEPTH;
        if (wanted || (row->flags & RV_XML_REQUIRED))
            fill_row(sample, row, (char *)object + row->offset);
    }
    sample->depth--;
}

RvDomainDef *sample_domain(const uint8_t *bytes, size_t len)
{
    Sample sample = {.bytes = bytes, .len = len};
    RvDomainDef *def = rv_domain_def_new();
    sample_fill(&sample, &rv_domain_xml, def);
    return def;
}

uint8_t *sample_bytes(unsigned seed, size_t len)
{
    uint8_t *bytes = g_malloc(len);
    g_autoptr(GRand) random = g_rand_new_with_seed(seed);
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)g_rand_int_range(random, 0, 256);
    return bytes;
}
