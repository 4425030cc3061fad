/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Three descriptors in one loop: the terminal in, the terminal out, the daemon. What comes from one
 * side waits in a bounded buffer for the other: while that is full, the side is not read.
 */
#include "cli/console.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "cli/terminal.h"
#include "wire/buffer.h"

#define QUEUE_MAX (256u << 10)
#define WRITE_SIZE 256

typedef struct {
    RvCli *cli;
    RvBuffer out;  /* for the terminal */
    bool ended;    /* the daemon has closed the stream */
    bool left;     /* the user typed the escape character, or there is no more input */
    GError *error; /* why it ended */
} Console;

static void on_stream(const char *bytes, size_t len, const GError *error, void *data)
{
    Console *console = data;
    if (len) {
        rv_buffer_append(&console->out, bytes, len);
        return;
    }
    console->ended = true;
    if (error)
        console->error = g_error_copy(error);
}

static void read_terminal(Console *console)
{
    char bytes[1024];
    ssize_t n = read(STDIN_FILENO, bytes, sizeof(bytes));
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (n <= 0) {
        console->left = true;
        return;
    }
    const char *escape = memchr(bytes, console->cli->escape, (size_t)n);
    if (escape) {
        console->left = true;
        n = escape - bytes;
    }
    rv_client_stream_send(console->cli->client, bytes, (size_t)n);
}

/* Little at a time: poll() promises room for some bytes only, and the terminal may be stopped. */
static bool write_terminal(Console *console, GError **error)
{
    ssize_t n = write(STDOUT_FILENO, rv_buffer_bytes(&console->out),
                      MIN(rv_buffer_len(&console->out), WRITE_SIZE));
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return true;
    if (n < 0) {
        rv_error_set_errno(error, errno, "cannot write to the terminal");
        return false;
    }
    rv_buffer_consume(&console->out, (size_t)n, QUEUE_MAX);
    return true;
}

/* One round; returns when something happened. */
static bool turn(Console *console, GError **error)
{
    RvClient *client = console->cli->client;
    bool full = rv_buffer_len(&console->out) >= QUEUE_MAX;
    bool stuffed = rv_client_queued(client) >= QUEUE_MAX;
    short daemon_events = rv_client_poll_events(client);
    struct pollfd fds[] = {
        {.fd = stuffed ? -1 : STDIN_FILENO, .events = POLLIN},
        {.fd = rv_buffer_len(&console->out) ? STDOUT_FILENO : -1, .events = POLLOUT},
        {.fd = full ? -1 : rv_client_fd(client), .events = daemon_events},
    };
    /* While it is we who do not read, silence says nothing about the daemon. */
    if (poll(fds, G_N_ELEMENTS(fds), full ? -1 : rv_client_poll_timeout(client)) < 0 &&
        errno != EINTR) {
        rv_error_set_errno(error, errno, "cannot wait for the console");
        return false;
    }
    if (fds[0].revents)
        read_terminal(console);
    if (fds[1].revents && !write_terminal(console, error))
        return false;
    return full || (rv_client_tick(client, error) && rv_client_io(client, error));
}

static bool run_loop(Console *console, GError **error)
{
    while (!console->ended && !console->left) {
        if (!turn(console, error))
            return false;
    }
    while (rv_buffer_len(&console->out)) {
        struct pollfd pollfd = {.fd = STDOUT_FILENO, .events = POLLOUT};
        if (console->left || poll(&pollfd, 1, -1) < 0 || !write_terminal(console, NULL))
            break;
    }
    if (console->left && !rv_client_stream_finish(console->cli->client, error))
        return false;
    if (console->error) {
        g_propagate_error(error, g_steal_pointer(&console->error));
        return false;
    }
    return true;
}

static void greet(const RvCli *cli, const wire_domain *domain)
{
    bool control = cli->escape < ' ';
    char letter = (char)(control ? cli->escape + '@' : cli->escape);
    rv_output_extra(&cli->output, "Connected to domain '%s'\n", domain->name);
    if (control)
        rv_output_extra(&cli->output, "Escape character is ^%c (Ctrl + %c)\n", letter, letter);
    else
        rv_output_extra(&cli->output, "Escape character is %c\n", letter);
}

bool rv_console_run(RvCli *cli, const wire_domain *domain, const char *device, unsigned flags,
                    GError **error)
{
    if (!isatty(STDIN_FILENO)) {
        g_set_error(error, RV_ERROR, RV_ERR_OPERATION_INVALID,
                    "could not connect to the console of domain '%s': standard input is not a "
                    "terminal",
                    domain->name);
        rv_error_remedy(error, "from a script: `script -qec 'reeve console %s'`", domain->name);
        return false;
    }
    Console console = {.cli = cli};
    wire_domain_open_console_args args = {
        .domain = *domain,
        .device = (char *)device,
        .flags = flags,
    };
    if (!rv_client_open_stream(cli->client, WIRE_REMOTE_PROGRAM, WIRE_DOMAIN_OPEN_CONSOLE,
                               (xdrproc_t)xdr_wire_domain_open_console_args, &args, on_stream,
                               &console, error)) {
        g_prefix_error(error, "could not connect to the console of domain '%s': ", domain->name);
        return false;
    }
    greet(cli, domain);
    bool ok = false;
    if (rv_terminal_raw(error)) {
        ok = run_loop(&console, error);
        rv_terminal_restore();
    }
    if (!ok)
        g_prefix_error(error, "the console of domain '%s' ended: ", domain->name);
    g_clear_error(&console.error);
    rv_buffer_clear(&console.out);
    return ok;
}

static bool run_console(RvCli *cli, const RvArgs *args, GError **error)
{
    static const RvOptionBit bits[] = {{"force", 1u << 0}, {"safe", 1u << 1}, {NULL}};
    g_auto(wire_domain_ret) found = {0};
    if (!rv_cli_find_domain(cli, rv_args_string(args, "domain"), RV_BY_ANY, &found, error))
        return false;
    return rv_console_run(cli, &found.domain, rv_args_string(args, "devname"),
                          rv_args_bits(args, bits), error);
}

const RvCommand rv_command_console = {
    .name = "console",
    .summary = "connect to the console of a domain",
    .description = "What the guest prints is shown and what is typed is sent to it, until the "
                   "escape character is typed: Control with ], or what --escape says.",
    .options =
        (const RvOption[]){
            RV_OPTION_DOMAIN(RV_COMPLETE_ACTIVE),
            {.name = "devname", .kind = RV_OPTION_STRING, .value = "ALIAS",
             .text = "another device than the first console: serial0, console1, ..."},
            {.name = "force", .text = "disconnect who is connected now"},
            {.name = "safe", .text = "only where a console is kept from being used twice"},
            {NULL},
        },
    .examples = (const RvExample[]){{"console web", "Until Control and ] are typed."},
                                    {"console web --force", "Even if somebody else is there."},
                                    {NULL}},
    .run = run_console,
};
