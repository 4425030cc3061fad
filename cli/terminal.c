/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/terminal.h"

#include <errno.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include "base/error.h"

static const int deadly[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE};

static struct termios before;
static volatile sig_atomic_t changed;

static void handle_deadly(void (*handler)(int number))
{
    struct sigaction action = {.sa_handler = handler};
    for (size_t i = 0; i < G_N_ELEMENTS(deadly); i++)
        sigaction(deadly[i], &action, NULL);
}

static void on_signal(int number)
{
    rv_terminal_restore();
    handle_deadly(SIG_DFL);
    raise(number);
}

bool rv_terminal_raw(GError **error)
{
    if (tcgetattr(STDIN_FILENO, &before) < 0) {
        rv_error_set_errno(error, errno, "cannot read the settings of the terminal");
        return false;
    }
    struct termios raw = before;
    cfmakeraw(&raw);
    handle_deadly(on_signal);
    changed = 1;
    if (tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) < 0) {
        rv_error_set_errno(error, errno, "cannot change the settings of the terminal");
        rv_terminal_restore();
        return false;
    }
    return true;
}

/* Nothing but what a signal handler may do. */
void rv_terminal_restore(void)
{
    if (!changed)
        return;
    changed = 0;
    tcsetattr(STDIN_FILENO, TCSANOW, &before);
    handle_deadly(SIG_DFL);
}
