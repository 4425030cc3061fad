/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/holder.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/process.h"
#include "drivers/container/holder-protocol.h"
#include "drivers/container/host.h"

enum { ANSWER_SECONDS = 10 };

/* In the build tree it stands where it was built. */
static char *program_path(void)
{
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *folder = g_path_get_dirname(self ? self : "");
    g_autofree char *built =
        g_build_filename(folder, "..", "drivers", "container", "reeve-console-holder", NULL);
    if (access(built, X_OK) == 0)
        return g_steal_pointer(&built);
    return g_build_filename(LIBEXECDIR, "reeve", "reeve-console-holder", NULL);
}

static bool make_address(const RvDriverHost *host, struct sockaddr_un *address, GError **error)
{
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (g_snprintf(address->sun_path, sizeof(address->sun_path), "%s/consoles", host->run_dir) <
        (int)sizeof(address->sun_path))
        return true;
    rv_error_set(error, RV_ERR_OPERATION_FAILED, "'%s' is too long for a socket in it",
                 host->run_dir);
    return false;
}

static int connect_once(const struct sockaddr_un *address)
{
    const struct timeval patience = {.tv_sec = ANSWER_SECONDS};
    rv_autofd int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) < 0 ||
        connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0)
        return -1;
    return rv_fd_steal(&fd);
}

static bool launch(const struct sockaddr_un *address, GError **error)
{
    rv_autofd int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    unlink(address->sun_path);
    if (fd < 0 || bind(fd, (const struct sockaddr *)address, sizeof(*address)) < 0 ||
        chmod(address->sun_path, 0600) < 0 || listen(fd, 128) < 0) {
        rv_error_set_errno(error, errno, "cannot make '%s'", address->sun_path);
        return false;
    }
    g_autofree char *program = program_path();
    g_autoptr(RvSpawn) spawn = rv_spawn_new(program);
    rv_spawn_arg(spawn, address->sun_path); /* for people: whose it is */
    rv_spawn_pass_fd(spawn, rv_fd_steal(&fd));
    rv_spawn_confine(spawn);
    return rv_spawn_start(spawn, NULL, NULL, error);
}

static int connect_holder(const RvDriverHost *host, bool start, GError **error)
{
    struct sockaddr_un address;
    if (!make_address(host, &address, error))
        return -1;
    ContainerHost *container = container_host(host);
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&container->lock);
    int fd = connect_once(&address);
    if (fd < 0 && start && launch(&address, error))
        fd = connect_once(&address);
    if (fd < 0 && error && !*error)
        rv_error_set_errno(error, errno, "cannot reach what keeps the consoles, at '%s'",
                           address.sun_path);
    return fd;
}

/* ---- Messages ------------------------------------------------------------------------------- */

static bool send_request(int fd, const HolderRequest *request, const int *fds, unsigned n)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int) * HOLDER_MAX_FDS)];
    } control = {0};
    struct iovec part = {.iov_base = (void *)request, .iov_len = sizeof(*request)};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (n) {
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * n);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int) * n);
        memcpy(CMSG_DATA(header), fds, sizeof(int) * n);
    }
    return sendmsg(fd, &message, MSG_NOSIGNAL) == (ssize_t)sizeof(*request);
}

int container_holder_receive_fd(int socket)
{
    char bytes[256];
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec part = {.iov_base = bytes, .iov_len = sizeof(bytes)};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof(control.bytes)};
    if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) < 0)
        return -1;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    int fd = -1;
    if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
        memcpy(&fd, CMSG_DATA(header), sizeof(fd));
    return fd;
}

/* One request and its answer. It may have ended just when it was asked: then another is started. */
static bool ask(const RvDriverHost *host, HolderVerb verb, const char *key, const int *fds,
                unsigned n, GError **error)
{
    HolderRequest request = {.verb = verb};
    g_strlcpy(request.key, key, sizeof(request.key));
    for (int attempt = 0; attempt < 2; attempt++) {
        HolderAnswer answer;
        rv_autofd int fd = connect_holder(host, verb == HOLDER_ADD || verb == HOLDER_KEEP, error);
        if (fd < 0)
            return false;
        if (!send_request(fd, &request, fds, n) ||
            recv(fd, &answer, sizeof(answer), 0) != (ssize_t)sizeof(answer))
            continue;
        if (answer.error == 0)
            return true;
        rv_error_set_errno(error, answer.error, "the console '%s' cannot be used", key);
        return false;
    }
    rv_error_set(error, RV_ERR_OPERATION_FAILED, "what keeps the consoles does not answer");
    return false;
}

bool container_holder_add(const RvDriverHost *host, const char *key, int terminal, int log,
                          GError **error)
{
    const int fds[] = {terminal, log};
    return ask(host, HOLDER_ADD, key, fds, log >= 0 ? 2 : 1, error);
}

int container_holder_attach(const RvDriverHost *host, const char *key, GError **error)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0) {
        rv_error_set_errno(error, errno, "cannot make a stream");
        return -1;
    }
    rv_autofd int ours = ends[0], its = ends[1];
    return ask(host, HOLDER_ATTACH, key, &its, 1, error) ? rv_fd_steal(&ours) : -1;
}

bool container_holder_keep(const RvDriverHost *host, const char *key, int fd, GError **error)
{
    return ask(host, HOLDER_KEEP, key, &fd, 1, error);
}

int container_holder_borrow(const RvDriverHost *host, const char *key)
{
    HolderRequest request = {.verb = HOLDER_LEND};
    g_autoptr(GError) error = NULL;
    g_strlcpy(request.key, key, sizeof(request.key));
    rv_autofd int fd = connect_holder(host, false, &error);
    return fd >= 0 && send_request(fd, &request, NULL, 0) ? container_holder_receive_fd(fd) : -1;
}

void container_holder_drop(const RvDriverHost *host, const char *prefix)
{
    g_autoptr(GError) error = NULL;
    (void)!ask(host, HOLDER_DROP, prefix, NULL, 0, &error);
}
