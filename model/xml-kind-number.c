/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/xml-table.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>

/* Digits in a given base (0: as in C) with an optional sign and white space around, as libvirt
 * takes them. */
static bool parse_number(const char *text, int base, bool *ret_negative, uint64_t *ret_magnitude)
{
    const char *at = text + strspn(text, " \t\r\n");
    *ret_negative = *at == '-';
    at += *at == '-' || *at == '+';
    if (base == 16 ? !g_ascii_isxdigit(*at) : !g_ascii_isdigit(*at))
        return false;
    errno = 0;
    char *end;
    *ret_magnitude = g_ascii_strtoull(at, &end, (unsigned)base);
    return !errno && !end[strspn(end, " \t\r\n")];
}

static bool parse_unsigned(const RvXmlRow *row, const char *text, int base, uint64_t limit,
                           uint64_t *ret)
{
    bool negative;
    if (!parse_number(text, base, &negative, ret) || (negative && *ret))
        return false;
    return *ret >= (uint64_t)row->min && *ret <= (row->max ? row->max : limit);
}

static bool parse_signed(const RvXmlRow *row, const char *text, int64_t least, int64_t most,
                         int64_t *ret)
{
    bool negative;
    uint64_t magnitude;
    if (!parse_number(text, 10, &negative, &magnitude))
        return false;
    if (magnitude > (uint64_t)INT64_MAX + negative)
        return false;
    *ret = negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
    int64_t min = row->min || row->max ? row->min : least;
    return *ret >= min && *ret <= (row->max ? (int64_t)row->max : most);
}

static void append_number(GString *out, uint64_t number)
{
    char digits[20];
    unsigned at = sizeof(digits);
    do
        digits[--at] = (char)('0' + number % 10);
    while (number /= 10);
    g_string_append_len(out, digits + at, (gssize)(sizeof(digits) - at));
}

static void append_signed(GString *out, int64_t number)
{
    if (number < 0)
        g_string_append_c(out, '-');
    append_number(out, number < 0 ? 0 - (uint64_t)number : (uint64_t)number);
}

static void describe_range(const char *what, int64_t min, uint64_t max, uint64_t limit,
                           GString *out)
{
    g_string_append(out, what);
    if (max && max != limit)
        g_string_append_printf(out, " from %" PRId64 " to %" PRIu64, min, max);
    else if (min)
        g_string_append_printf(out, " of at least %" PRId64, min);
}

static void data_pattern(const char *type, int64_t min, uint64_t max, GString *out)
{
    g_string_append_printf(out, "<data type=\"%s\">", type);
    if (min || max)
        g_string_append_printf(out, "<param name=\"minInclusive\">%" PRId64 "</param>", min);
    if (max)
        g_string_append_printf(out, "<param name=\"maxInclusive\">%" PRIu64 "</param>", max);
    g_string_append(out, "</data>");
}

/* One kind of plain number: its functions by field type. */
#define NUMBER_KIND(kind, Type, Wide, parse_call, append, is_signed, limit, xsd)                   \
    static bool kind##_parse(const RvXmlRow *row, const char *text, const char *extra,             \
                             void *field)                                                          \
    {                                                                                              \
        Wide value;                                                                                \
        if (!parse_call)                                                                           \
            return false;                                                                          \
        *(Type *)field = (Type)value;                                                              \
        return true;                                                                               \
    }                                                                                              \
    static void kind##_format(const RvXmlRow *row, const void *field, GString *out)                \
    {                                                                                              \
        append(out, *(const Type *)field);                                                         \
    }                                                                                              \
    static bool kind##_is_absent(const RvXmlRow *row, const void *field)                           \
    {                                                                                              \
        return *(const Type *)field == (Type)row->absent;                                          \
    }                                                                                              \
    static bool kind##_equal(const void *a, const void *b)                                         \
    {                                                                                              \
        return *(const Type *)a == *(const Type *)b;                                               \
    }                                                                                              \
    static void kind##_describe(const RvXmlRow *row, GString *out)                                 \
    {                                                                                              \
        describe_range(is_signed && !row->min && !row->max ? "a whole number" : "a number",        \
                       row->min, row->max, (uint64_t)(limit), out);                                \
    }                                                                                              \
    static void kind##_grammar(const RvXmlRow *row, GString *out)                                  \
    {                                                                                              \
        data_pattern(xsd, row->min, row->max, out);                                                \
    }                                                                                              \
    const RvXmlKind rv_xml_##kind = {                                                              \
        .name = "number",                                                                          \
        .size = sizeof(Type),                                                                      \
        .parse = kind##_parse,                                                                     \
        .format = kind##_format,                                                                   \
        .is_absent = kind##_is_absent,                                                             \
        .equal = kind##_equal,                                                                     \
        .describe = kind##_describe,                                                               \
        .grammar = kind##_grammar,                                                                 \
    }

NUMBER_KIND(int, int, int64_t, parse_signed(row, text, INT_MIN, INT_MAX, &value), append_signed,
            true, INT_MAX, "int");
NUMBER_KIND(int64, int64_t, int64_t, parse_signed(row, text, INT64_MIN, INT64_MAX, &value),
            append_signed, true, INT64_MAX, "long");
NUMBER_KIND(uint, unsigned, uint64_t, parse_unsigned(row, text, 10, UINT_MAX, &value),
            append_number, false, UINT_MAX, "unsignedInt");
NUMBER_KIND(uint64, uint64_t, uint64_t, parse_unsigned(row, text, 10, UINT64_MAX, &value),
            append_number, false, UINT64_MAX, "unsignedLong");

static bool hex_parse(const RvXmlRow *row, const char *text, const char *extra, void *field)
{
    uint64_t value;
    if (!parse_unsigned(row, text, 0, UINT_MAX, &value))
        return false;
    *(unsigned *)field = (unsigned)value;
    return true;
}

/* Always hexadecimal: 0x before it may be left out. */
static bool hex64_parse(const RvXmlRow *row, const char *text, const char *extra, void *field)
{
    return parse_unsigned(row, text, 16, UINT64_MAX, field);
}

static void append_hex(GString *out, uint64_t value, unsigned width)
{
    static const char digits[] = "0123456789abcdef";
    while (width < 16 && value >> (4 * width))
        width++;
    g_string_append(out, "0x");
    while (width-- > 0)
        g_string_append_c(out, digits[(value >> (4 * width)) & 15]);
}

static void hex_format(const RvXmlRow *row, const void *field, GString *out)
{
    unsigned width = row->kind == &rv_xml_hex8   ? 8
                     : row->kind == &rv_xml_hex4 ? 4
                     : row->kind == &rv_xml_hex2 ? 2
                                                 : 1;
    append_hex(out, *(const unsigned *)field, width);
}

static void hex64_format(const RvXmlRow *row, const void *field, GString *out)
{
    append_hex(out, *(const uint64_t *)field, row->kind == &rv_xml_hex64_8 ? 8 : 1);
}

static void hex_describe(const RvXmlRow *row, GString *out)
{
    if (row->max)
        g_string_append_printf(out, "a number from 0x%" PRIx64 " to 0x%" PRIx64,
                               (uint64_t)row->min, row->max);
    else
        g_string_append(out, "a number, such as 0x1f");
}

/* Hexadecimal digits up to a maximum that is one less than a power of two; else eight at most. */
static void hex_pattern(uint64_t max, GString *out)
{
    unsigned bits = max && max < UINT_MAX ? (unsigned)g_bit_storage((gulong)max) : 32;
    unsigned full = bits / 4, rest = bits % 4;
    g_string_append(out, "0[xX]0*(");
    if (rest)
        g_string_append_printf(out, "[0-%u][0-9a-fA-F]{%u}", (1u << rest) - 1, full);
    if (full)
        g_string_append_printf(out, "%s[0-9a-fA-F]{1,%u}", rest ? "|" : "", full);
    g_string_append_c(out, ')');
}

static void hex_grammar(const RvXmlRow *row, GString *out)
{
    g_string_append(out, "<choice><data type=\"token\"><param name=\"pattern\">");
    hex_pattern(row->max, out);
    g_string_append(out, "</param></data>");
    data_pattern("unsignedInt", row->min, row->max, out);
    g_string_append(out, "</choice>");
}

static void hex64_grammar(const RvXmlRow *row, GString *out)
{
    g_string_append(out, "<data type=\"token\"><param name=\"pattern\">"
                         "\\+?(0[xX])?0*[0-9a-fA-F]{1,16}</param></data>");
}

#define HEX64_KIND(kind)                                                                           \
    const RvXmlKind rv_xml_##kind = {                                                              \
        .name = "number",                                                                          \
        .size = sizeof(uint64_t),                                                                  \
        .parse = hex64_parse,                                                                      \
        .format = hex64_format,                                                                    \
        .is_absent = uint64_is_absent,                                                             \
        .equal = uint64_equal,                                                                     \
        .describe = hex_describe,                                                                  \
        .grammar = hex64_grammar,                                                                  \
    }

HEX64_KIND(hex64);
HEX64_KIND(hex64_8);

#define ANY_BASE_KIND(kind, format_, describe_)                                                    \
    const RvXmlKind rv_xml_##kind = {                                                              \
        .name = "number",                                                                          \
        .size = sizeof(unsigned),                                                                  \
        .parse = hex_parse,                                                                        \
        .format = format_,                                                                         \
        .is_absent = uint_is_absent,                                                               \
        .equal = uint_equal,                                                                       \
        .describe = describe_,                                                                     \
        .grammar = hex_grammar,                                                                    \
    }

ANY_BASE_KIND(hex, hex_format, hex_describe);
ANY_BASE_KIND(hex2, hex_format, hex_describe);
ANY_BASE_KIND(hex4, hex_format, hex_describe);
ANY_BASE_KIND(hex8, hex_format, hex_describe);
ANY_BASE_KIND(count, uint_format, uint_describe);

/* Bits of permission: octal however they are written, and written with a 0 before them. */
static bool octal_parse(const RvXmlRow *row, const char *text, const char *extra, void *field)
{
    bool negative;
    uint64_t value;
    if (!parse_number(text, 8, &negative, &value) || (negative && value) || value > row->max)
        return false;
    *(int *)field = (int)value;
    return true;
}

static void octal_format(const RvXmlRow *row, const void *field, GString *out)
{
    g_string_append_printf(out, "0%o", (unsigned)*(const int *)field);
}

static void octal_describe(const RvXmlRow *row, GString *out)
{
    g_string_append_printf(out, "an octal number up to 0%o", (unsigned)row->max);
}

static void octal_grammar(const RvXmlRow *row, GString *out)
{
    unsigned digits = (unsigned)(g_bit_storage((gulong)row->max) + 2) / 3;
    g_string_append_printf(out,
                           "<data type=\"token\"><param name=\"pattern\">"
                           "\\+?0*[0-7]{1,%u}</param></data>",
                           digits);
}

const RvXmlKind rv_xml_octal = {
    .name = "octal number",
    .size = sizeof(int),
    .parse = octal_parse,
    .format = octal_format,
    .is_absent = int_is_absent,
    .equal = int_equal,
    .describe = octal_describe,
    .grammar = octal_grammar,
};
