/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Sets of CPUs as values of rows. */

#include "model/cpuset.h"
#include "model/xml-table.h"

static bool cpuset_parse(const RvXmlRow *row, const char *text, const char *extra, void *field)
{
    RvCpuset set;
    if (!rv_cpuset_parse(text, &set))
        return false;
    g_free(*(char **)field);
    *(char **)field = rv_cpuset_format(&set);
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
    g_string_append_printf(out, "a set of CPUs below %d, such as 0-3,^2,8", RV_CPUSET_MAX);
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
