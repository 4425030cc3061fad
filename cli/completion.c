/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/completion.h"

#include <string.h>

#define SILENCE_MS 1000

/* Where the last word stands. */
typedef struct {
    const RvCommand *command; /* NULL: it is before or at the command */
    const RvOption *awaits;   /* the option whose value it is */
    size_t positions;         /* words without dashes between the command and it */
    bool no_names;            /* behind "--" */
} Place;

static const RvOption *find(const RvOption *options, const char *word)
{
    for (; options && options->name; options++) {
        if (word[1] == '-' ? !strcmp(options->name, word + 2)
                           : options->letter && options->letter == word[1] && !word[2])
            return options;
    }
    return NULL;
}

static Place find_place(const char *const *words, size_t n_words)
{
    Place place = {0};
    for (size_t i = 0; i + 1 < n_words; i++) {
        const char *word = words[i];
        if (place.awaits) {
            place.awaits = NULL;
        } else if (word[0] == '-' && word[1] && !place.no_names) {
            place.no_names = !strcmp(word, "--");
            const RvOption *option = place.command ? find(place.command->options, word) : NULL;
            if (!option)
                option = find(rv_global_options, word);
            if (option && option->kind != RV_OPTION_FLAG)
                place.awaits = option;
        } else if (!place.command) {
            place.command = rv_command_find(word);
            if (!place.command)
                break;
        } else {
            place.positions++;
        }
    }
    return place;
}

static void offer(GPtrArray *found, const char *prefix, const char *dashes, const char *text)
{
    g_autofree char *candidate = g_strconcat(dashes, text, NULL);
    if (g_str_has_prefix(candidate, prefix))
        g_ptr_array_add(found, g_steal_pointer(&candidate));
}

static void offer_names(GPtrArray *found, const char *prefix, const RvOption *options)
{
    for (; options && options->name; options++)
        offer(found, prefix, "--", options->name);
}

static void offer_commands(GPtrArray *found, const char *prefix)
{
    for (const RvFamily *const *family = rv_families; *family; family++) {
        for (const RvCommand *const *command = (*family)->commands; *command; command++) {
            if (!(*command)->hidden)
                offer(found, prefix, "", (*command)->name);
        }
    }
}

static void offer_domains(RvCli *cli, GPtrArray *found, const char *prefix, unsigned flags)
{
    if (!rv_cli_connect(cli, NULL))
        return;
    rv_client_set_silence(cli->client, SILENCE_MS / 2, SILENCE_MS);
    g_auto(wire_connect_list_all_domains_ret) list = {0};
    if (!rv_cli_list(cli, flags, &list, NULL))
        return;
    for (unsigned i = 0; i < list.domains.domains_len; i++)
        offer(found, prefix, "", list.domains.domains_val[i].name);
}

static void offer_values(RvCli *cli, GPtrArray *found, const char *prefix, const RvOption *option)
{
    switch (option->completion) {
    case RV_COMPLETE_NOTHING:
        break;
    case RV_COMPLETE_DOMAIN:
        offer_domains(cli, found, prefix, RV_LIST_ACTIVE | RV_LIST_INACTIVE);
        break;
    case RV_COMPLETE_ACTIVE:
        offer_domains(cli, found, prefix, RV_LIST_ACTIVE);
        break;
    case RV_COMPLETE_INACTIVE:
        offer_domains(cli, found, prefix, RV_LIST_INACTIVE);
        break;
    case RV_COMPLETE_FILE:
        g_ptr_array_add(found, g_strdup(":files"));
        break;
    case RV_COMPLETE_COMMAND:
        offer_commands(found, prefix);
        break;
    case RV_COMPLETE_WORD:
        for (const char *const *word = option->words; *word; word++)
            offer(found, prefix, "", *word);
        break;
    }
}

static const RvOption *option_at(const RvCommand *command, size_t position)
{
    for (const RvOption *option = command->options; option && option->name; option++) {
        if (option->kind == RV_OPTION_FLAG || option->named)
            continue;
        if (option->kind == RV_OPTION_LIST || !position--)
            return option;
    }
    return NULL;
}

GPtrArray *rv_complete(RvCli *cli, const char *const *words, size_t n_words)
{
    GPtrArray *found = g_ptr_array_new_with_free_func(g_free);
    const char *prefix = n_words ? words[n_words - 1] : "";
    Place place = find_place(words, n_words);
    if (place.awaits) {
        offer_values(cli, found, prefix, place.awaits);
    } else if (prefix[0] == '-' && !place.no_names) {
        if (place.command)
            offer_names(found, prefix, place.command->options);
        offer_names(found, prefix, rv_global_options);
    } else if (!place.command) {
        offer_commands(found, prefix);
    } else {
        const RvOption *option = option_at(place.command, place.positions);
        if (option)
            offer_values(cli, found, prefix, option);
    }
    return found;
}
