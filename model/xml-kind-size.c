/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Sizes with a unit beside them. */

#include "model/xml-table.h"

#include <inttypes.h>
#include <string.h>

uint64_t rv_xml_unit_bytes(const char *unit)
{
    static const char letters[] = "kmgtpe";
    if (!g_ascii_strcasecmp(unit, "b") || !g_ascii_strcasecmp(unit, "byte") ||
        !g_ascii_strcasecmp(unit, "bytes"))
        return 1;
    const char *letter = *unit ? strchr(letters, g_ascii_tolower(*unit)) : NULL;
    if (!letter)
        return 0;
    unsigned base = !unit[1] || !g_ascii_strcasecmp(unit + 1, "ib") ? 1024
                    : !g_ascii_strcasecmp(unit + 1, "b")            ? 1000
                                                                    : 0;
    uint64_t bytes = base;
    for (; letter > letters; letter--)
        bytes *= base;
    return bytes;
}

static bool unit_ok(const char *unit)
{
    return rv_xml_unit_bytes(unit) > 0;
}

/* A row's range is that of the number, whatever the unit. */
static bool parse_bytes(const RvXmlRow *row, const char *text, const char *extra,
                        uint64_t default_unit, uint64_t *ret)
{
    uint64_t number, unit = extra ? rv_xml_unit_bytes(extra) : default_unit;
    if (!rv_xml_uint64.parse(row, text, NULL, &number) || !unit)
        return false;
    if (number > (uint64_t)INT64_MAX / unit)
        return false;
    *ret = number * unit;
    return true;
}

static bool kib_parse(const RvXmlRow *row, const char *text, const char *extra, void *field)
{
    uint64_t bytes;
    if (!parse_bytes(row, text, extra, 1024, &bytes))
        return false;
    *(uint64_t *)field = bytes / 1024 + !!(bytes % 1024);
    return true;
}

static bool bytes_parse(const RvXmlRow *row, const char *text, const char *extra, void *field)
{
    return parse_bytes(row, text, extra, 1, field);
}

static bool size_kib_parse(const RvXmlRow *row, const char *text, const char *extra, void *field)
{
    return parse_bytes(row, text, extra, 1024, field);
}

static bool size_mib_parse(const RvXmlRow *row, const char *text, const char *extra, void *field)
{
    return parse_bytes(row, text, extra, 1 << 20, field);
}

static void size_format(const RvXmlRow *row, const void *field, GString *out)
{
    rv_xml_uint64.format(row, field, out);
}

/* The largest unit of which the size is a whole number; PiB at most. */
static unsigned largest_unit(uint64_t bytes)
{
    unsigned power = 0;
    for (; power < 5 && bytes && bytes % 1024 == 0; power++)
        bytes /= 1024;
    return power;
}

static void scaled_format(const RvXmlRow *row, const void *field, GString *out)
{
    uint64_t bytes = *(const uint64_t *)field;
    bytes >>= 10 * largest_unit(bytes);
    rv_xml_uint64.format(row, &bytes, out);
}

static const char *scaled_unit(const void *field)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    return units[largest_unit(*(const uint64_t *)field)];
}

static bool size_is_absent(const RvXmlRow *row, const void *field)
{
    return *(const uint64_t *)field == (uint64_t)row->absent;
}

static bool size_equal(const void *a, const void *b)
{
    return *(const uint64_t *)a == *(const uint64_t *)b;
}

static void kib_describe(const RvXmlRow *row, GString *out)
{
    g_string_append(out, "a number of KiB, or of what unit= says, less than 8 EiB");
}

static void mib_describe(const RvXmlRow *row, GString *out)
{
    g_string_append(out, "a number of MiB, or of what unit= says, less than 8 EiB");
}

/* As libvirt writes the size of shared memory: in bytes where no unit is said, and 'M' for MiB. */
static bool whole_mib_parse(const RvXmlRow *row, const char *text, const char *extra, void *field)
{
    uint64_t bytes;
    if (!parse_bytes(row, text, extra, 1, &bytes))
        return false;
    *(uint64_t *)field = bytes >> 20;
    return true;
}

static void whole_mib_describe(const RvXmlRow *row, GString *out)
{
    g_string_append(out, "a number of bytes, or of what unit= says; only whole MiB count");
}

static void bytes_describe(const RvXmlRow *row, GString *out)
{
    g_string_append(out, "a number of bytes, or of what unit= says, less than 8 EiB");
}

static void size_grammar(const RvXmlRow *row, GString *out)
{
    g_string_append_printf(out,
                           "<data type=\"unsignedLong\"><param name=\"minInclusive\">%" PRId64
                           "</param>", row->min);
    if (row->max)
        g_string_append_printf(out, "<param name=\"maxInclusive\">%" PRIu64 "</param>", row->max);
    g_string_append(out, "</data>");
}

#define SIZE_KIND(parse_, describe_, ...)                                                          \
    {                                                                                              \
        .name = "size",                                                                            \
        .size = sizeof(uint64_t),                                                                  \
        .attribute = "unit",                                                                       \
        .attribute_pattern = "[bB]([yY][tT][eE][sS]?)?|[kKmMgGtTpPeE]([iI]?[bB])?",                \
        .attribute_doc =                                                                           \
            "b, KiB (1024), KB (1000), MiB, MB, GiB, GB, TiB, TB, PiB, PB, EiB or EB",             \
        .attribute_ok = unit_ok,                                                                   \
        .parse = parse_,                                                                           \
        .is_absent = size_is_absent,                                                               \
        .equal = size_equal,                                                                       \
        .describe = describe_,                                                                     \
        .grammar = size_grammar,                                                                   \
        __VA_ARGS__                                                                                \
    }

const RvXmlKind rv_xml_kib =
    SIZE_KIND(kib_parse, kib_describe, .format = size_format, .attribute_value = "KiB");
const RvXmlKind rv_xml_bytes =
    SIZE_KIND(bytes_parse, bytes_describe, .format = size_format, .attribute_value = "B");
const RvXmlKind rv_xml_long_bytes =
    SIZE_KIND(bytes_parse, bytes_describe, .format = size_format, .attribute_value = "bytes");
const RvXmlKind rv_xml_size_kib =
    SIZE_KIND(size_kib_parse, kib_describe, .format = scaled_format, .attribute_of = scaled_unit);
const RvXmlKind rv_xml_size_mib =
    SIZE_KIND(size_mib_parse, mib_describe, .format = scaled_format, .attribute_of = scaled_unit);
const RvXmlKind rv_xml_mib =
    SIZE_KIND(whole_mib_parse, whole_mib_describe, .format = size_format, .attribute_value = "M");
