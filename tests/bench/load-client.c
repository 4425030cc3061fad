/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/bench/load-client.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/error.h"
#include "base/fd.h"
#include "wire/remote-error.h"
#include "wire/remote.h"
#include "wire/xdr.h"

#define READ_SIZE (64u << 10)
#define WAIT_MS 120000

bool rv_load_client_open(RvLoadClient *client, const char *path, unsigned depth, GError **error)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    *client = (RvLoadClient){.fd = -1, .depth = depth, .began = g_new0(uint64_t, depth)};
    if (g_strlcpy(address.sun_path, path, sizeof(address.sun_path)) >= sizeof(address.sun_path)) {
        rv_error_set(error, RV_ERR_INVALID_ARG, "the socket's path is too long: %s", path);
        return false;
    }
    client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (client->fd < 0 ||
        connect(client->fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
        rv_error_set_errno(error, errno, "cannot connect to %s", path);
        return false;
    }
    return true;
}

void rv_load_client_close(RvLoadClient *client)
{
    rv_fd_close(&client->fd);
    rv_buffer_clear(&client->in);
    g_clear_pointer(&client->began, g_free);
}

bool rv_load_client_send(RvLoadClient *client, const char *bytes, size_t len, GError **error)
{
    return rv_fd_write_all(client->fd, bytes, len, error);
}

bool rv_load_client_fill(RvLoadClient *client, GError **error)
{
    ssize_t n;

    rv_buffer_consume(&client->in, client->eaten, READ_SIZE);
    client->eaten = 0;
    do {
        char *room = rv_buffer_reserve(&client->in, READ_SIZE);
        n = recv(client->fd, room, READ_SIZE, MSG_DONTWAIT);
        if (n > 0)
            rv_buffer_added(&client->in, (size_t)n);
    } while (n == READ_SIZE || (n < 0 && errno == EINTR));
    if (n == 0) {
        rv_error_set(error, RV_ERR_RPC, "the daemon closed the connection");
        return false;
    }
    if (n < 0 && errno != EAGAIN) {
        rv_error_set_errno(error, errno, "cannot read from the daemon");
        return false;
    }
    return true;
}

bool rv_load_client_next(RvLoadClient *client, RvFrame *ret, GError **error)
{
    do {
        rv_buffer_consume(&client->in, client->eaten, READ_SIZE);
        client->eaten = 0;
        if (rv_frame_read(rv_buffer_bytes(&client->in), rv_buffer_len(&client->in), ret, error) !=
            RV_FRAME_WHOLE)
            return false;
        client->eaten = ret->size;
    } while (ret->header.type != RV_FRAME_REPLY); /* events and pings are not asked for */
    return true;
}

bool rv_load_client_wait(RvLoadClient *client, RvFrame *ret, GError **error)
{
    struct pollfd wait = {.fd = client->fd, .events = POLLIN};
    GError *problem = NULL;

    while (!rv_load_client_next(client, ret, &problem)) {
        if (problem) {
            g_propagate_error(error, problem);
            return false;
        }
        if (poll(&wait, 1, WAIT_MS) == 0) {
            rv_error_set(error, RV_ERR_OPERATION_TIMEOUT, "no answer within %d s", WAIT_MS / 1000);
            return false;
        }
        if (!rv_load_client_fill(client, error))
            return false;
    }
    problem = rv_load_answer_error(ret);
    if (problem)
        g_propagate_error(error, problem);
    return !problem;
}

GError *rv_load_answer_error(const RvFrame *frame)
{
    wire_error failure = {0};
    GError *problem = NULL;

    if (frame->header.status == RV_FRAME_OK)
        return NULL;
    if (!rv_xdr_decode(frame->payload, frame->payload_len, (xdrproc_t)xdr_wire_error, &failure,
                       &problem))
        return problem;
    problem = rv_remote_error_to_gerror(&failure);
    rv_xdr_clear((xdrproc_t)xdr_wire_error, &failure);
    return problem;
}
