/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Sets of CPUs: "0-3,^2,8". Written in one way: ranges in ascending order, nothing excluded. */

#include "model/xml-table.h"

#include <string.h>

#define MAX_CPUS 16384
#define MAX_TEXT (64 * 1024) /* room for every second CPU */

typedef struct {
    uint64_t words[MAX_CPUS / 64];
} CpuSet;

static bool has(const CpuSet *set, unsigned cpu)
{
    return cpu < MAX_CPUS && (set->words[cpu / 64] & RV_XML_BIT(cpu % 64));
}

static void put_range(CpuSet *set, unsigned first, unsigned last)
{
    for (unsigned cpu = first; cpu <= last; cpu++) {
        if (cpu % 64 == 0 && last - cpu >= 63) {
            set->words[cpu / 64] = UINT64_MAX;
            cpu += 63;
        } else {
            set->words[cpu / 64] |= RV_XML_BIT(cpu % 64);
        }
    }
}

static const char *skip_blanks(const char *at)
{
    return at + strspn(at, " \t\r\n");
}

static bool take_number(const char **at, unsigned *ret)
{
    uint64_t number = 0;
    *at = skip_blanks(*at);
    if (!g_ascii_isdigit(**at))
        return false;
    for (; g_ascii_isdigit(**at); (*at)++)
        number = MIN(number * 10 + (unsigned)(**at - '0'), MAX_CPUS);
    *ret = (unsigned)number;
    *at = skip_blanks(*at);
    return number < MAX_CPUS;
}

/* One number, range, or excluded number. */
static bool take_part(const char **at, CpuSet *set)
{
    unsigned first, last;
    *at = skip_blanks(*at);
    bool excluded = **at == '^';
    *at += excluded;
    if (!take_number(at, &first))
        return false;
    last = first;
    if (**at == '-' && !excluded) {
        (*at)++;
        if (!take_number(at, &last) || last < first)
            return false;
    }
    if (excluded)
        set->words[first / 64] &= ~RV_XML_BIT(first % 64);
    else
        put_range(set, first, last);
    return true;
}

static char *format_set(const CpuSet *set)
{
    GString *text = g_string_new(NULL);
    for (unsigned cpu = 0; cpu < MAX_CPUS; cpu++) {
        if (!has(set, cpu))
            continue;
        unsigned last = cpu;
        while (has(set, last + 1))
            last++;
        g_string_append_printf(text, "%s%u", text->len ? "," : "", cpu);
        if (last > cpu)
            g_string_append_printf(text, "-%u", last);
        cpu = last;
    }
    return g_string_free(text, FALSE);
}

static bool cpuset_parse(const RvXmlRow *row, const char *text, const char *extra, void *field)
{
    CpuSet set = {0};
    if (strlen(text) > MAX_TEXT)
        return false;
    do {
        if (!take_part(&text, &set))
            return false;
    } while (*text++ == ',');
    g_autofree char *canonical = format_set(&set);
    if (text[-1] || !*canonical)
        return false;
    g_free(*(char **)field);
    *(char **)field = g_steal_pointer(&canonical);
    return true;
}

static void cpuset_format(const RvXmlRow *row, const void *field, GString *out)
{
    rv_xml_string.format(row, field, out);
}

static bool cpuset_is_absent(const RvXmlRow *row, const void *field)
{
    return !*(char *const *)field;
}

static bool cpuset_equal(const void *a, const void *b)
{
    return !g_strcmp0(*(char *const *)a, *(char *const *)b);
}

static void cpuset_copy(void *field)
{
    *(char **)field = g_strdup(*(char **)field);
}

static void cpuset_clear(void *field)
{
    g_clear_pointer((char **)field, g_free);
}

static void cpuset_describe(const RvXmlRow *row, GString *out)
{
    g_string_append_printf(out, "a set of CPUs below %d, such as 0-3,^2,8", MAX_CPUS);
}

static void cpuset_grammar(const RvXmlRow *row, GString *out)
{
#define NUMBER "\\s*0*[0-9]{1,5}\\s*"
#define PART "(" NUMBER "(-" NUMBER ")?|\\s*\\^" NUMBER ")"
    g_string_append(out, "<data type=\"string\"><param name=\"pattern\">" PART "(," PART
                         ")*</param></data>");
}

const RvXmlKind rv_xml_cpuset = {
    .name = "CPUs",
    .size = sizeof(char *),
    .parse = cpuset_parse,
    .format = cpuset_format,
    .is_absent = cpuset_is_absent,
    .equal = cpuset_equal,
    .copy = cpuset_copy,
    .clear = cpuset_clear,
    .describe = cpuset_describe,
    .grammar = cpuset_grammar,
};
