/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/xen/native-text.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/error.h"

enum { MAX_DEPTH = 8, MAX_BYTES = 64 << 10 };

typedef struct {
    const char *at;
    unsigned line, depth;
    GError **error;
} Reader;

static void *fail(Reader *reader, const char *fault)
{
    rv_error_set(reader->error, RV_ERR_CONF_SYNTAX, "line %u of the configuration: %s",
                 reader->line, fault);
    return NULL;
}

/* ---- Reading -------------------------------------------------------------------------------- */

/* Passes blanks and comments and, with `lines`, what ends a line. */
static void skip(Reader *reader, bool lines)
{
    for (;; reader->at++) {
        if (*reader->at == '#')
            reader->at += strcspn(reader->at, "\n");
        if (*reader->at == '\n' && lines)
            reader->line++;
        else if (!*reader->at || !strchr(lines ? " \t\r\n;" : " \t\r", *reader->at))
            return;
    }
}

/* What follows a backslash, in xl's way, which is C's. */
static bool read_escape(Reader *reader, GString *text)
{
    static const char letters[] = "abfnrtv", meant[] = "\a\b\f\n\r\t\v";
    const char *at = reader->at;
    const char *letter = *at ? strchr(letters, *at) : NULL;
    bool hex = at[0] == 'x' && g_ascii_isxdigit(at[1]) && g_ascii_isxdigit(at[2]);
    bool octal = at[0] >= '0' && at[0] <= '3' && at[1] >= '0' && at[1] <= '7' && at[2] >= '0' &&
                 at[2] <= '7';
    char byte = letter ? meant[letter - letters]
                : hex  ? (char)(g_ascii_xdigit_value(at[1]) * 16 + g_ascii_xdigit_value(at[2]))
                : octal ? (char)((at[0] - '0') * 64 + (at[1] - '0') * 8 + (at[2] - '0'))
                        : *at;
    if (!byte || *at == '\n' || (byte == *at && g_ascii_isalnum(*at)))
        return fail(reader, "there is no such escape sequence in a text");
    g_string_append_c(text, byte);
    reader->at += hex || octal ? 3 : 1;
    return true;
}

static json_t *read_text(Reader *reader)
{
    char quote = *reader->at;
    const char triple[] = {quote, quote, quote, '\0'};
    bool is_long = g_str_has_prefix(reader->at, triple); /* as Python has them, and so xm */
    g_autoptr(GString) text = g_string_new(NULL);
    reader->at += is_long ? 3 : 1;
    while (is_long ? !g_str_has_prefix(reader->at, triple) : *reader->at != quote) {
        if (!*reader->at || (*reader->at == '\n' && !is_long))
            return fail(reader, "a text is not ended");
        reader->line += *reader->at == '\n';
        char byte = *reader->at++;
        if (byte != '\\')
            g_string_append_c(text, byte);
        else if (!read_escape(reader, text))
            return NULL;
    }
    reader->at += is_long ? 3 : 1;
    json_t *value = json_stringn(text->str, text->len);
    return value ? value : fail(reader, "a text is not encoded in UTF-8");
}

static json_t *read_number(Reader *reader)
{
    char *end;
    errno = 0;
    gint64 number = g_ascii_strtoll(reader->at, &end, 0);
    if (end == reader->at || errno || g_ascii_isalnum(*end))
        return fail(reader, "a number, a text in quotes or a list in brackets is expected");
    reader->at = end;
    return json_integer(number);
}

static json_t *read_value(Reader *reader);

static json_t *read_list(Reader *reader)
{
    json_t *list = json_array();
    reader->at++;
    for (skip(reader, true); *reader->at != ']'; skip(reader, true)) {
        json_t *value = read_value(reader);
        if (value)
            json_array_append_new(list, value);
        skip(reader, true);
        if (value && *reader->at != ',' && *reader->at != ']')
            value = fail(reader, "a comma or the end of a list is expected");
        if (!value) {
            json_decref(list);
            return NULL;
        }
        reader->at += *reader->at == ',';
    }
    reader->at++;
    return list;
}

static json_t *read_value(Reader *reader)
{
    if (*reader->at == '"' || *reader->at == '\'')
        return read_text(reader);
    if (*reader->at != '[')
        return read_number(reader);
    if (reader->depth == MAX_DEPTH)
        return fail(reader, "lists are nested too deeply");
    reader->depth++;
    json_t *list = read_list(reader);
    reader->depth--;
    return list;
}

/* NAME += VALUE: texts and lists grow. */
static json_t *append(Reader *reader, const json_t *old, json_t *value)
{
    if (json_is_array(old) && json_is_array(value)) {
        json_t *both = json_copy((json_t *)old);
        json_array_extend(both, value);
        json_decref(value);
        return both;
    }
    if (json_is_string(old) && json_is_string(value)) {
        json_t *both =
            json_sprintf("%s%s", json_string_value(old), json_string_value(value));
        json_decref(value);
        return both;
    }
    json_decref(value);
    return fail(reader, "only a text can be added to a text, and a list to a list");
}

static bool read_setting(Reader *reader, json_t *settings)
{
    size_t len = 0;
    while (g_ascii_isalnum(reader->at[len]) || (len > 0 && reader->at[len] == '_'))
        len++;
    if (len == 0 || !g_ascii_isalpha(*reader->at))
        return fail(reader, "the name of a setting is expected");
    g_autofree char *name = g_strndup(reader->at, len);
    reader->at += len;
    skip(reader, false);
    bool adds = *reader->at == '+';
    reader->at += adds;
    if (*reader->at != '=')
        return fail(reader, "an equals sign is expected");
    reader->at++;
    skip(reader, false);
    json_t *value = read_value(reader);
    json_t *old = json_object_get(settings, name);
    if (value && adds && old)
        value = append(reader, old, value);
    if (!value)
        return false;
    json_object_set_new(settings, name, value);
    skip(reader, false);
    if (*reader->at && *reader->at != '\n' && *reader->at != ';')
        return fail(reader, "the end of the line is expected");
    return true;
}

json_t *xen_native_parse(const char *text, GError **error)
{
    Reader reader = {.at = text, .line = 1, .error = error};
    if (strnlen(text, MAX_BYTES + 1) > MAX_BYTES)
        return fail(&reader, "it has more than 64 KiB");
    json_t *settings = json_object();
    for (skip(&reader, true); *reader.at; skip(&reader, true)) {
        if (read_setting(&reader, settings))
            continue;
        json_decref(settings);
        return NULL;
    }
    return settings;
}

/* ---- Writing -------------------------------------------------------------------------------- */

static void print_text(const char *text, GString *out)
{
    char quote = strchr(text, '"') && !strchr(text, '\'') ? '\'' : '"';
    g_string_append_c(out, quote);
    for (; *text; text++) {
        if ((unsigned char)*text < ' ')
            g_string_append_printf(out, "\\x%02x", *text);
        else if (*text == '\\' || *text == quote)
            g_string_append_printf(out, "\\%c", *text);
        else
            g_string_append_c(out, *text);
    }
    g_string_append_c(out, quote);
}

static void print_value(const json_t *value, GString *out)
{
    size_t i;
    json_t *child;
    if (json_is_integer(value))
        g_string_append_printf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else if (json_is_string(value))
        print_text(json_string_value(value), out);
    if (!json_is_array(value))
        return;
    g_string_append(out, "[ ");
    json_array_foreach(value, i, child) {
        g_string_append(out, i ? ", " : "");
        print_value(child, out);
    }
    g_string_append(out, " ]");
}

char *xen_native_print(const json_t *settings)
{
    GString *out = g_string_new(NULL);
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)settings, name, value) {
        g_string_append_printf(out, "%s = ", name);
        print_value(value, out);
        g_string_append_c(out, '\n');
    }
    return g_string_free(out, FALSE);
}
