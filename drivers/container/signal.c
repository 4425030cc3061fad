/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/signal.h"

#include <glib.h>
#include <signal.h>
#include <string.h>

static const struct {
    const char *name;
    int number;
} signals[] = {
    {"HUP", SIGHUP},   {"INT", SIGINT},     {"QUIT", SIGQUIT},   {"KILL", SIGKILL},
    {"USR1", SIGUSR1}, {"USR2", SIGUSR2},   {"TERM", SIGTERM},   {"WINCH", SIGWINCH},
    {"PWR", SIGPWR},   {"ALRM", SIGALRM},   {"CONT", SIGCONT},   {"STOP", SIGSTOP},
};

int container_signal_number(const char *text)
{
    guint64 number;
    if (g_ascii_string_to_unsigned(text, 10, 1, 64, &number, NULL))
        return (int)number;
    const char *name = g_str_has_prefix(text, "SIG") ? text + strlen("SIG") : text;
    if (g_str_has_prefix(name, "RTMIN+") &&
        g_ascii_string_to_unsigned(name + strlen("RTMIN+"), 10, 0, 30, &number, NULL))
        return SIGRTMIN + (int)number;
    for (size_t i = 0; i < G_N_ELEMENTS(signals); i++)
        if (strcmp(signals[i].name, name) == 0)
            return signals[i].number;
    return 0;
}
