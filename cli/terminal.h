/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The terminal that standard input is: every key at once, none with a meaning. However the program
 * ends, but for SIGKILL, the terminal is as before. */

#include <glib.h>
#include <stdbool.h>

G_GNUC_WARN_UNUSED_RESULT bool rv_terminal_raw(GError **error);
void rv_terminal_restore(void);
