/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/exec.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/process.h"
#include "daemon/stream.h"
#include "wire/exec-frame.h"

/*
 * One side is read only when nothing waits for the other: so each buffer holds one read at most, and
 * who does not take what comes is what everybody else waits for, in this thread alone.
 */
typedef struct {
    RvExecution program;
    bool terminal;
    int client;
    GByteArray *to_client, *from_client, *to_program;
    bool input_over; /* once `to_program` is written */
    bool gone;       /* the client */
    bool ended;      /* the program */
} Relay;

/* One that has ended, or refuses, is told nothing. */
static void tell(int pidfd, int signum)
{
    g_autoptr(GError) error = NULL;
    if (pidfd >= 0 && !rv_process_signal(pidfd, signum, &error))
        rv_log_debug("exec: %s", error->message);
}

void rv_exec_clear(RvExecution *execution)
{
    tell(execution->program, SIGKILL);
    if (execution->runner >= 0 && rv_process_signal(execution->runner, SIGKILL, NULL))
        (void)rv_process_wait(execution->runner, -1, NULL);
    int *const fds[] = {&execution->input, &execution->output, &execution->errors,
                        &execution->runner, &execution->program};
    for (size_t i = 0; i < G_N_ELEMENTS(fds); i++)
        rv_fd_close(fds[i]);
}

static void relay_free(Relay *relay)
{
    rv_exec_clear(&relay->program);
    rv_fd_close(&relay->client);
    g_byte_array_unref(relay->to_client);
    g_byte_array_unref(relay->from_client);
    g_byte_array_unref(relay->to_program);
    g_free(relay);
}

/* False: there is no more. */
static bool read_into(int fd, GByteArray *bytes)
{
    guint8 chunk[RV_EXEC_MAX];
    ssize_t n = read(fd, chunk, sizeof(chunk));
    if (n > 0)
        g_byte_array_append(bytes, chunk, (guint)n);
    return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

/* False: nobody takes it any more. */
static bool write_from(int fd, GByteArray *bytes)
{
    ssize_t n = write(fd, bytes->data, bytes->len);
    if (n > 0)
        g_byte_array_remove_range(bytes, 0, (guint)n);
    return n >= 0 || errno == EAGAIN || errno == EINTR;
}

static void take_output(Relay *relay, int *fd, RvExecKind kind)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    if (!read_into(*fd, bytes))
        rv_fd_close(fd);
    if (bytes->len > 0)
        rv_exec_append(relay->to_client, kind, bytes->data, bytes->len);
}

static void resize(const Relay *relay, uint32_t size)
{
    struct winsize window = {.ws_row = (unsigned short)(size >> 16),
                             .ws_col = (unsigned short)(size & 0xffff)};
    if (relay->terminal && relay->program.output >= 0)
        (void)ioctl(relay->program.output, TIOCSWINSZ, &window);
}

static void obey(Relay *relay, RvExecKind kind, const guint8 *bytes, uint32_t len)
{
    uint32_t number = rv_exec_number(bytes, len);
    if (kind == RV_EXEC_INPUT && len == 0)
        relay->input_over = true;
    else if (kind == RV_EXEC_INPUT)
        g_byte_array_append(relay->to_program, bytes, len);
    else if (kind == RV_EXEC_RESIZE)
        resize(relay, number);
    else if (kind == RV_EXEC_SIGNAL && number > 0 && number < NSIG)
        tell(relay->program.program, (int)number);
}

static void obey_all(Relay *relay)
{
    RvExecKind kind;
    uint32_t len;
    bool bad;
    for (const guint8 *bytes;
         (bytes = rv_exec_peek(relay->from_client, &kind, &len, &bad)) && !relay->gone;) {
        obey(relay, kind, bytes, len);
        g_byte_array_remove_range(relay->from_client, 0, RV_EXEC_HEAD + len);
    }
    relay->gone = relay->gone || bad;
}

/* Where input goes: the terminal takes it at the same end. */
static int input_of(const Relay *relay)
{
    return relay->terminal ? relay->program.output : relay->program.input;
}

static void feed(Relay *relay)
{
    int input = input_of(relay);
    if (relay->to_program->len > 0 && (input < 0 || !write_from(input, relay->to_program)))
        g_byte_array_set_size(relay->to_program, 0);
    if (relay->input_over && relay->to_program->len == 0)
        rv_fd_close(&relay->program.input);
}

static void turn(Relay *relay)
{
    bool room = relay->to_client->len == 0, hungry = relay->to_program->len == 0;
    struct pollfd fds[] = {
        {relay->client, (short)((hungry ? POLLIN : 0) | (room ? 0 : POLLOUT)), 0},
        {room ? relay->program.output : -1, POLLIN, 0},
        {room ? relay->program.errors : -1, POLLIN, 0},
        {hungry ? -1 : input_of(relay), POLLOUT, 0},
        {relay->ended ? -1 : relay->program.runner, POLLIN, 0},
    };
    if (poll(fds, G_N_ELEMENTS(fds), -1) < 0)
        return;
    if (fds[0].revents & POLLOUT)
        relay->gone = !write_from(relay->client, relay->to_client);
    if (fds[0].revents & (POLLIN | POLLHUP | POLLERR) && hungry &&
        !read_into(relay->client, relay->from_client))
        relay->gone = true;
    if (fds[0].revents & POLLHUP)
        relay->gone = true;
    obey_all(relay);
    if (fds[1].revents)
        take_output(relay, &relay->program.output, RV_EXEC_OUTPUT);
    if (fds[2].revents)
        take_output(relay, &relay->program.errors, RV_EXEC_ERRORS);
    feed(relay);
    relay->ended = relay->ended || fds[4].revents;
}

/* What it has left in its pipes; others in the guest may hold them open for ever. */
static bool is_drained(const Relay *relay)
{
    struct pollfd fds[] = {{relay->program.output, POLLIN, 0}, {relay->program.errors, POLLIN, 0}};
    return poll(fds, G_N_ELEMENTS(fds), 0) == 0 ||
           (relay->program.output < 0 && relay->program.errors < 0);
}

static void *run(void *data)
{
    Relay *relay = data;
    while (!relay->gone && !(relay->ended && relay->to_client->len == 0 && is_drained(relay)))
        turn(relay);
    int status = 255;
    if (relay->ended && rv_process_wait(relay->program.runner, 0, &status)) {
        rv_fd_close(&relay->program.runner);
        rv_exec_append_number(relay->to_client, RV_EXEC_EXIT, (uint32_t)status);
    }
    struct pollfd client = {relay->client, POLLOUT, 0};
    while (!relay->gone && relay->to_client->len > 0 && poll(&client, 1, -1) >= 0)
        relay->gone = !write_from(relay->client, relay->to_client);
    /* What the client still says must find somebody: else what waits for it would be lost. */
    client.events = POLLIN;
    relay->gone = relay->gone || shutdown(relay->client, SHUT_WR) < 0;
    while (!relay->gone && poll(&client, 1, -1) >= 0) {
        g_byte_array_set_size(relay->from_client, 0);
        relay->gone = !read_into(relay->client, relay->from_client);
    }
    relay_free(relay);
    return NULL;
}

bool rv_exec_attach(RvSession *session, const RvFrameHeader *call, RvExecution *execution,
                    bool terminal, GError **error)
{
    int fds[2];
    if (session->fd < 0 ||
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) < 0) {
        rv_error_set_errno(error, errno, "cannot join the client to its program");
        rv_exec_clear(execution);
        return false;
    }
    Relay *relay = g_new0(Relay, 1);
    *relay = (Relay){
        .program = *execution,
        .terminal = terminal,
        .client = fds[1],
        .to_client = g_byte_array_new(),
        .from_client = g_byte_array_new(),
        .to_program = g_byte_array_new(),
    };
    *execution = (RvExecution){-1, -1, -1, -1, -1};
    rv_stream_new(session, call, fds[0], NULL, NULL);
    g_thread_unref(g_thread_new("exec", run, relay));
    return true;
}
