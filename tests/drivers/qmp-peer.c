/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/drivers/qmp-peer.h"

#include <check.h>
#include <jansson.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"

struct QmpPeer {
    int fd, client_fd;
    const char *greeting;
    const char *const *script;
    GThread *thread;
    GMutex lock;
    GCond seen;
    unsigned commands;
    bool leaving;
};

static bool say(QmpPeer *peer, const char *text)
{
    size_t len = strlen(text);
    while (len > 0) {
        ssize_t n = send(peer->fd, text, len, MSG_NOSIGNAL);
        if (n <= 0)
            return false;
        text += n;
        len -= (size_t)n;
    }
    return true;
}

static bool say_often(QmpPeer *peer, const char *text, unsigned times)
{
    g_autoptr(GString) block = g_string_new(NULL);
    enum { IN_A_BLOCK = 1000 };
    for (unsigned i = 0; i < IN_A_BLOCK; i++)
        g_string_append(block, text);
    for (unsigned i = 0; i < times / IN_A_BLOCK; i++) {
        if (!say(peer, block->str))
            return false;
    }
    return true;
}

static bool say_deep(QmpPeer *peer)
{
    g_autoptr(GString) line = g_string_new("{\"return\": ");
    for (unsigned i = 0; i < 100; i++)
        g_string_append(line, "[");
    for (unsigned i = 0; i < 100; i++)
        g_string_append(line, "]");
    g_string_append(line, ", \"id\": \"2\"}\n");
    return say(peer, line->str);
}

static bool answer(QmpPeer *peer, const char *line, const char *id)
{
    if (strcmp(line, "!silence") == 0)
        return true;
    if (strcmp(line, "!close") == 0)
        return false;
    if (strcmp(line, "!long") == 0)
        return say_often(peer, "0123456789abcdef", 11 * 65536);
    if (strcmp(line, "!flood") == 0)
        return say_often(peer, "{\"event\": \"RTC_CHANGE\", \"data\": {\"offset\": 1}}\n", 1000000);
    if (strcmp(line, "!deep") == 0)
        return say_deep(peer);

    g_auto(GStrv) parts = g_strsplit(line, "$ID", -1);
    g_autofree char *text = g_strjoinv(id, parts);
    g_autofree char *ended = g_strconcat(text, "\n", NULL);
    return say(peer, ended);
}

static bool take_command(QmpPeer *peer, json_t *command)
{
    g_mutex_lock(&peer->lock);
    const char *line = *peer->script ? *peer->script++ : "{\"return\": {}, \"id\": \"$ID\"}";
    peer->commands++;
    g_cond_broadcast(&peer->seen);
    g_mutex_unlock(&peer->lock);
    if (strcmp(line, "!rest") == 0) {
        g_mutex_lock(&peer->lock);
        while (!peer->leaving)
            g_cond_wait(&peer->seen, &peer->lock);
        g_mutex_unlock(&peer->lock);
        return false;
    }
    const char *id = json_string_value(json_object_get(command, "id"));
    return answer(peer, line, id ? id : "");
}

static void *play(void *data)
{
    QmpPeer *peer = data;
    g_autoptr(GString) in = g_string_new(NULL);
    char bytes[4096];
    ssize_t n;

    if (peer->greeting) {
        g_autofree char *line = g_strconcat(peer->greeting, "\n", NULL);
        if (!say(peer, line))
            return NULL;
    }
    while ((n = recv(peer->fd, bytes, sizeof(bytes), 0)) > 0) {
        g_string_append_len(in, bytes, n);
        json_error_t where;
        json_t *command;
        while ((command = json_loadb(in->str, in->len, JSON_DISABLE_EOF_CHECK, &where))) {
            g_string_erase(in, 0, where.position);
            bool more = take_command(peer, command);
            json_decref(command);
            if (!more) {
                shutdown(peer->fd, SHUT_RDWR);
                return NULL;
            }
        }
    }
    return NULL;
}

QmpPeer *qmp_peer_new(const char *greeting, const char *const *script)
{
    QmpPeer *peer = g_new0(QmpPeer, 1);
    int pair[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    peer->fd = pair[0];
    peer->client_fd = pair[1];
    peer->greeting = greeting;
    peer->script = script;
    g_mutex_init(&peer->lock);
    g_cond_init(&peer->seen);
    peer->thread = g_thread_new("peer", play, peer);
    return peer;
}

int qmp_peer_take_fd(QmpPeer *peer)
{
    return rv_fd_steal(&peer->client_fd);
}

void qmp_peer_await(QmpPeer *peer, unsigned count)
{
    int64_t until = g_get_monotonic_time() + 5 * G_TIME_SPAN_SECOND;
    g_mutex_lock(&peer->lock);
    while (peer->commands < count && g_cond_wait_until(&peer->seen, &peer->lock, until))
        ;
    unsigned seen = peer->commands;
    g_mutex_unlock(&peer->lock);
    ck_assert_msg(seen >= count, "%u commands arrived, %u were awaited", seen, count);
}

void qmp_peer_say(QmpPeer *peer, const char *text)
{
    ck_assert(say(peer, text));
}

void qmp_peer_free(QmpPeer *peer)
{
    if (!peer)
        return;
    g_mutex_lock(&peer->lock);
    peer->leaving = true;
    g_cond_broadcast(&peer->seen);
    g_mutex_unlock(&peer->lock);
    shutdown(peer->fd, SHUT_RDWR);
    g_thread_join(peer->thread);
    rv_fd_close(&peer->fd);
    rv_fd_close(&peer->client_fd);
    g_mutex_clear(&peer->lock);
    g_cond_clear(&peer->seen);
    g_free(peer);
}
