/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A program within a container: its input, output and end are ours. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "cli/cli.h"
#include "cli/terminal.h"
#include "wire/exec-frame.h"

enum { TERMINAL = 1 << 0, QUEUE_MAX = 256 << 10 };

typedef struct {
    RvCli *cli;
    GByteArray *in;
    bool terminal, interactive;
    bool ended; /* the stream */
    int status; /* -1: not told */
    GError *error;
} Exec;

static void exec_clear(Exec *exec)
{
    g_byte_array_unref(exec->in);
    g_clear_error(&exec->error);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Exec, exec_clear)

/* ---- From the program ---- */

static void on_frame(Exec *exec, RvExecKind kind, const guint8 *bytes, uint32_t len)
{
    if (kind == RV_EXEC_EXIT)
        exec->status = (int)(rv_exec_number(bytes, len) & 0xff);
    else if ((kind == RV_EXEC_OUTPUT || kind == RV_EXEC_ERRORS) && !exec->error &&
             !rv_fd_write_all(kind == RV_EXEC_OUTPUT ? STDOUT_FILENO : STDERR_FILENO, bytes, len,
                              &exec->error))
        exec->ended = true;
}

static void on_stream(const char *bytes, size_t len, const GError *error, void *data)
{
    Exec *exec = data;
    RvExecKind kind;
    uint32_t n;
    bool bad;
    g_byte_array_append(exec->in, (const guint8 *)bytes, (guint)len);
    for (const guint8 *frame; (frame = rv_exec_peek(exec->in, &kind, &n, &bad));) {
        on_frame(exec, kind, frame, n);
        g_byte_array_remove_range(exec->in, 0, RV_EXEC_HEAD + n);
    }
    exec->ended = exec->ended || len == 0 || bad;
    if (error && !exec->error)
        exec->error = g_error_copy(error);
}

/* ---- To the program ---- */

static void send_frame(Exec *exec, RvExecKind kind, const void *bytes, size_t len)
{
    g_autoptr(GByteArray) frame = g_byte_array_new();
    rv_exec_append(frame, kind, bytes, (uint32_t)len);
    rv_client_stream_send(exec->cli->client, frame->data, frame->len);
}

static void send_number(Exec *exec, RvExecKind kind, uint32_t number)
{
    uint32_t value = GUINT32_TO_BE(number);
    send_frame(exec, kind, &value, sizeof(value));
}

static void send_size(Exec *exec)
{
    struct winsize size;
    if (exec->terminal && ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0)
        send_number(exec, RV_EXEC_RESIZE, (uint32_t)size.ws_row << 16 | size.ws_col);
}

static void send_input(Exec *exec)
{
    char bytes[RV_EXEC_MAX];
    ssize_t n = read(STDIN_FILENO, bytes, sizeof(bytes));
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    send_frame(exec, RV_EXEC_INPUT, bytes, (size_t)MAX(n, 0));
    if (n <= 0)
        exec->interactive = false;
}

/* On a terminal its keys are the program's; else our signals are. */
static int open_signals(bool terminal)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGWINCH);
    if (!terminal) {
        sigaddset(&signals, SIGINT);
        sigaddset(&signals, SIGTERM);
        sigaddset(&signals, SIGHUP);
        sigaddset(&signals, SIGUSR1);
        sigaddset(&signals, SIGUSR2);
    }
    sigprocmask(SIG_BLOCK, &signals, NULL);
    return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void pass_signal(Exec *exec, int fd)
{
    struct signalfd_siginfo info;
    if (read(fd, &info, sizeof(info)) != sizeof(info))
        return;
    if (info.ssi_signo == SIGWINCH)
        send_size(exec);
    else
        send_number(exec, RV_EXEC_SIGNAL, info.ssi_signo);
}

static bool relay(Exec *exec, int signals, GError **error)
{
    RvClient *client = exec->cli->client;
    while (!exec->ended) {
        bool stuffed = rv_client_queued(client) >= QUEUE_MAX;
        struct pollfd fds[] = {
            {.fd = rv_client_fd(client), .events = rv_client_poll_events(client)},
            {.fd = signals, .events = POLLIN},
            {.fd = exec->interactive && !stuffed ? STDIN_FILENO : -1, .events = POLLIN},
        };
        if (poll(fds, G_N_ELEMENTS(fds), rv_client_poll_timeout(client)) < 0 && errno != EINTR) {
            rv_error_set_errno(error, errno, "cannot wait for the program");
            return false;
        }
        if (fds[1].revents)
            pass_signal(exec, signals);
        if (fds[2].revents)
            send_input(exec);
        if (!rv_client_tick(client, error) || !rv_client_io(client, error))
            return false;
    }
    if (!exec->error)
        return rv_client_stream_finish(client, error);
    g_propagate_error(error, g_steal_pointer(&exec->error));
    return false;
}

static bool run(Exec *exec, GError **error)
{
    rv_autofd int signals = open_signals(exec->terminal);
    if (exec->terminal && !rv_terminal_raw(error))
        return false;
    send_size(exec);
    if (!exec->interactive && !exec->terminal)
        send_frame(exec, RV_EXEC_INPUT, "", 0);
    bool ok = relay(exec, signals, error);
    if (exec->terminal)
        rv_terminal_restore();
    if (ok && exec->status < 0) {
        rv_error_set(error, RV_ERR_OPERATION_FAILED, "the program's end was not told");
        return false;
    }
    exec->cli->status = exec->status;
    return ok;
}

static bool run_exec(RvCli *cli, const RvArgs *args, GError **error)
{
    g_auto(wire_domain_ret) found = {0};
    g_auto(Exec) exec = {
        .cli = cli,
        .in = g_byte_array_new(),
        .terminal = rv_args_has(args, "tty"),
        .interactive = rv_args_has(args, "interactive"),
        .status = -1,
    };
    if (!rv_cli_find_domain(cli, rv_args_string(args, "domain"), RV_BY_ANY, &found, error))
        return false;
    if (exec.terminal && !isatty(STDIN_FILENO)) {
        rv_error_set(error, RV_ERR_OPERATION_INVALID, "standard input is no terminal");
        rv_error_remedy(error, "leave --tty out");
        return false;
    }
    const char *const *words = rv_args_list(args, "command");
    wire_reeve_exec_args call = {
        .domain = found.domain,
        .args = {g_strv_length((char **)words), (char **)words},
        .dir = (char *)rv_args_string(args, "workdir"),
        .user = (char *)rv_args_string(args, "user"),
        .group = (char *)rv_args_string(args, "group"),
        .flags = exec.terminal ? TERMINAL : 0,
    };
    char *env[] = {(char *)rv_args_string(args, "env"), NULL};
    call.env.env_val = env;
    call.env.env_len = env[0] ? 1 : 0;
    return rv_client_open_stream(cli->client, WIRE_REEVE_PROGRAM, WIRE_REEVE_EXEC,
                                 (xdrproc_t)xdr_wire_reeve_exec_args, &call, on_stream, &exec,
                                 error) &&
           run(&exec, error);
}

const RvCommand rv_command_exec = {
    .name = "exec",
    .summary = "run a program within a container",
    .description = "As confined as what runs there already. Its exit code is ours; 128 and the "
                   "number of the signal that ended it. When we are gone it is killed.",
    .options =
        (const RvOption[]){
            RV_OPTION_DOMAIN(RV_COMPLETE_ACTIVE),
            {.name = "interactive", .letter = 'i', .text = "pass our standard input on"},
            {.name = "tty", .letter = 't', .text = "on a terminal of its own, of our size"},
            {.name = "user", .letter = 'u', .kind = RV_OPTION_STRING, .named = true,
             .value = "USER", .text = "as this user, a name or a number"},
            {.name = "group", .kind = RV_OPTION_STRING, .named = true, .value = "GROUP",
             .text = "as this group"},
            {.name = "workdir", .letter = 'w', .kind = RV_OPTION_STRING, .named = true,
             .value = "PATH", .text = "in this folder of the container"},
            {.name = "env", .letter = 'e', .kind = RV_OPTION_STRING, .named = true,
             .value = "NAME=VALUE", .text = "with this variable"},
            {.name = "command", .kind = RV_OPTION_LIST, .required = true, .rest = true,
             .value = "WORD", .text = "the program and its arguments"},
            {NULL},
        },
    .examples = (const RvExample[]){{"exec web ls -l /", "What is there."},
                                    {"exec -it web /bin/sh", "A shell on our terminal."},
                                    {"exec -u nobody web id", "As somebody else."},
                                    {NULL}},
    .raw = true,
    .run = run_exec,
};
