/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/command.h"

#include <string.h>

#include "base/error.h"
#include "model/xml-suggest.h"

const RvFamily *const rv_families[] = {
    &rv_family_info,    &rv_family_lifecycle, &rv_family_save, &rv_family_definition,
    &rv_family_device,  &rv_family_tune,      &rv_family_screen,    &rv_family_history,
    &rv_family_jobs,    &rv_family_logs,      &rv_family_image,     &rv_family_network,
    &rv_family_pool,
    &rv_family_volume,
    &rv_family_host,           &rv_family_self,
    NULL,
};

const RvCommand *rv_command_find(const char *name)
{
    for (const RvFamily *const *family = rv_families; *family; family++) {
        for (const RvCommand *const *command = (*family)->commands; *command; command++) {
            if (!strcmp((*command)->name, name))
                return *command;
        }
    }
    return NULL;
}

const RvCommand *rv_command_of(const char *const *words, size_t n_words, size_t *ret_named)
{
    const RvCommand *command = rv_command_find(words[0]);
    *ret_named = 1;
    if (!command && n_words > 1) {
        g_autofree char *joined = g_strconcat(words[0], "-", words[1], NULL);
        command = rv_command_find(joined);
        *ret_named = 2;
    }
    return command;
}

const char *rv_command_suggest(const char *name)
{
    RvXmlSuggestion suggestion;
    rv_xml_suggestion_init(&suggestion, name);
    for (const RvFamily *const *family = rv_families; *family; family++) {
        for (const RvCommand *const *command = (*family)->commands; *command; command++) {
            if (!(*command)->hidden)
                rv_xml_suggestion_offer(&suggestion, (*command)->name);
        }
    }
    return suggestion.best;
}

static bool check_pairs(const RvCommand *command, const RvArgs *args, GError **error)
{
    for (const RvOptionPair *pair = command->exclusive; pair && pair->first; pair++) {
        if (rv_args_has(args, pair->first) && rv_args_has(args, pair->second)) {
            rv_usage_error(error, "--%s and --%s exclude each other",
                         pair->first, pair->second);
            return false;
        }
    }
    for (const RvOptionPair *pair = command->dependent; pair && pair->first; pair++) {
        if (rv_args_has(args, pair->first) && !rv_args_has(args, pair->second)) {
            rv_usage_error(error, "--%s is of use only with --%s", pair->first,
                         pair->second);
            return false;
        }
    }
    return true;
}

static bool parse(const RvCommand *command, const char *const *words, size_t n_words,
                  RvArgs *globals, RvArgs *args, GError **error)
{
    if (!rv_args_parse(args, globals, false, words, n_words, NULL, error))
        return false;
    if (rv_args_has(globals, "help"))
        return true;
    const RvOption *missing = rv_args_missing(args);
    if (missing) {
        rv_usage_error(error, "%s is missing", rv_option_value_name(missing));
        return false;
    }
    return check_pairs(command, args, error);
}

bool rv_command_parse(const RvCommand *command, const char *const *words, size_t n_words,
                      RvArgs *globals, RvArgs **ret_args, GError **error)
{
    g_autoptr(RvArgs) args = rv_args_new(command->options);
    if (parse(command, words, n_words, globals, args, error)) {
        *ret_args = g_steal_pointer(&args);
        return true;
    }
    if (error && !rv_error_get_remedy(*error))
        rv_error_remedy(error, "`reeve help %s` shows how to call it", command->name);
    return false;
}
