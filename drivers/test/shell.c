/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/test/shell.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/fd.h"

enum { LINE_MAX_BYTES = 1024, READ_BYTES = 512 };

struct TestShell {
    RvWatch *watch;
    int fd;
    char *host_name;
    TestShellFunc func;
    void *data;
    bool running, logged_in;
    GString *line;   /* typed so far */
    GString *output; /* not yet taken by the reader */
};

typedef void (*CommandFunc)(TestShell *shell, const char *rest);

static void prompt(TestShell *shell)
{
    if (shell->logged_in)
        g_string_append_printf(shell->output, "%s:~# ", shell->host_name);
    else
        g_string_append_printf(shell->output, "\r\n%s login: ", shell->host_name);
}

static void run_echo(TestShell *shell, const char *rest)
{
    g_string_append_printf(shell->output, "%s\r\n", rest);
}

static void run_exit(TestShell *shell, const char *rest)
{
    shell->logged_in = false;
}

static const struct {
    const char *name;
    CommandFunc run;      /* or: */
    TestShellEvent event; /* the guest ends or restarts */
} commands[] = {
    {"crash", NULL, TEST_SHELL_CRASH},       {"echo", run_echo, 0}, {"exit", run_exit, 0},
    {"poweroff", NULL, TEST_SHELL_POWEROFF}, {"reboot", NULL, TEST_SHELL_REBOOT},
};

/* Returns the event the line causes, or -1. */
static int run_line(TestShell *shell)
{
    g_strstrip(shell->line->str);
    g_auto(GStrv) words = g_strsplit(shell->line->str, " ", 2);
    g_string_truncate(shell->line, 0);
    const char *rest = words[0] && words[1] ? words[1] : "";

    if (!words[0])
        return -1;
    if (!shell->logged_in) {
        shell->logged_in = true;
        return -1;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        if (strcmp(words[0], commands[i].name) != 0)
            continue;
        if (!commands[i].run)
            return (int)commands[i].event;
        commands[i].run(shell, rest);
        return -1;
    }
    g_string_append_printf(shell->output, "sh: %s: not found\r\n", words[0]);
    return -1;
}

/* Returns the event this key causes, or -1. */
static int type_key(TestShell *shell, char key)
{
    if (key == '\r' || key == '\n') {
        g_string_append(shell->output, "\r\n");
        int event = run_line(shell);
        if (event < 0)
            prompt(shell);
        return event;
    }
    if (key == '\b' || key == 0x7f) {
        if (shell->line->len > 0) {
            g_string_truncate(shell->line, shell->line->len - 1);
            g_string_append(shell->output, "\b \b");
        }
    } else if ((unsigned char)key >= ' ' && shell->line->len < LINE_MAX_BYTES) {
        g_string_append_c(shell->line, key);
        g_string_append_c(shell->output, key);
    }
    return -1;
}

static void update_events(TestShell *shell)
{
    uint32_t events = 0;
    if (shell->running)
        events = shell->output->len > 0 ? EPOLLOUT : EPOLLIN;
    rv_watch_set_events(shell->watch, events);
}

/* False: the other end is gone. */
static bool flush(TestShell *shell)
{
    while (shell->running && shell->output->len > 0) {
        ssize_t sent = send(shell->fd, shell->output->str, shell->output->len, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return errno == EAGAIN;
        g_string_erase(shell->output, 0, sent);
    }
    return true;
}

/* Returns the event that was caused, or -1. */
static int read_keys(TestShell *shell)
{
    char keys[READ_BYTES];
    ssize_t got = recv(shell->fd, keys, sizeof(keys), 0);
    if (got < 0)
        return errno == EAGAIN || errno == EINTR ? -1 : TEST_SHELL_HANGUP;
    if (got == 0)
        return TEST_SHELL_HANGUP;
    for (ssize_t i = 0; i < got; i++) {
        int event = type_key(shell, keys[i]);
        if (event >= 0)
            return event;
    }
    return -1;
}

static void ready(RvWatch *watch, uint32_t events, void *data)
{
    TestShell *shell = data;
    int event = -1;

    if (events & EPOLLIN)
        event = read_keys(shell);
    else if (events & (EPOLLHUP | EPOLLERR))
        event = TEST_SHELL_HANGUP;
    if (!flush(shell))
        event = TEST_SHELL_HANGUP;
    update_events(shell);
    if (event >= 0)
        shell->func(shell, (TestShellEvent)event, shell->data);
}

TestShell *test_shell_new(RvLoop *loop, int fd, const char *host_name, TestShellFunc func,
                          void *data)
{
    TestShell *shell = g_new0(TestShell, 1);
    shell->fd = fd;
    shell->host_name = g_strdup(host_name);
    shell->func = func;
    shell->data = data;
    shell->line = g_string_new(NULL);
    shell->output = g_string_new(NULL);
    shell->watch = rv_watch_new(loop, fd, 0, ready, shell);
    prompt(shell);
    return shell;
}

void test_shell_free(TestShell *shell)
{
    if (!shell)
        return;
    rv_watch_free(shell->watch);
    rv_fd_close(&shell->fd);
    g_free(shell->host_name);
    g_string_free(shell->line, TRUE);
    g_string_free(shell->output, TRUE);
    g_free(shell);
}

void test_shell_restart(TestShell *shell)
{
    shell->logged_in = false;
    g_string_truncate(shell->line, 0);
    g_string_append_printf(shell->output, "\r\n%s is starting up\r\n", shell->host_name);
    prompt(shell);
    flush(shell); /* that nobody listens any more, the watch will say */
    update_events(shell);
}

void test_shell_set_running(TestShell *shell, bool running)
{
    shell->running = running;
    flush(shell);
    update_events(shell);
}
