/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/xen/model-stats.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"

/* One that a guest has taken over may say anything, or nothing. */
enum { MAX_ANSWER = 1 << 20, READ_BYTES = 4096 };

#define SOCKET "/var/run/xen/qmp-libxenstat-%d"
#define REQUESTS                                                                                   \
    "{\"execute\": \"qmp_capabilities\"}\n"                                                        \
    "{\"execute\": \"query-blockstats\", \"id\": \"blocks\"}\n"

/* ---- Asking --------------------------------------------------------------------------------- */

static int open_socket(int domid)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    rv_autofd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    snprintf(address.sun_path, sizeof(address.sun_path), SOCKET, domid);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
        return -1;
    return rv_fd_steal(&fd);
}

/* What of the input is the answer, among greetings, events and other answers. */
static json_t *find_answer(GString *input)
{
    char *end;
    while ((end = memchr(input->str, '\n', input->len))) {
        size_t len = (size_t)(end - input->str);
        json_t *line = json_loadb(input->str, len, 0, NULL);
        g_string_erase(input, 0, (gssize)len + 1);
        const char *id = json_string_value(json_object_get(line, "id"));
        if (g_strcmp0(id, "blocks") == 0)
            return line;
        json_decref(line);
    }
    return NULL;
}

static json_t *await_answer(int fd, int64_t deadline)
{
    g_autoptr(GString) input = g_string_new(NULL);
    json_t *answer = NULL;
    while (!answer && input->len < MAX_ANSWER) {
        char chunk[READ_BYTES];
        int64_t rest_ms = (deadline - g_get_monotonic_time()) / 1000;
        struct pollfd waiting = {.fd = fd, .events = POLLIN};
        if (rest_ms <= 0 || poll(&waiting, 1, (int)rest_ms) <= 0)
            return NULL;
        ssize_t got = read(fd, chunk, sizeof(chunk));
        if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN))
            return NULL;
        if (got > 0)
            g_string_append_len(input, chunk, got);
        answer = find_answer(input);
    }
    return answer;
}

json_t *xen_model_ask_blocks(int domid, int deadline_ms)
{
    int64_t deadline = g_get_monotonic_time() + (int64_t)deadline_ms * 1000;
    rv_autofd int fd = open_socket(domid);
    size_t len = strlen(REQUESTS);
    if (fd < 0 || send(fd, REQUESTS, len, MSG_NOSIGNAL) != (ssize_t)len)
        return NULL;
    json_t *line = await_answer(fd, deadline);
    json_t *answer = json_incref(json_object_get(line, "return"));
    json_decref(line);
    return answer;
}

/* ---- Reading -------------------------------------------------------------------------------- */

/* A disk's node is named by the disk and by the format of its image. */
static bool is_named(const json_t *node, const char *target)
{
    const char *name = json_string_value(json_object_get(node, "node-name"));
    size_t len = strlen(target);
    return name && strncmp(name, target, len) == 0 && name[len] == '-';
}

static uint64_t get_count(const json_t *stats, const char *name)
{
    return (uint64_t)MAX(json_integer_value(json_object_get(stats, name)), 0);
}

bool xen_model_read_block(const json_t *answer, RvBlockStats *block)
{
    size_t i;
    json_t *node;
    json_array_foreach(answer, i, node) {
        const json_t *stats = json_object_get(node, "stats");
        if (!is_named(node, block->target))
            continue;
        block->read_requests = get_count(stats, "rd_operations");
        block->read_bytes = get_count(stats, "rd_bytes");
        block->write_requests = get_count(stats, "wr_operations");
        block->write_bytes = get_count(stats, "wr_bytes");
        block->flush_requests = get_count(stats, "flush_operations");
        return true;
    }
    return false;
}
