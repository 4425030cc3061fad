/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/output.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"

static void print(const char *format, va_list args) G_GNUC_PRINTF(1, 0);
static void print(const char *format, va_list args)
{
    vfprintf(stdout, format, args);
    fflush(stdout);
}

void rv_output_text(const RvOutput *output, const char *format, ...)
{
    if (output->json)
        return;
    va_list args;
    va_start(args, format);
    print(format, args);
    va_end(args);
}

void rv_output_extra(const RvOutput *output, const char *format, ...)
{
    if (output->json || output->quiet)
        return;
    va_list args;
    va_start(args, format);
    print(format, args);
    va_end(args);
}

void rv_output_field(const RvOutput *output, int width, const char *label, const char *format, ...)
{
    if (output->json)
        return;
    printf("%-*s ", width, label);
    va_list args;
    va_start(args, format);
    print(format, args);
    va_end(args);
    putchar('\n');
}

static void assert_known(const RvCommand *command, const json_t *object)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)object, name, value)
    {
        const RvKey *key = command->keys;
        while (key && key->name && strcmp(key->name, name) != 0)
            key++;
        if (!key || !key->name)
            g_error("key '%s' is not in the table of '%s'", name, command->name);
    }
}

void rv_output_json(const RvOutput *output, const RvCommand *command, json_t *value)
{
    if (output->json) {
        size_t i;
        json_t *item;
        if (json_is_object(value))
            assert_known(command, value);
        json_array_foreach(value, i, item)
        {
            if (json_is_object(item))
                assert_known(command, item);
        }
        json_dumpf(value, stdout, JSON_ENCODE_ANY);
        putchar('\n');
        fflush(stdout);
    }
    json_decref(value);
}

char *rv_size_text(uint64_t bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double shown = (double)bytes;
    unsigned unit = 0;
    for (; shown >= 1024 && unit + 1 < G_N_ELEMENTS(units); unit++)
        shown /= 1024;
    return g_strdup_printf("%.3f %s", shown, units[unit]);
}

json_t *rv_json_text(const char *text)
{
    if (!text)
        return json_null();
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    return json_string(valid);
}

static char *escape_controls(const char *text)
{
    GString *out = g_string_new(NULL);
    for (; *text; text++) {
        if (g_ascii_iscntrl(*text) && *text != '\n' && *text != '\t')
            g_string_append_printf(out, "\\x%02x", (unsigned char)*text);
        else
            g_string_append_c(out, *text);
    }
    return g_string_free(out, FALSE);
}

void rv_output_error(const RvOutput *output, const GError *error)
{
    /* So that both streams, sent to one file, stay in order. */
    fflush(stdout);
    const char *remedy = rv_error_get_remedy(error);
    if (output->json) {
        json_t *object = json_pack("{s:{s:i, s:o, s:o}}", "error", "code", error->code, "message",
                                   rv_json_text(error->message), "remedy", rv_json_text(remedy));
        json_dumpf(object, stderr, 0);
        fputc('\n', stderr);
        json_decref(object);
    } else {
        g_autofree char *message = escape_controls(error->message);
        fprintf(stderr, "error: %s\n", message);
        g_autofree char *safe_remedy = escape_controls(remedy ? remedy : "");
        if (remedy)
            fprintf(stderr, "remedy: %s\n", safe_remedy);
    }
    fflush(stderr);
}
