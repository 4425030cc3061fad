/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/shell.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_BYTES 65536

/* NULL at the end of input. A longer line than anybody types is cut. */
static char *read_line(bool prompt, bool read_only)
{
    if (prompt) {
        fputs(read_only ? "reeve > " : "reeve # ", stdout);
        fflush(stdout);
    }
    g_autofree char *line = g_malloc(LINE_MAX_BYTES);
    if (!fgets(line, LINE_MAX_BYTES, stdin))
        return NULL;
    return g_steal_pointer(&line);
}

RvExit rv_shell_run(RvCli *cli)
{
    bool terminal = isatty(STDIN_FILENO);
    bool read_only = rv_args_has(cli->globals, "readonly");
    if (terminal)
        rv_output_extra(&cli->output, "Type 'help' for help, 'quit' to quit.\n\n");
    RvExit code = RV_EXIT_OK;
    while (!cli->quit) {
        g_autofree char *line = read_line(terminal, read_only);
        if (!line)
            break;
        code = rv_cli_run_script(cli, line);
    }
    return code;
}
