/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Commands about this program itself, and its global options. */
#include <string.h>

#include "base/error.h"
#include "cli/cli.h"
#include "cli/completion.h"
#include "cli/help.h"

const RvOption rv_global_options[] = {
    {.name = "connect", .letter = 'c', .kind = RV_OPTION_STRING, .value = "URI",
     .text = "connect to this URI: reeve:///system, qemu:///session, ..."},
    {.name = "socket", .kind = RV_OPTION_STRING, .completion = RV_COMPLETE_FILE, .value = "PATH",
     .text = "the daemon's socket"},
    {.name = "readonly", .letter = 'r', .kind = RV_OPTION_FLAG, .text = "look, do not touch"},
    {.name = "output", .letter = 'o', .kind = RV_OPTION_STRING, .completion = RV_COMPLETE_WORD,
     .words = (const char *const[]){"text", "json", NULL}, .value = "FORMAT",
     .text = "print results as text or as json"},
    {.name = "quiet", .letter = 'q', .kind = RV_OPTION_FLAG,
     .text = "print results only: no headings, no reports of success"},
    {.name = "escape", .letter = 'e', .kind = RV_OPTION_STRING, .value = "CHARACTER",
     .text = "what leaves a console; ^] if not given"},
    {.name = "keepalive-interval", .letter = 'k', .kind = RV_OPTION_INT, .value = "SECONDS",
     .text = "ask a silent daemon after this time whether it lives; 5 if not given, 0: never"},
    {.name = "keepalive-count", .letter = 'K', .kind = RV_OPTION_INT, .value = "NUMBER",
     .text = "give it up after so many more of these times; 5 if not given"},
    {.name = "timing", .letter = 't', .kind = RV_OPTION_FLAG, .text = "print how long it took"},
    {.name = "version", .letter = 'v', .kind = RV_OPTION_FLAG,
     .text = "print the version of this program"},
    {.name = "help", .letter = 'h', .kind = RV_OPTION_FLAG, .text = "print help"},
    {NULL},
};

static const RvOption complete_options[] = {
    {.name = "words", .kind = RV_OPTION_LIST, .value = "WORD", .text = "the words typed so far"},
    {NULL},
};

static bool run_complete(RvCli *cli, const RvArgs *args, GError **error)
{
    const char *const *words = rv_args_list(args, "words");
    g_autoptr(GPtrArray) found = rv_complete(cli, words, g_strv_length((char **)words));
    for (unsigned i = 0; i < found->len; i++)
        rv_output_text(&cli->output, "%s\n", (const char *)g_ptr_array_index(found, i));
    return true;
}

static bool run_dump_man(RvCli *cli, const RvArgs *args, GError **error)
{
    g_autofree char *text = rv_manual();
    rv_output_text(&cli->output, "%s", text);
    return true;
}

static const RvOption help_options[] = {
    {.name = "command", .kind = RV_OPTION_STRING, .completion = RV_COMPLETE_COMMAND,
     .value = "COMMAND", .text = "a command, or the keyword of a family of commands"},
    {NULL},
};

static bool run_help(RvCli *cli, const RvArgs *args, GError **error)
{
    const char *name = rv_args_string(args, "command");
    if (!name) {
        rv_help_overview(&cli->output);
        return true;
    }
    const RvCommand *command = rv_command_find(name);
    if (command) {
        rv_help_command(&cli->output, command);
        return true;
    }
    for (const RvFamily *const *family = rv_families; *family; family++) {
        if (!strcmp((*family)->name, name)) {
            rv_help_family(&cli->output, *family);
            return true;
        }
    }
    rv_usage_error(error, "there is no command and no family of commands '%s'", name);
    const char *meant = rv_command_suggest(name);
    if (meant)
        rv_error_remedy(error, "did you mean `reeve help %s`?", meant);
    return false;
}

static bool run_quit(RvCli *cli, const RvArgs *args, GError **error)
{
    cli->quit = true;
    return true;
}

static const RvCommand complete = {
    .name = "complete",
    .summary = "print what may stand where the last word is",
    .options = complete_options,
    .examples = (const RvExample[]){{"complete -- start w", "Domains to start at w."}, {NULL}},
    .offline = true,
    .hidden = true,
    .run = run_complete,
};

static const RvCommand dump_man = {
    .name = "dump-man",
    .summary = "print the manual page",
    .examples = (const RvExample[]){{"dump-man", "Prints reeve(1)."}, {NULL}},
    .offline = true,
    .hidden = true,
    .run = run_dump_man,
};

static const RvCommand quit = {
    .name = "quit",
    .summary = "leave the shell that reeve is without a command",
    .examples = (const RvExample[]){{"quit", "As does the end of input."}, {NULL}},
    .offline = true,
    .run = run_quit,
};

static const RvCommand exit_command = {
    .name = "exit",
    .summary = "leave the shell that reeve is without a command",
    .examples = (const RvExample[]){{"exit", "The same as quit."}, {NULL}},
    .offline = true,
    .run = run_quit,
};

static const RvCommand help = {
    .name = "help",
    .summary = "print help",
    .options = help_options,
    .examples =
        (const RvExample[]){
            {"help", "All commands."},
            {"help start", "How to start a domain."},
            {"help lifecycle", "The commands that start and stop domains."},
            {NULL},
        },
    .offline = true,
    .run = run_help,
};

const RvFamily rv_family_self = {
    .name = "reeve",
    .title = "Reeve itself",
    .commands = (const RvCommand *const[]){&complete, &dump_man, &exit_command, &help, &quit, NULL},
};
