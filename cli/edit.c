/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "cli/definition.h"

/* One edit, from the first text to the last try. */
typedef struct {
    RvCli *cli;
    const wire_domain *domain;
    char *file;
    char *before; /* the text that was given to the user */
    bool strict;
    bool done;    /* the file can go */
} Edit;

typedef enum { ANSWER_EDIT, ANSWER_FORCE, ANSWER_LENIENT, ANSWER_GIVE_UP } Answer;

static bool write_file(Edit *edit, GError **error)
{
    edit->file = g_build_filename(g_get_tmp_dir(), "reeve-XXXXXX.xml", NULL);
    rv_autofd int fd = g_mkstemp_full(edit->file, O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd < 0) {
        rv_error_set_errno(error, errno, "cannot make a temporary file in %s", g_get_tmp_dir());
        g_clear_pointer(&edit->file, g_free);
        return false;
    }
    return rv_fd_write_all(fd, edit->before, strlen(edit->before), error);
}

static const char *editor_command(void)
{
    static const char *const variables[] = {"VISUAL", "EDITOR"};
    for (size_t i = 0; i < G_N_ELEMENTS(variables); i++) {
        const char *command = g_getenv(variables[i]);
        if (command && *command)
            return command;
    }
    return "vi";
}

/* $EDITOR may have arguments, so it is the shell's to read; the file's name is not. */
static bool run_editor(const char *file, GError **error)
{
    g_autofree char *script = g_strdup_printf("%s \"$1\"", editor_command());
    const char *const argv[] = {"/bin/sh", "-c", script, "sh", file, NULL};
    int status = 0;
    g_autoptr(GError) cause = NULL;
    if (!g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_CHILD_INHERITS_STDIN, NULL, NULL, NULL,
                      NULL, &status, &cause) ||
        !g_spawn_check_wait_status(status, &cause)) {
        g_set_error(error, RV_ERROR, RV_ERR_OPERATION_FAILED, "the editor '%s' failed: %s",
                    editor_command(), cause->message);
        rv_error_remedy(error, "name another editor by VISUAL or EDITOR");
        return false;
    }
    return true;
}

static Answer ask(const Edit *edit)
{
    if (!isatty(STDIN_FILENO))
        return ANSWER_GIVE_UP;
    static const struct {
        char letter;
        Answer answer;
        const char *text;
    } answers[] = {
        {'y', ANSWER_EDIT, "edit again"},
        {'n', ANSWER_GIVE_UP, "give up"},
        {'f', ANSWER_FORCE, "try once more as it is"},
        {'i', ANSWER_LENIENT, "try once more, dropping unknown content"},
    };
    for (;;) {
        rv_output_text(&edit->cli->output, "Try again? [y,n,f,i,?]: ");
        char line[64];
        if (!fgets(line, sizeof(line), stdin))
            return ANSWER_GIVE_UP;
        for (size_t i = 0; i < G_N_ELEMENTS(answers); i++) {
            if (g_ascii_tolower(line[0]) == answers[i].letter)
                return answers[i].answer;
        }
        for (size_t i = 0; i < G_N_ELEMENTS(answers); i++)
            rv_output_text(&edit->cli->output, "%c - %s\n", answers[i].letter, answers[i].text);
    }
}

/* Whether nobody else changed the definition meanwhile; if so, that is the text to compare with
 * from now on. */
static bool check_unchanged(Edit *edit, GError **error)
{
    char *now = rv_cli_domain_xml(edit->cli, edit->domain, RV_XML_SECURE | RV_XML_INACTIVE, error);
    if (!now)
        return false;
    bool same = !strcmp(now, edit->before);
    g_free(edit->before);
    edit->before = now;
    if (!same)
        g_set_error(error, RV_ERROR, RV_ERR_OPERATION_INVALID,
                    "the definition of domain '%s' was changed by another user meanwhile",
                    edit->domain->name);
    return same;
}

/* Reads the file back and defines the domain by it, if it has changed. */
static bool take(Edit *edit, GError **error)
{
    g_auto(RvDocument) document = {0};
    if (!rv_document_read(&document, edit->file, error))
        return false;
    if (!strcmp(document.text, edit->before)) {
        rv_cli_report(edit->cli, edit->domain, "unchanged",
                      "Domain '%s' XML configuration not changed.\n", edit->domain->name);
        edit->done = true;
        return true;
    }
    g_auto(wire_domain_ret) ret = {0};
    if (!check_unchanged(edit, error) ||
        !rv_definition_send(edit->cli, &document, edit->strict, &ret, error))
        return false;
    rv_cli_report(edit->cli, &ret.domain, "edited", "Domain '%s' XML configuration edited.\n",
                  ret.domain.name);
    edit->done = true;
    return true;
}

static bool run_loop(Edit *edit, GError **error)
{
    Answer answer = ANSWER_EDIT;
    for (;;) {
        if (answer == ANSWER_EDIT && !run_editor(edit->file, error))
            return false;
        g_autoptr(GError) refused = NULL;
        if (take(edit, &refused))
            return true;
        bool again = isatty(STDIN_FILENO) && !rv_client_is_broken(edit->cli->client);
        if (again)
            rv_output_error(&edit->cli->output, refused);
        answer = again ? ask(edit) : ANSWER_GIVE_UP;
        if (answer == ANSWER_GIVE_UP) {
            g_propagate_error(error, g_steal_pointer(&refused));
            return false;
        }
        edit->strict = edit->strict && answer != ANSWER_LENIENT;
    }
}

/* A text that the user changed is not thrown away for a fault of it, or of ours. */
static void keep_or_remove(const Edit *edit, GError **error)
{
    g_auto(RvDocument) document = {0};
    bool changed = !edit->done && rv_document_read(&document, edit->file, NULL) &&
                   strcmp(document.text, edit->before) != 0;
    if (changed)
        rv_error_remedy(error, "your text is still in %s: mend it, then `reeve define %s`",
                        edit->file, edit->file);
    else
        unlink(edit->file);
}

static bool run_edit(RvCli *cli, const RvArgs *args, GError **error)
{
    g_auto(wire_domain_ret) found = {0};
    if (!rv_cli_find_domain(cli, rv_args_string(args, "domain"), RV_BY_ANY, &found, error))
        return false;
    Edit edit = {
        .cli = cli,
        .domain = &found.domain,
        .strict = !rv_args_has(args, "skip-validate"),
    };
    edit.before = rv_cli_domain_xml(cli, &found.domain, RV_XML_SECURE | RV_XML_INACTIVE, error);
    bool ok = edit.before && write_file(&edit, error) && run_loop(&edit, error);
    if (!ok)
        g_prefix_error(error, "could not edit domain '%s': ", found.domain.name);
    if (edit.file)
        keep_or_remove(&edit, error);
    g_free(edit.file);
    g_free(edit.before);
    return ok;
}

const RvCommand rv_command_edit = {
    .name = "edit",
    .summary = "edit the definition of a domain",
    .description = "Starts $VISUAL or $EDITOR with the definition, passwords included, and defines "
                   "the domain by what it leaves. What is refused may be edited again.",
    .options =
        (const RvOption[]){
            RV_OPTION_DOMAIN(RV_COMPLETE_DOMAIN),
            {.name = "skip-validate", .text = "drop unknown content with a warning"},
            {NULL},
        },
    .examples = (const RvExample[]){{"edit web", "The next start uses the result."}, {NULL}},
    .keys = RV_REPORT_KEYS,
    .run = run_edit,
};
