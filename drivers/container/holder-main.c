/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * reeve-console-holder: see holder.h. One thread, one epoll set, no library but C's, nothing on
 * its own initiative. It keeps each terminal's other end open as well, so that a console that
 * nobody in the container has open is no end of it.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "drivers/container/holder-protocol.h"

enum { BLOCK = 4096, UNREAD_MAX = 16384, LOG_MAX = 2 << 20, LOG_KEPT = 1 << 20, IDLE_MS = 5000 };

typedef enum { LISTENER, PEER, TERMINAL, CLIENT } SourceKind;

typedef struct Console Console;

/* What an epoll event is about. */
typedef struct {
    SourceKind kind;
    int fd;
    Console *console;
} Source;

struct Console {
    Console *next;
    char key[sizeof(((HolderRequest *)0)->key)];
    Source terminal, client; /* client.fd -1: nobody is attached */
    int slave, log;
    off_t log_len;
    char *unread; /* output that the client has not got yet; NULL: none */
    size_t n_unread;
    char *typed; /* input that the terminal has not taken yet */
    size_t n_typed;
};

typedef struct Kept Kept;
struct Kept {
    Kept *next;
    char key[sizeof(((HolderRequest *)0)->key)];
    int fd;
};

static int poll_fd = -1;
static Console *consoles;
static Kept *kept;

static bool watch(Source *source, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = source};
    return epoll_ctl(poll_fd, EPOLL_CTL_ADD, source->fd, &event) == 0;
}

static void rewatch(Source *source, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = source};
    epoll_ctl(poll_fd, EPOLL_CTL_MOD, source->fd, &event);
}

static void update(Console *console)
{
    rewatch(&console->terminal, EPOLLIN | (console->n_typed ? EPOLLOUT : 0));
    if (console->client.fd >= 0)
        rewatch(&console->client, (console->n_typed ? 0 : EPOLLIN) |
                                      (console->n_unread ? EPOLLOUT : 0));
}

static void detach(Console *console)
{
    if (console->client.fd >= 0)
        close(console->client.fd);
    console->client.fd = -1;
    free(console->typed);
    console->typed = NULL;
    console->n_typed = 0;
}

/* ---- Output --------------------------------------------------------------------------------- */

/* The second half of a log that has become too long is kept. */
static void shorten_log(Console *console)
{
    char block[BLOCK];
    off_t from = console->log_len - LOG_KEPT, to = 0;
    ssize_t got;
    fcntl(console->log, F_SETFL, 0); /* no O_APPEND for a moment */
    while ((got = pread(console->log, block, sizeof(block), from)) > 0) {
        if (pwrite(console->log, block, (size_t)got, to) != got)
            break;
        from += got;
        to += got;
    }
    if (ftruncate(console->log, to) < 0)
        to = 0;
    fcntl(console->log, F_SETFL, O_APPEND);
    console->log_len = to;
}

static void write_log(Console *console, const char *text, size_t len)
{
    if (console->log < 0)
        return;
    if (console->log_len > LOG_MAX)
        shorten_log(console);
    ssize_t written = write(console->log, text, len); /* a full disk loses the log, nothing else */
    if (written > 0)
        console->log_len += written;
}

/* Keeps what is newest. */
static void add_unread(Console *console, const char *text, size_t len)
{
    if (!console->unread && !(console->unread = malloc(UNREAD_MAX)))
        return;
    if (console->n_unread + len > UNREAD_MAX) {
        size_t drop = console->n_unread + len - UNREAD_MAX;
        memmove(console->unread, console->unread + drop, console->n_unread - drop);
        console->n_unread -= drop;
    }
    memcpy(console->unread + console->n_unread, text, len);
    console->n_unread += len;
}

static void pass_on(Console *console)
{
    if (console->client.fd < 0 || !console->n_unread)
        return;
    ssize_t sent = send(console->client.fd, console->unread, console->n_unread,
                        MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) {
        detach(console);
        return;
    }
    if (sent > 0) {
        console->n_unread -= (size_t)sent;
        memmove(console->unread, console->unread + sent, console->n_unread);
    }
    if (!console->n_unread) {
        free(console->unread);
        console->unread = NULL;
    }
}

/* ---- Input ---------------------------------------------------------------------------------- */

static void type(Console *console)
{
    while (console->n_typed) {
        ssize_t taken = write(console->terminal.fd, console->typed, console->n_typed);
        if (taken <= 0)
            break;
        console->n_typed -= (size_t)taken;
        memmove(console->typed, console->typed + taken, console->n_typed);
    }
    if (!console->n_typed) {
        free(console->typed);
        console->typed = NULL;
    }
}

static void read_client(Console *console)
{
    char block[BLOCK];
    ssize_t got = recv(console->client.fd, block, sizeof(block), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0) {
        detach(console);
        return;
    }
    console->typed = malloc((size_t)got);
    if (!console->typed)
        return;
    memcpy(console->typed, block, (size_t)got);
    console->n_typed = (size_t)got;
    type(console);
}

/* False: there was nothing. */
static bool read_terminal(Console *console)
{
    char block[BLOCK];
    ssize_t got = read(console->terminal.fd, block, sizeof(block));
    if (got <= 0)
        return false;
    write_log(console, block, (size_t)got);
    add_unread(console, block, (size_t)got);
    pass_on(console);
    return true;
}

static void serve_console(Console *console, SourceKind kind, uint32_t events)
{
    if (kind == TERMINAL && (events & EPOLLIN))
        read_terminal(console);
    if (kind == TERMINAL && (events & EPOLLOUT))
        type(console);
    if (kind == CLIENT && (events & EPOLLOUT))
        pass_on(console);
    if (kind == CLIENT && console->client.fd >= 0 && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
        read_client(console);
    update(console);
}

/* ---- Requests ------------------------------------------------------------------------------- */

static Console *find(const char *key)
{
    for (Console *console = consoles; console; console = console->next)
        if (strcmp(console->key, key) == 0)
            return console;
    return NULL;
}

/* What a program said last is often what people want to know. */
static void console_free(Console *console)
{
    for (size_t left = UNREAD_MAX; left > 0 && read_terminal(console); left -= BLOCK)
        ;
    detach(console);
    close(console->terminal.fd);
    if (console->slave >= 0)
        close(console->slave);
    if (console->log >= 0)
        close(console->log);
    free(console->unread);
    free(console);
}

static void drop_kept(const char *prefix, size_t len)
{
    Kept **at = &kept;
    while (*at) {
        Kept *one = *at;
        if (strncmp(one->key, prefix, len) == 0) {
            *at = one->next;
            close(one->fd);
            free(one);
        } else {
            at = &one->next;
        }
    }
}

static int drop(const char *prefix)
{
    Console **at = &consoles;
    size_t len = strlen(prefix);
    while (*at) {
        Console *console = *at;
        if (strncmp(console->key, prefix, len) == 0) {
            *at = console->next;
            console_free(console);
        } else {
            at = &console->next;
        }
    }
    drop_kept(prefix, len);
    return 0;
}

static int add(const char *key, int fds[HOLDER_MAX_FDS])
{
    struct stat st;
    if (fds[0] < 0)
        return EINVAL;
    drop(key);
    Console *console = calloc(1, sizeof(*console));
    if (!console)
        return ENOMEM;
    memcpy(console->key, key, strlen(key));
    console->terminal = (Source){TERMINAL, fds[0], console};
    console->client = (Source){CLIENT, -1, console};
    console->log = fds[1];
    console->log_len = fds[1] >= 0 && fstat(fds[1], &st) == 0 ? st.st_size : 0;
    fds[0] = fds[1] = -1;
    console->slave = ioctl(console->terminal.fd, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (fcntl(console->terminal.fd, F_SETFL, O_NONBLOCK) < 0 ||
        !watch(&console->terminal, EPOLLIN)) {
        int fault = errno;
        console_free(console);
        return fault;
    }
    console->next = consoles;
    consoles = console;
    return 0;
}

static int attach(const char *key, int fds[HOLDER_MAX_FDS])
{
    Console *console = find(key);
    if (!console)
        return ENOENT;
    if (fds[0] < 0)
        return EINVAL;
    detach(console);
    console->client.fd = fds[0];
    fds[0] = -1;
    if (!watch(&console->client, EPOLLIN)) {
        detach(console);
        return ENOMEM;
    }
    pass_on(console);
    update(console);
    return 0;
}

static int keep(const char *key, int fds[HOLDER_MAX_FDS])
{
    Kept *one = fds[0] >= 0 ? calloc(1, sizeof(*one)) : NULL;
    if (!one)
        return EINVAL;
    drop_kept(key, sizeof(one->key));
    memcpy(one->key, key, strlen(key));
    one->fd = fds[0];
    one->next = kept;
    kept = one;
    fds[0] = -1;
    return 0;
}

static int lend(const char *key, int fds[HOLDER_MAX_FDS])
{
    for (Kept *one = kept; one; one = one->next)
        if (strcmp(one->key, key) == 0)
            return (fds[0] = fcntl(one->fd, F_DUPFD_CLOEXEC, 3)) < 0 ? errno : 0;
    return ENOENT;
}

/* What is left in `fds` is closed afterwards. */
static int obey(HolderRequest *request, int fds[HOLDER_MAX_FDS])
{
    request->key[sizeof(request->key) - 1] = 0;
    switch (request->verb) {
    case HOLDER_ADD:
        return add(request->key, fds);
    case HOLDER_ATTACH:
        return attach(request->key, fds);
    case HOLDER_DROP:
        return drop(request->key);
    case HOLDER_HAS:
        return find(request->key) ? 0 : ENOENT;
    case HOLDER_KEEP:
        return keep(request->key, fds);
    case HOLDER_LEND:
        return lend(request->key, fds);
    default:
        return EINVAL;
    }
}

static void answer(int peer, int error, int fd)
{
    HolderAnswer text = {.error = error};
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(fd))];
    } control = {0};
    struct iovec part = {.iov_base = &text, .iov_len = sizeof(text)};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (fd >= 0) {
        message.msg_control = control.bytes;
        message.msg_controllen = sizeof(control.bytes);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        *header = (struct cmsghdr){CMSG_LEN(sizeof(fd)), SOL_SOCKET, SCM_RIGHTS};
        memcpy(CMSG_DATA(header), &fd, sizeof(fd));
    }
    sendmsg(peer, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Its one request, whether or not it is a good one; then it is done with. */
static void serve_peer(Source *peer)
{
    HolderRequest request = {0};
    int fds[HOLDER_MAX_FDS] = {-1, -1};
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(fds))];
    } control;
    struct iovec part = {.iov_base = &request, .iov_len = sizeof(request)};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof(control.bytes)};
    ssize_t got = recvmsg(peer->fd, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    struct cmsghdr *header = got > 0 ? CMSG_FIRSTHDR(&message) : NULL;
    if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
        memcpy(fds, CMSG_DATA(header), header->cmsg_len - CMSG_LEN(0));
    if (got == (ssize_t)sizeof(request)) {
        int error = obey(&request, fds);
        answer(peer->fd, error, request.verb == HOLDER_LEND ? fds[0] : -1);
    }
    for (int i = 0; i < HOLDER_MAX_FDS; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    close(peer->fd);
    free(peer);
}

static void accept_peer(int listener)
{
    struct ucred who;
    socklen_t len = sizeof(who);
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    Source *peer = fd >= 0 ? calloc(1, sizeof(*peer)) : NULL;
    if (peer && getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) == 0 &&
        (who.uid == 0 || who.uid == getuid())) {
        *peer = (Source){PEER, fd, NULL};
        if (watch(peer, EPOLLIN))
            return;
    }
    free(peer);
    if (fd >= 0)
        close(fd);
}

int main(void)
{
    Source listener = {LISTENER, HOLDER_LISTEN_FD, NULL};
    poll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (poll_fd < 0 || fcntl(listener.fd, F_SETFL, O_NONBLOCK) < 0 || !watch(&listener, EPOLLIN))
        return EXIT_FAILURE;
    for (;;) {
        /* One event at a time: what it does may end the source of another. */
        struct epoll_event event;
        int n = epoll_wait(poll_fd, &event, 1, consoles || kept ? -1 : IDLE_MS);
        if (n == 0 && !consoles && !kept)
            return EXIT_SUCCESS;
        if (n < 1)
            continue;
        Source *source = event.data.ptr;
        if (source->kind == LISTENER)
            accept_peer(source->fd);
        else if (source->kind == PEER)
            serve_peer(source);
        else
            serve_console(source->console, source->kind, event.events);
    }
}
