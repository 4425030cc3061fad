/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/help.h"

#include <string.h>

static bool is_positional(const RvOption *option)
{
    return option->kind != RV_OPTION_FLAG && !option->named &&
           (option->required || option->kind == RV_OPTION_LIST);
}

char *rv_help_option(const RvOption *option)
{
    const char *value = rv_option_value_name(option);
    if (is_positional(option))
        return g_strdup_printf("[--%s] %s", option->name, value);
    g_autofree char *letter = option->letter ? g_strdup_printf("-%c, ", option->letter) : NULL;
    return g_strconcat(letter ? letter : "", "--", option->name, value ? " " : "", value, NULL);
}

static void append_option(GString *out, const RvOption *option)
{
    const char *value = rv_option_value_name(option);
    g_string_append_c(out, ' ');
    if (!option->required)
        g_string_append_c(out, '[');
    if (is_positional(option))
        g_string_append(out, value);
    else
        g_string_append_printf(out, "--%s%s%s", option->name, value ? " " : "",
                               value ? value : "");
    if (!option->required)
        g_string_append_c(out, ']');
    if (option->kind == RV_OPTION_LIST)
        g_string_append(out, "...");
}

char *rv_help_synopsis(const RvCommand *command)
{
    GString *out = g_string_new(command->name);
    for (const RvOption *option = command->options; option && option->name; option++)
        append_option(out, option);
    return g_string_free(out, FALSE);
}

static void print_options(const RvOutput *output, const RvOption *options)
{
    for (const RvOption *option = options; option && option->name; option++) {
        g_autofree char *left = rv_help_option(option);
        rv_output_text(output, "    %-24s  %s\n", left, option->text);
    }
}

void rv_help_family(const RvOutput *output, const RvFamily *family)
{
    rv_output_text(output, " %s (help keyword '%s'):\n", family->title, family->name);
    for (const RvCommand *const *command = family->commands; *command; command++) {
        if (!(*command)->hidden)
            rv_output_text(output, "    %-24s  %s\n", (*command)->name, (*command)->summary);
    }
}

void rv_help_overview(const RvOutput *output)
{
    rv_output_text(output, "reeve [OPTIONS]... COMMAND [ARGUMENTS]...\n"
                           "reeve [OPTIONS]... \"COMMAND; COMMAND...\"\n\n Options:\n");
    print_options(output, rv_global_options);
    for (const RvFamily *const *family = rv_families; *family; family++) {
        rv_output_text(output, "\n");
        rv_help_family(output, *family);
    }
    rv_output_text(output, "\n `reeve help COMMAND` or `reeve COMMAND --help` tells more.\n");
}

void rv_help_command(const RvOutput *output, const RvCommand *command)
{
    g_autofree char *synopsis = rv_help_synopsis(command);
    rv_output_text(output, "  NAME\n    %s - %s\n\n  SYNOPSIS\n    %s\n", command->name,
                   command->summary, synopsis);
    if (command->description)
        rv_output_text(output, "\n  DESCRIPTION\n    %s\n", command->description);
    if (command->options && command->options->name) {
        rv_output_text(output, "\n  OPTIONS\n");
        print_options(output, command->options);
    }
    rv_output_text(output, "\n  EXAMPLES\n");
    for (const RvExample *example = command->examples; example->line; example++)
        rv_output_text(output, "    reeve %s\n        %s\n", example->line, example->text);
    if (command->keys) {
        rv_output_text(output, "\n  KEYS OF THE JSON RESULT\n");
        for (const RvKey *key = command->keys; key->name; key++)
            rv_output_text(output, "    %-24s  %s\n", key->name, key->text);
    }
}
