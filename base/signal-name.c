/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/signal-name.h"

#include <glib.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>

/* The first that the kernel has. The C library keeps some of them for itself, and begins later. */
enum { FIRST_REAL_TIME = 32 };

static int real_time(const char *text, int first)
{
    guint64 number;
    bool good = g_ascii_string_to_unsigned(text, 10, 0, (guint64)(SIGRTMAX - first), &number, NULL);
    return good ? first + (int)number : -1;
}

int rv_signal_from_name(const char *text)
{
    guint64 number;
    if (g_ascii_string_to_unsigned(text, 10, 0, (guint64)SIGRTMAX, &number, NULL))
        return (int)number;
    g_autofree char *upper = g_ascii_strup(text, -1);
    const char *name = upper;
    name += strncmp(name, "SIG", 3) == 0 ? 3 : 0;
    name += upper != name && *name == '_' ? 1 : 0;
    if (strcmp(name, "NOP") == 0)
        return 0;
    for (int i = 1; i < SIGRTMIN; i++)
        if (g_strcmp0(sigabbrev_np(i), name) == 0)
            return i;
    if (g_str_has_prefix(name, "RTMIN+"))
        return real_time(name + strlen("RTMIN+"), SIGRTMIN);
    return g_str_has_prefix(name, "RT") ? real_time(name + strlen("RT"), FIRST_REAL_TIME) : -1;
}
