/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/xml-table.h"

#include "base/enum.h"
#include "base/uuid.h"
#include "model/interface.h"

#include <inttypes.h>
#include <string.h>

static void describe_names(const char *const *names, GString *out)
{
    for (unsigned i = 0; names[i]; i++)
        g_string_append_printf(out, "%s%s", !i ? "" : names[i + 1] ? ", " : " or ", names[i]);
}

static void names_pattern(const char *const *names, GString *out)
{
    g_string_append(out, "<choice>");
    for (unsigned i = 0; names[i]; i++)
        g_string_append_printf(out, "<value type=\"string\">%s</value>", names[i]);
    g_string_append(out, "</choice>");
}

/* ---- Strings ------------------------------------------------------------------------------- */

static bool string_parse(const RvXmlRow *row, const char *text, const char *extra, void *field)
{
    size_t len = strlen(text);
    if (row->names && rv_enum_from_string(row->names, text) < 0)
        return false;
    if (len < (size_t)row->min || (row->max && len > row->max))
        return false;
    g_free(*(char **)field);
    *(char **)field = g_strdup(text);
    return true;
}

static void string_format(const RvXmlRow *row, const void *field, GString *out)
{
    const char *text = *(char *const *)field;
    g_string_append(out, text ? text : "");
}

static bool string_is_absent(const RvXmlRow *row, const void *field)
{
    const char *text = *(char *const *)field;
    return !text || (!*text && !(row->flags & RV_XML_KEEP_EMPTY));
}

static bool string_equal(const void *a, const void *b)
{
    return !g_strcmp0(*(char *const *)a, *(char *const *)b);
}

static void string_copy(void *field)
{
    *(char **)field = g_strdup(*(char **)field);
}

static void string_clear(void *field)
{
    g_clear_pointer((char **)field, g_free);
}

static void string_describe(const RvXmlRow *row, GString *out)
{
    if (row->names)
        describe_names(row->names, out);
    else if (row->max)
        g_string_append_printf(out, "a text of at most %" PRIu64 " bytes", row->max);
    else
        g_string_append(out, "a text");
}

static void string_grammar(const RvXmlRow *row, GString *out)
{
    if (row->names)
        names_pattern(row->names, out);
    else
        g_string_append(out, "<text/>");
}

const RvXmlKind rv_xml_string = {
    .name = "text",
    .size = sizeof(char *),
    .parse = string_parse,
    .format = string_format,
    .is_absent = string_is_absent,
    .equal = string_equal,
    .copy = string_copy,
    .clear = string_clear,
    .describe = string_describe,
    .grammar = string_grammar,
};

/* ---- Names of enums ------------------------------------------------------------------------ */

static bool enum_parse(const RvXmlRow *row, const char *text, const char *extra, void *field)
{
    int value = rv_enum_from_string(row->names, text);
    if (value < row->min)
        return false;
    *(int *)field = value;
    return true;
}

static void enum_format(const RvXmlRow *row, const void *field, GString *out)
{
    g_string_append(out, row->names[*(const int *)field]);
}

static bool enum_is_absent(const RvXmlRow *row, const void *field)
{
    return *(const int *)field == row->absent;
}

static bool enum_equal(const void *a, const void *b)
{
    return *(const int *)a == *(const int *)b;
}

static void enum_describe(const RvXmlRow *row, GString *out)
{
    describe_names(row->names + row->min, out);
}

static void enum_grammar(const RvXmlRow *row, GString *out)
{
    names_pattern(row->names + row->min, out);
}

const RvXmlKind rv_xml_enum = {
    .name = "name",
    .size = sizeof(int),
    .parse = enum_parse,
    .format = enum_format,
    .is_absent = enum_is_absent,
    .equal = enum_equal,
    .describe = enum_describe,
    .grammar = enum_grammar,
};

static bool yes_no_parse(const RvXmlRow *row, const char *text, const char *extra, void *field)
{
    *(bool *)field = !strcmp(text, "yes");
    return *(bool *)field || !strcmp(text, "no");
}

static void yes_no_format(const RvXmlRow *row, const void *field, GString *out)
{
    g_string_append(out, *(const bool *)field ? "yes" : "no");
}

static bool yes_no_is_absent(const RvXmlRow *row, const void *field)
{
    return *(const bool *)field == !!row->absent;
}

static bool yes_no_equal(const void *a, const void *b)
{
    return *(const bool *)a == *(const bool *)b;
}

static void yes_no_describe(const RvXmlRow *row, GString *out)
{
    g_string_append(out, "yes or no");
}

static void yes_no_grammar(const RvXmlRow *row, GString *out)
{
    names_pattern((const char *const[]){"yes", "no", NULL}, out);
}

const RvXmlKind rv_xml_yes_no = {
    .name = "yes or no",
    .size = sizeof(bool),
    .parse = yes_no_parse,
    .format = yes_no_format,
    .is_absent = yes_no_is_absent,
    .equal = yes_no_equal,
    .describe = yes_no_describe,
    .grammar = yes_no_grammar,
};

/* ---- Identities ---------------------------------------------------------------------------- */

static bool uuid_parse(const RvXmlRow *row, const char *text, const char *extra, void *field)
{
    return rv_uuid_parse(text, field);
}

static void uuid_format(const RvXmlRow *row, const void *field, GString *out)
{
    char text[RV_UUID_STRING_LEN + 1];
    rv_uuid_format(field, text);
    g_string_append(out, text);
}

static bool uuid_is_absent(const RvXmlRow *row, const void *field)
{
    return rv_uuid_is_zero(field);
}

static bool uuid_equal(const void *a, const void *b)
{
    return rv_uuid_equal(a, b);
}

static void uuid_describe(const RvXmlRow *row, GString *out)
{
    g_string_append(out, "a UUID, such as 6f3b4f30-7dbe-4d7e-9d0c-5cfd0cb5f6aa");
}

static void uuid_grammar(const RvXmlRow *row, GString *out)
{
    g_string_append(out, "<data type=\"string\"><param name=\"pattern\">"
                         "\\s*(-*[0-9a-fA-F]){32}\\s*</param></data>");
}

const RvXmlKind rv_xml_uuid = {
    .name = "UUID",
    .size = sizeof(RvUuid),
    .parse = uuid_parse,
    .format = uuid_format,
    .is_absent = uuid_is_absent,
    .equal = uuid_equal,
    .describe = uuid_describe,
    .grammar = uuid_grammar,
};

static bool mac_parse(const RvXmlRow *row, const char *text, const char *extra, void *field)
{
    RvMac mac;
    for (unsigned i = 0; i < G_N_ELEMENTS(mac.bytes); i++, text++) {
        unsigned value = 0, digits = 0;
        for (; g_ascii_isxdigit(*text) && digits < 2; text++, digits++)
            value = value * 16 + (unsigned)g_ascii_xdigit_value(*text);
        if (!digits || *text != (i + 1 < G_N_ELEMENTS(mac.bytes) ? ':' : '\0'))
            return false;
        mac.bytes[i] = (unsigned char)value;
    }
    *(RvMac *)field = mac;
    return true;
}

static void mac_format(const RvXmlRow *row, const void *field, GString *out)
{
    const unsigned char *b = ((const RvMac *)field)->bytes;
    g_string_append_printf(out, "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4],
                           b[5]);
}

static bool mac_equal(const void *a, const void *b)
{
    return !memcmp(a, b, sizeof(RvMac));
}

static bool mac_is_absent(const RvXmlRow *row, const void *field)
{
    return mac_equal(field, &(RvMac){0});
}

static void mac_describe(const RvXmlRow *row, GString *out)
{
    g_string_append(out, "a MAC address, such as 52:54:00:12:34:56");
}

static void mac_grammar(const RvXmlRow *row, GString *out)
{
    g_string_append(out, "<data type=\"string\"><param name=\"pattern\">"
                         "[0-9a-fA-F]{1,2}(:[0-9a-fA-F]{1,2}){5}</param></data>");
}

const RvXmlKind rv_xml_mac = {
    .name = "MAC address",
    .size = sizeof(RvMac),
    .parse = mac_parse,
    .format = mac_format,
    .is_absent = mac_is_absent,
    .equal = mac_equal,
    .describe = mac_describe,
    .grammar = mac_grammar,
};
