/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/server.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "daemon/console.h"
#include "daemon/session.h"
#include "daemon/settings.h"

enum {
    BACKLOG = 1024,
    ACCEPTS_A_TURN = 64,
    MAX_REFUSED = 64, /* clients over a limit that get to hear so; more are just closed */
    OTHER_FDS = 1024, /* what the daemon needs beside its clients' */
    LOGS_A_SECOND = 10,
};

const RvServerLimits rv_server_default_limits = {
    .max_clients = 5000,
    .max_clients_per_user = 256,
    .root_clients = 16,
    .max_client_jobs = 16,
    .keepalive_ms = 5000,
    .keepalive_count = 5,
    .silent_ms = 10 * 1000,
    .half_message_ms = 10 * 1000,
    .unread_ms = 60 * 1000,
    .tick_ms = 1000,
    .max_unread = 4 << 20,
    .max_user_memory = 256 << 20,
};

typedef struct {
    RvServer *server;
    int fd;
    RvWatch *watch;
    bool read_only;
    char *path;
    dev_t device; /* of the file, to know it again */
    ino_t inode;
} Listener;

typedef struct {
    uid_t uid;
    unsigned clients; /* served, not refused */
    size_t memory;
} User;

struct RvServer {
    RvCore *core;
    RvServerLimits limits;
    GPtrArray *listeners;
    GQueue sessions;
    GHashTable *users; /* uid -> User */
    unsigned served, refused;
    int spare_fd; /* given up to accept and close when there is no other descriptor left */
    bool paused;  /* the listeners, until the next tick */
    RvTimer *timer;
    int64_t log_second; /* in which so much was logged: */
    unsigned logged;
    char scratch[RV_SERVER_SCRATCH_SIZE];
};

/* ---- Users ---------------------------------------------------------------------------------- */

static User *get_user(RvServer *server, uid_t uid)
{
    User *user = g_hash_table_lookup(server->users, GUINT_TO_POINTER(uid));
    if (!user) {
        user = g_new0(User, 1);
        user->uid = uid;
        g_hash_table_insert(server->users, GUINT_TO_POINTER(uid), user);
    }
    return user;
}

static void put_user(RvServer *server, User *user)
{
    if (user->clients == 0 && user->memory == 0)
        g_hash_table_remove(server->users, GUINT_TO_POINTER(user->uid));
}

bool rv_server_charge(RvServer *server, uid_t uid, ssize_t bytes)
{
    User *user = get_user(server, uid);
    user->memory += (size_t)bytes;
    bool within = uid == 0 || bytes <= 0 || user->memory <= server->limits.max_user_memory;
    put_user(server, user);
    return within;
}

/* NULL: welcome. */
static GError *refuse(RvServer *server, uid_t uid)
{
    const RvServerLimits *limits = &server->limits;
    unsigned bound = limits->max_clients - (uid == 0 ? 0 : limits->root_clients);
    GError *error = NULL;
    if (server->served >= bound) {
        rv_error_set(&error, RV_ERR_RESOURCE_BUSY, "%u clients are connected, no more are taken",
                     server->served);
        rv_error_remedy(&error, "close some, or raise max_clients in reeved.conf");
    } else if (uid != 0 && get_user(server, uid)->clients >= limits->max_clients_per_user) {
        rv_error_set(&error, RV_ERR_RESOURCE_BUSY,
                     "user %u has %u connections, no more are taken", (unsigned)uid,
                     limits->max_clients_per_user);
        rv_error_remedy(&error, "close some, or raise max_clients_per_user in reeved.conf");
    }
    return error;
}

/* ---- Sessions ------------------------------------------------------------------------------- */

const RvServerLimits *rv_server_limits(const RvServer *server)
{
    return &server->limits;
}

RvCore *rv_server_core(const RvServer *server)
{
    return server->core;
}

char *rv_server_scratch(RvServer *server)
{
    return server->scratch;
}

unsigned rv_server_client_count(const RvServer *server)
{
    return server->served;
}

bool rv_server_may_log(RvServer *server)
{
    int64_t second = g_get_monotonic_time() / G_USEC_PER_SEC;
    if (server->log_second != second) {
        if (server->logged > LOGS_A_SECOND)
            rv_log_info("%u more such connections in one second",
                        server->logged - LOGS_A_SECOND);
        server->log_second = second;
        server->logged = 0;
    }
    return ++server->logged <= LOGS_A_SECOND;
}

static void set_paused(RvServer *server, bool paused)
{
    server->paused = paused;
    for (guint i = 0; i < server->listeners->len; i++) {
        Listener *listener = server->listeners->pdata[i];
        rv_watch_set_events(listener->watch, paused ? 0 : EPOLLIN);
    }
}

static void tick(void *data)
{
    RvServer *server = data;
    int64_t now = g_get_monotonic_time();
    if (server->paused)
        set_paused(server, false);
    for (GList *link = server->sessions.head; link; link = link->next)
        rv_session_tick(link->data, now);
}

/* The tick runs only while there is something to tick for. */
static void update_timer(RvServer *server)
{
    bool wanted = server->sessions.length > 0 || server->paused;
    if (wanted && !server->timer)
        server->timer = rv_timer_new(server->core->loop, server->limits.tick_ms, tick, server);
    else if (!wanted)
        g_clear_pointer(&server->timer, rv_timer_free);
}

void rv_server_forget(RvServer *server, RvSession *session)
{
    g_queue_unlink(&server->sessions, &session->link);
    if (session->refusal) {
        server->refused--;
    } else {
        User *user = get_user(server, session->uid);
        server->served--;
        user->clients--;
        put_user(server, user);
    }
    update_timer(server);
    rv_session_unref(session);
}

static void welcome(RvServer *server, int fd, bool read_only)
{
    rv_autofd int owned = fd;
    struct ucred peer;
    socklen_t len = sizeof(peer);
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
        return;

    GError *refusal = refuse(server, peer.uid);
    if (refusal) {
        rv_log_debug("refused a client of user %u: %s", (unsigned)peer.uid, refusal->message);
        if (server->refused >= MAX_REFUSED) {
            g_error_free(refusal);
            return;
        }
        server->refused++;
    } else {
        server->served++;
        get_user(server, peer.uid)->clients++;
    }
    RvSession *session = rv_session_new(server, rv_fd_steal(&owned), &peer, read_only, refusal);
    g_queue_push_tail_link(&server->sessions, &session->link);
    update_timer(server);
}

/* ---- Listeners ------------------------------------------------------------------------------ */

/* No descriptor is left: a client that stays in the queue would wake us forever, so one is taken
 * with the spare descriptor and closed. False: not even that worked. */
static bool turn_away(RvServer *server, int listen_fd)
{
    rv_fd_close(&server->spare_fd);
    rv_autofd int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);
    bool turned_away = fd >= 0;
    rv_fd_close(&fd);
    server->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    return turned_away;
}

static void on_connect(RvWatch *watch, uint32_t events, void *data)
{
    Listener *listener = data;
    RvServer *server = listener->server;
    for (unsigned i = 0; i < ACCEPTS_A_TURN; i++) {
        int fd = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd >= 0) {
            welcome(server, fd, listener->read_only);
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            if (turn_away(server, listener->fd))
                continue;
            set_paused(server, true);
            update_timer(server);
            return;
        } else if (errno != EINTR && errno != ECONNABORTED) {
            return;
        }
    }
}

static void listener_free(void *data)
{
    Listener *listener = data;
    struct stat st;
    if (listener->path && listener->inode != 0 && lstat(listener->path, &st) == 0 &&
        st.st_dev == listener->device && st.st_ino == listener->inode)
        unlink(listener->path);
    rv_watch_free(listener->watch);
    rv_fd_close(&listener->fd);
    g_free(listener->path);
    g_free(listener);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Listener, listener_free)

static bool fill_address(const char *path, struct sockaddr_un *ret, GError **error)
{
    *ret = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(ret->sun_path)) {
        rv_error_set(error, RV_ERR_INVALID_ARG, "the path of socket '%s' is longer than %zu bytes",
                     path, sizeof(ret->sun_path) - 1);
        return false;
    }
    memcpy(ret->sun_path, path, strlen(path));
    return true;
}

static void tell_occupied(int fd, const char *path, GError **error)
{
    struct ucred peer = {.pid = -1};
    socklen_t len = sizeof(peer);
    g_autofree char *comm = NULL;
    if (fd >= 0 && getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0) {
        g_autofree char *proc = g_strdup_printf("/proc/%d/comm", (int)peer.pid);
        if (g_file_get_contents(proc, &comm, NULL, NULL))
            g_strchomp(comm);
    }
    rv_error_set(error, RV_ERR_OPERATION_FAILED, "socket '%s' is in use by pid %d (%s)", path,
                 (int)peer.pid, comm ? comm : "unknown");
    rv_error_remedy(error, "stop that daemon first, or give reeved another --root");
}

/* Removes what a dead daemon left; anything else that is there is an error. */
static bool clear_way(const struct sockaddr_un *address, GError **error)
{
    const char *path = address->sun_path;
    struct stat st;
    if (lstat(path, &st) < 0) {
        if (errno == ENOENT)
            return true;
        rv_error_set_errno(error, errno, "cannot look at '%s'", path);
        return false;
    }
    if (!S_ISSOCK(st.st_mode)) {
        rv_error_set(error, RV_ERR_OPERATION_FAILED, "'%s' is there, but is not a socket", path);
        return false;
    }

    rv_autofd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 ||
        errno == EAGAIN) {
        tell_occupied(fd, path, error);
        return false;
    }
    if (errno != ECONNREFUSED || (unlink(path) < 0 && errno != ENOENT)) {
        rv_error_set_errno(error, errno, "cannot replace socket '%s'", path);
        return false;
    }
    return true;
}

/* Bound with no rights at all first, so that nobody comes in before owner and mode are right. */
static bool bind_socket(Listener *listener, const struct sockaddr_un *address, mode_t mode,
                        gid_t group, GError **error)
{
    const char *path = address->sun_path;
    listener->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener->fd < 0) {
        rv_error_set_errno(error, errno, "cannot make socket '%s'", path);
        return false;
    }
    mode_t old = umask(0777);
    int result = bind(listener->fd, (const struct sockaddr *)address, sizeof(*address));
    umask(old);
    struct stat st;
    if (result < 0 || lstat(path, &st) < 0) {
        rv_error_set_errno(error, errno, "cannot bind socket '%s'", path);
        return false;
    }
    listener->device = st.st_dev;
    listener->inode = st.st_ino;
    if ((group != (gid_t)-1 && chown(path, (uid_t)-1, group) < 0) || chmod(path, mode) < 0) {
        rv_error_set_errno(error, errno, "cannot set owner and mode of socket '%s'", path);
        return false;
    }
    if (listen(listener->fd, BACKLOG) < 0) {
        rv_error_set_errno(error, errno, "cannot listen on socket '%s'", path);
        return false;
    }
    return true;
}

bool rv_server_listen(RvServer *server, const char *path, mode_t mode, gid_t group, bool read_only,
                      GError **error)
{
    struct sockaddr_un address;
    if (!fill_address(path, &address, error) || !clear_way(&address, error))
        return false;

    g_autoptr(Listener) listener = g_new0(Listener, 1);
    listener->server = server;
    listener->fd = -1;
    listener->read_only = read_only;
    listener->path = g_strdup(path);
    if (!bind_socket(listener, &address, mode, group, error))
        return false;
    listener->watch = rv_watch_new(server->core->loop, listener->fd, EPOLLIN, on_connect, listener);
    g_ptr_array_add(server->listeners, g_steal_pointer(&listener));
    return true;
}

void rv_server_stop_listening(RvServer *server)
{
    g_ptr_array_set_size(server->listeners, 0);
}

/* ---- The server ----------------------------------------------------------------------------- */

static RvServerLimits limits_of(const RvSettings *settings)
{
    RvServerLimits limits = rv_server_default_limits;
    limits.max_clients = (unsigned)rv_settings_int(settings, "max_clients");
    limits.max_clients_per_user = (unsigned)rv_settings_int(settings, "max_clients_per_user");
    limits.root_clients = (unsigned)rv_settings_int(settings, "root_clients");
    limits.root_clients = MIN(limits.root_clients, limits.max_clients - 1);
    limits.max_client_jobs = (unsigned)rv_settings_int(settings, "max_client_jobs");
    limits.keepalive_ms = 1000 * (unsigned)rv_settings_int(settings, "keepalive_interval");
    limits.keepalive_count = (unsigned)rv_settings_int(settings, "keepalive_count");
    return limits;
}

static void raise_descriptor_limit(const RvServerLimits *limits)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return;
    rlim_t wanted = MIN(limit.rlim_max, (rlim_t)limits->max_clients + OTHER_FDS);
    if (limit.rlim_cur >= wanted)
        return;
    limit.rlim_cur = wanted;
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
        rv_log_warning("cannot raise the limit of open files: %s", g_strerror(errno));
}

RvServer *rv_server_new(RvCore *core, const RvServerLimits *limits)
{
    RvServer *server = g_new0(RvServer, 1);
    server->core = core;
    server->limits = limits ? *limits : limits_of(core->settings);
    server->listeners = g_ptr_array_new_with_free_func(listener_free);
    server->users = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    server->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    raise_descriptor_limit(&server->limits);
    core->guest_ended = rv_console_finish;
    return server;
}

void rv_server_free(RvServer *server)
{
    if (!server)
        return;
    g_ptr_array_unref(server->listeners);
    while (server->sessions.head)
        rv_session_close(server->sessions.head->data);
    g_clear_pointer(&server->timer, rv_timer_free);
    g_hash_table_unref(server->users);
    rv_fd_close(&server->spare_fd);
    g_free(server);
}
