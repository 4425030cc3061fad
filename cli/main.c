/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <locale.h>
#include <stdio.h>

#include "base/log.h"
#include "cli/cli.h"
#include "cli/help.h"
#include "cli/shell.h"

static RvExit run(RvCli *cli, const char *const *words, size_t n_words)
{
    if (rv_args_has(cli->globals, "version")) {
        puts(PACKAGE_VERSION);
        return RV_EXIT_OK;
    }
    if (!n_words && rv_args_has(cli->globals, "help")) {
        rv_help_overview(&cli->output);
        return RV_EXIT_OK;
    }
    if (!n_words)
        return rv_shell_run(cli);
    /* As virsh: one word alone may be a whole script. */
    return n_words == 1 ? rv_cli_run_script(cli, words[0]) : rv_cli_run(cli, words, n_words);
}

int main(int argc, char **argv)
{
    setlocale(LC_ALL, "");
    rv_log_init("reeve");

    const char *const *words = (const char *const *)argv + 1;
    size_t n_words = argc > 0 ? (size_t)argc - 1 : 0, used = 0;
    g_autoptr(GError) error = NULL;
    RvArgs *globals = rv_args_new(rv_global_options);
    bool ok = rv_args_parse(globals, NULL, true, words, n_words, &used, &error);
    RvCli cli;
    rv_cli_init(&cli, globals);
    RvExit code = RV_EXIT_USAGE;
    if (ok)
        code = run(&cli, words + used, n_words - used);
    else
        rv_output_error(&cli.output, error);
    rv_cli_clear(&cli);
    return code;
}
