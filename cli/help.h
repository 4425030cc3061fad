/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Help and the manual page, printed from the tables of commands. */

#include "cli/command.h"
#include "cli/output.h"

/* All families with their commands. */
void rv_help_overview(const RvOutput *output);
void rv_help_family(const RvOutput *output, const RvFamily *family);
void rv_help_command(const RvOutput *output, const RvCommand *command);

/* "start DOMAIN [--console] [--mode STRING]" */
char *rv_help_synopsis(const RvCommand *command);

/* "-q, --quiet", "--mode STRING", "DOMAIN": how an option is written. */
char *rv_help_option(const RvOption *option);

/* reeve(1) as roff. */
char *rv_manual(void);
