/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The difference of two texts, line by line, in the unified form that patch(1) reads. */

#include <glib.h>

/* Empty where they are the same. The names stand behind --- and +++. */
char *rv_line_diff(const char *old_name, const char *old_text, const char *new_name,
                   const char *new_text);
