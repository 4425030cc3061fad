/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "cli/cli.h"

/* `reeve` without a command: runs what standard input says, line by line, until its end or `quit`.
 * The result is that of the last command. */
RvExit rv_shell_run(RvCli *cli);
