/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/fd-queue.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

#include "base/fd.h"

/* A descriptor and the byte that it leaves with, counted as `sent` is. */
typedef struct {
    uint64_t at;
    int fd;
} Passed;

static void passed_free(void *data)
{
    Passed *passed = data;
    rv_fd_close(&passed->fd);
    g_free(passed);
}

void rv_fd_queue_clear(RvFdQueue *queue)
{
    g_queue_clear_full(&queue->fds, passed_free);
}

void rv_fd_queue_add(RvFdQueue *queue, int fd, RvBuffer *out)
{
    Passed *passed = g_new(Passed, 1);
    *passed = (Passed){queue->sent + rv_buffer_len(out), fcntl(fd, F_DUPFD_CLOEXEC, 3)};
    g_queue_push_tail(&queue->fds, passed);
    rv_buffer_append(out, "", 1);
}

static ssize_t send_with_fd(int socket, const RvBuffer *out, int fd)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct iovec part = {.iov_base = (void *)rv_buffer_bytes(out), .iov_len = 1};
    struct msghdr message = {
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = control.bytes,
        .msg_controllen = sizeof(control.bytes),
    };
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &fd, sizeof(int));
    return sendmsg(socket, &message, MSG_NOSIGNAL);
}

/* Bytes up to the next one that has a descriptor, or that one alone. */
ssize_t rv_fd_queue_send(RvFdQueue *queue, int socket, const RvBuffer *out)
{
    Passed *next = g_queue_peek_head(&queue->fds);
    size_t len = rv_buffer_len(out);
    bool now = next && next->at == queue->sent;
    ssize_t n = now ? send_with_fd(socket, out, next->fd)
                    : send(socket, rv_buffer_bytes(out),
                           next ? MIN(len, next->at - queue->sent) : len, MSG_NOSIGNAL);
    if (n <= 0)
        return n;
    queue->sent += (uint64_t)n;
    if (now)
        passed_free(g_queue_pop_head(&queue->fds));
    return n;
}
