/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "cli/cli.h"
#include "cli/help.h"

/* Text into roff: dashes that can be typed, nothing that begins a request. */
static void append_text(GString *out, const char *text)
{
    if (*text == '.' || *text == '\'')
        g_string_append(out, "\\&");
    for (; *text; text++) {
        if (*text == '\\')
            g_string_append(out, "\\e");
        else if (*text == '-')
            g_string_append(out, "\\-");
        else
            g_string_append_c(out, *text);
    }
}

static void append_item(GString *out, const char *term, const char *text)
{
    g_string_append(out, ".TP\n\\fB");
    append_text(out, term);
    g_string_append(out, "\\fR\n");
    append_text(out, text);
    g_string_append_c(out, '\n');
}

static void append_options(GString *out, const RvOption *options)
{
    for (const RvOption *option = options; option && option->name; option++) {
        g_autofree char *term = rv_help_option(option);
        append_item(out, term, option->text);
    }
}

static void append_paragraph(GString *out, const char *text)
{
    g_string_append(out, ".PP\n");
    append_text(out, text);
    g_string_append_c(out, '\n');
}

static void append_command(GString *out, const RvCommand *command)
{
    g_autofree char *synopsis = rv_help_synopsis(command);
    g_string_append_printf(out, ".SS %s\n.B ", command->name);
    append_text(out, synopsis);
    g_string_append_c(out, '\n');
    g_autofree char *summary = g_strdup_printf("%c%s.", g_ascii_toupper(command->summary[0]),
                                               command->summary + 1);
    append_paragraph(out, summary);
    if (command->description)
        append_paragraph(out, command->description);
    append_options(out, command->options);
    for (const RvExample *example = command->examples; example->line; example++) {
        g_string_append(out, ".PP\n.RS\n.nf\n$ reeve ");
        append_text(out, example->line);
        g_string_append(out, "\n.fi\n");
        append_text(out, example->text);
        g_string_append(out, "\n.RE\n");
    }
    if (!command->keys)
        return;
    g_string_append(out, ".PP\nKeys of the JSON result:\n");
    for (const RvKey *key = command->keys; key->name; key++)
        append_item(out, key->name, key->text);
}

static const struct {
    RvExit code;
    const char *text;
} exits[] = {
    {RV_EXIT_OK, "The command did what it was to do."},
    {RV_EXIT_FAILED, "The daemon refused, or what was attempted failed. Standard error says what "
                     "was attempted, why it failed, and what can be done."},
    {RV_EXIT_USAGE, "The command line is wrong: nothing was attempted."},
    {RV_EXIT_NO_DAEMON, "The daemon cannot be reached, or the connection to it broke."},
};

static const struct {
    const char *name, *text;
} variables[] = {
    {"REEVE_URI", "The URI to connect to, where --connect is not given."},
    {"LIBVIRT_DEFAULT_URI", "The same, where REEVE_URI is not set."},
    {"REEVE_SOCKET", "The path of the daemon's socket, where --socket is not given and the URI "
                     "does not say it."},
    {"VISUAL, EDITOR", "The editor that `edit` starts; else vi."},
    {"REEVE_TRACE, REEVE_LOG_LEVEL", "See reeved(8)."},
};

static const char head[] =
    ".TH REEVE 1 \"\" \"reeve " PACKAGE_VERSION "\" \"User Commands\"\n"
    ".SH NAME\nreeve \\- manage virtual machines and containers\n"
    ".SH SYNOPSIS\n.B reeve\n[\\fIOPTIONS\\fR]... \\fICOMMAND\\fR [\\fIARGUMENTS\\fR]...\n.br\n"
    ".B reeve\n[\\fIOPTIONS\\fR]... \"\\fICOMMAND\\fR; \\fICOMMAND\\fR...\"\n"
    ".SH DESCRIPTION\n"
    "reeve talks to the daemon reeved(8). Its commands have the names, options and texts of "
    "virsh(1), so that scripts may call the one for the other. Where a domain is asked for, its "
    "name, its UUID or, while it is active, its id will do.\n.PP\n"
    "An option is written \\-\\-\\fINAME\\fR, or \\-\\-\\fINAME\\fR \\fIVALUE\\fR, or "
    "\\-\\-\\fINAME\\fR=\\fIVALUE\\fR. Where a value is expected by position, the name may be "
    "left out. What follows \\-\\- is no option. Several commands in one argument are parted by "
    "semicolons; the result is that of the last one.\n";

static const char json_text[] =
    ".SH JSON OUTPUT\n"
    "With \\-o json a command prints one JSON document on one line, as long as there is a result; "
    "commands that wait print one line for each thing that happens. The keys are listed with each "
    "command; keys may be added, none is renamed or removed. Sizes are in the unit the key names, "
    "times are seconds since 1970. A failure is printed on standard error as {\"error\": "
    "{\"code\": NUMBER, \"message\": TEXT, \"remedy\": TEXT or null}}, with the numbers of "
    "libvirt's virErrorNumber.\n";

static const char tail[] =
    ".SH FILES\n"
    ".TP\n/run/reeve/reeve.sock, /run/reeve/reeve\\-ro.sock\nThe sockets of the system's daemon.\n"
    ".TP\n$XDG_RUNTIME_DIR/reeve/reeve.sock\nThe socket of a user's own daemon.\n"
    ".SH SEE ALSO\n.BR reeved (8),\n.BR virsh (1)\n";

char *rv_manual(void)
{
    GString *out = g_string_new(".\\\" Printed by `reeve dump-man`: change the tables instead.\n");
    g_string_append(out, head);
    g_string_append(out, ".SH OPTIONS\nThese stand before the command or behind it.\n");
    append_options(out, rv_global_options);
    for (const RvFamily *const *family = rv_families; *family; family++) {
        g_autofree char *title = g_ascii_strup((*family)->title, -1);
        g_string_append_printf(out, ".SH %s\n", title);
        for (const RvCommand *const *command = (*family)->commands; *command; command++) {
            if (!(*command)->hidden)
                append_command(out, *command);
        }
    }
    g_string_append(out, json_text);
    g_string_append(out, ".SH EXIT STATUS\n");
    for (size_t i = 0; i < G_N_ELEMENTS(exits); i++) {
        g_autofree char *code = g_strdup_printf("%d", exits[i].code);
        append_item(out, code, exits[i].text);
    }
    g_string_append(out, ".SH ENVIRONMENT\n");
    for (size_t i = 0; i < G_N_ELEMENTS(variables); i++)
        append_item(out, variables[i].name, variables[i].text);
    g_string_append(out, tail);
    return g_string_free(out, FALSE);
}
