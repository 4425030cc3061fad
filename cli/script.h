/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Text with commands: `reeve "start web; list"`, and what a shell reads. Words are quoted as in a
 * POSIX shell: 'literal', "with \" escapes", \x; # begins a comment; ; and line ends part commands.
 */

#include <glib.h>

/* The words of the next command (char *, ended by a NULL that `len` does not count; none for an
 * empty command). *rest moves behind it and becomes NULL at the end of the text. NULL: a quote is
 * not closed. */
G_GNUC_WARN_UNUSED_RESULT GPtrArray *rv_script_next(const char **rest, GError **error);
