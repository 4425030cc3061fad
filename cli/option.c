/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/option.h"

#include <string.h>

#include "base/error.h"
#include "model/xml-suggest.h"
#include "model/xml-table.h"

struct RvArgs {
    const RvOption *options;
    size_t n_options;
    bool *given;        /* one for each option */
    GPtrArray **values; /* the same: char *, ended by NULL; NULL: none yet */
};

/* What one run of the parser works on. */
typedef struct {
    RvArgs *own, *globals;
    const char *const *words;
    size_t n_words, next;
    bool names_over; /* what follows are no options any more */
} Parser;

void rv_usage_error(GError **error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *message = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error_literal(error, RV_ERROR, RV_ERR_INVALID_ARG, message);
}

RvArgs *rv_args_new(const RvOption *options)
{
    RvArgs *args = g_new0(RvArgs, 1);
    args->options = options;
    while (options && options[args->n_options].name)
        args->n_options++;
    args->given = g_new0(bool, args->n_options + 1);
    args->values = g_new0(GPtrArray *, args->n_options + 1);
    return args;
}

RvArgs *rv_args_copy(const RvArgs *args)
{
    RvArgs *copy = rv_args_new(args->options);
    for (size_t i = 0; i < args->n_options; i++) {
        copy->given[i] = args->given[i];
        if (!args->values[i])
            continue;
        copy->values[i] = g_ptr_array_new_null_terminated(1, g_free, TRUE);
        for (unsigned j = 0; j < args->values[i]->len; j++)
            g_ptr_array_add(copy->values[i], g_strdup(g_ptr_array_index(args->values[i], j)));
    }
    return copy;
}

void rv_args_free(RvArgs *args)
{
    if (!args)
        return;
    for (size_t i = 0; i < args->n_options; i++)
        g_clear_pointer(&args->values[i], g_ptr_array_unref);
    g_free(args->values);
    g_free(args->given);
    g_free(args);
}

static ssize_t find_name(const RvArgs *args, const char *name)
{
    for (size_t i = 0; args && i < args->n_options; i++) {
        if (!strcmp(args->options[i].name, name))
            return (ssize_t)i;
    }
    return -1;
}

static ssize_t find_letter(const RvArgs *args, char letter)
{
    for (size_t i = 0; args && i < args->n_options; i++) {
        if (args->options[i].letter == letter)
            return (ssize_t)i;
    }
    return -1;
}

static bool check_word(const RvOption *option, const char *value, GError **error)
{
    for (const char *const *word = option->words; *word; word++) {
        if (!strcmp(*word, value))
            return true;
    }
    g_autofree char *words = g_strjoinv(", ", (char **)option->words);
    rv_usage_error(error, "'%s' is no value of --%s, which is %s %s", value,
                 option->name, option->several ? "some of" : "one of", words);
    const char *meant = rv_xml_suggest(value, option->words);
    if (meant)
        rv_error_remedy(error, "did you mean '%s'?", meant);
    return false;
}

static bool check_value(const RvOption *option, const char *value, GError **error)
{
    guint64 number;
    if (option->kind == RV_OPTION_INT &&
        !g_ascii_string_to_unsigned(value, 10, 0, G_MAXINT, &number, NULL)) {
        rv_usage_error(error, "'%s' is no value of --%s, which is a number",
                     value, option->name);
        return false;
    }
    if (!option->words)
        return true;
    if (!option->several)
        return check_word(option, value, error);
    g_auto(GStrv) parts = g_strsplit(value, ",", 0);
    for (char **part = parts; *part; part++) {
        if (!check_word(option, *part, error))
            return false;
    }
    return true;
}

/* A global option may be given again, behind the command: the last one counts. */
static bool store(Parser *parser, RvArgs *args, size_t index, const char *value, GError **error)
{
    const RvOption *option = &args->options[index];
    bool again = args->given[index] && args == parser->own;
    if (again && option->kind != RV_OPTION_LIST && option->kind != RV_OPTION_FLAG) {
        rv_usage_error(error, "--%s is given twice", option->name);
        return false;
    }
    args->given[index] = true;
    if (!value)
        return true;
    if (!check_value(option, value, error))
        return false;
    if (!args->values[index])
        args->values[index] = g_ptr_array_new_null_terminated(1, g_free, TRUE);
    else if (option->kind != RV_OPTION_LIST)
        g_ptr_array_set_size(args->values[index], 0);
    g_ptr_array_add(args->values[index], g_strdup(value));
    return true;
}

static void set_unknown(const Parser *parser, const char *name, GError **error)
{
    rv_usage_error(error, "there is no option --%s", name);
    RvXmlSuggestion suggestion;
    rv_xml_suggestion_init(&suggestion, name);
    const RvArgs *const sets[] = {parser->own, parser->globals};
    for (size_t i = 0; i < G_N_ELEMENTS(sets); i++) {
        for (size_t j = 0; sets[i] && j < sets[i]->n_options; j++)
            rv_xml_suggestion_offer(&suggestion, sets[i]->options[j].name);
    }
    if (suggestion.best)
        rv_error_remedy(error, "did you mean --%s?", suggestion.best);
}

/* Stores an option's value: `attached` to it, or the next word. */
static bool take(Parser *parser, RvArgs *args, size_t index, const char *attached, GError **error)
{
    const RvOption *option = &args->options[index];
    if (option->kind == RV_OPTION_FLAG) {
        if (attached) {
            rv_usage_error(error, "--%s takes no value", option->name);
            return false;
        }
        return store(parser, args, index, NULL, error);
    }
    const char *value = attached;
    if (!value && parser->next < parser->n_words)
        value = parser->words[parser->next++];
    if (!value) {
        rv_usage_error(error, "--%s needs a value: --%s %s", option->name,
                     option->name, rv_option_value_name(option));
        return false;
    }
    return store(parser, args, index, value, error);
}

static bool parse_name(Parser *parser, const char *word, GError **error)
{
    const char *equals = strchr(word, '=');
    g_autofree char *name = equals ? g_strndup(word, (size_t)(equals - word)) : g_strdup(word);
    RvArgs *args = parser->own;
    ssize_t index = find_name(args, name);
    if (index < 0) {
        args = parser->globals;
        index = find_name(args, name);
    }
    if (index < 0) {
        set_unknown(parser, name, error);
        return false;
    }
    return take(parser, args, (size_t)index, equals ? equals + 1 : NULL, error);
}

/* "-q", "-qr", "-o json", "-ojson" */
static bool parse_letters(Parser *parser, const char *letters, GError **error)
{
    for (; *letters; letters++) {
        RvArgs *args = parser->own;
        ssize_t index = find_letter(args, *letters);
        if (index < 0) {
            args = parser->globals;
            index = find_letter(args, *letters);
        }
        if (index < 0) {
            rv_usage_error(error, "there is no option -%c", *letters);
            return false;
        }
        bool flag = args->options[index].kind == RV_OPTION_FLAG;
        const char *attached = !flag && letters[1] ? letters + 1 : NULL;
        if (!take(parser, args, (size_t)index, attached, error))
            return false;
        if (!flag)
            break;
    }
    return true;
}

static bool parse_position(Parser *parser, const char *word, GError **error)
{
    RvArgs *args = parser->own;
    for (size_t i = 0; i < args->n_options; i++) {
        const RvOption *option = &args->options[i];
        if (option->kind == RV_OPTION_FLAG || option->named)
            continue;
        if (args->given[i] && option->kind != RV_OPTION_LIST)
            continue;
        parser->names_over = option->rest;
        return store(parser, args, i, word, error);
    }
    rv_usage_error(error, "'%s' is one word too many", word);
    return false;
}

bool rv_args_parse(RvArgs *own, RvArgs *globals, bool stop_at_word, const char *const *words,
                   size_t n_words, size_t *ret_used, GError **error)
{
    Parser parser = {.own = own, .globals = globals, .words = words, .n_words = n_words};
    bool names = true;
    while (parser.next < n_words) {
        const char *word = words[parser.next];
        bool is_name = names && g_str_has_prefix(word, "--") && word[2];
        bool is_letters = names && word[0] == '-' && word[1] && word[1] != '-';
        if (stop_at_word && !is_name && !is_letters && strcmp(word, "--") != 0)
            break;
        parser.next++;
        if (names && !strcmp(word, "--")) {
            names = false;
            if (stop_at_word)
                break;
            continue;
        }
        bool ok = is_name      ? parse_name(&parser, word + 2, error)
                  : is_letters ? parse_letters(&parser, word + 1, error)
                               : parse_position(&parser, word, error);
        if (!ok)
            return false;
        names = names && !parser.names_over;
    }
    if (ret_used)
        *ret_used = parser.next;
    return true;
}

const RvOption *rv_args_missing(const RvArgs *args)
{
    for (size_t i = 0; i < args->n_options; i++) {
        if (args->options[i].required && !args->given[i])
            return &args->options[i];
    }
    return NULL;
}

static size_t must_find(const RvArgs *args, const char *name)
{
    ssize_t index = find_name(args, name);
    g_assert(index >= 0);
    return (size_t)index;
}

bool rv_args_has(const RvArgs *args, const char *name)
{
    return args->given[must_find(args, name)];
}

const char *const *rv_args_list(const RvArgs *args, const char *name)
{
    static const char *const none[] = {NULL};
    const GPtrArray *values = args->values[must_find(args, name)];
    return values ? (const char *const *)values->pdata : none;
}

const char *rv_args_string(const RvArgs *args, const char *name)
{
    return rv_args_list(args, name)[0];
}

int rv_args_int(const RvArgs *args, const char *name, int otherwise)
{
    const char *value = rv_args_string(args, name);
    return value ? (int)g_ascii_strtoll(value, NULL, 10) : otherwise;
}

unsigned rv_args_bits(const RvArgs *args, const RvOptionBit *bits)
{
    unsigned result = 0;
    for (; bits->name; bits++) {
        if (rv_args_has(args, bits->name))
            result |= bits->bit;
    }
    return result;
}

const char *rv_option_value_name(const RvOption *option)
{
    if (option->kind == RV_OPTION_FLAG)
        return NULL;
    if (option->value)
        return option->value;
    return option->kind == RV_OPTION_INT ? "NUMBER" : "STRING";
}

bool rv_option_size(const char *text, const char *unit, uint64_t *ret_bytes, GError **error)
{
    char *end;
    uint64_t number = g_ascii_strtoull(text, &end, 10);
    uint64_t each = rv_xml_unit_bytes(*end ? end : unit);
    if (!g_ascii_isdigit(*text) || each == 0 || number > (UINT64_MAX - 1024) / each) {
        rv_usage_error(error, "'%s' is no size: 512 (%s), 512M, 2GiB", text, unit);
        return false;
    }
    *ret_bytes = number * each;
    return true;
}
