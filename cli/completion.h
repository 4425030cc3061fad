/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the shell may offer for the last of the words typed so far. */

#include "cli/cli.h"

/* The candidates that begin with what is typed (char *; free it). One single ":files": the shell's
 * own names of files. Asks a daemon for domains, but not for long, and never reports a failure. */
GPtrArray *rv_complete(RvCli *cli, const char *const *words, size_t n_words);
