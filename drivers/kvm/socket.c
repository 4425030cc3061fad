/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"

typedef int (*SocketFunc)(int fd, const struct sockaddr *address, socklen_t len);

/* Binds or connects `fd` to FOLDER/NAME by the folder's descriptor. */
static bool apply(SocketFunc func, int fd, const char *folder, const char *name, int *ret_folder)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    *ret_folder = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (*ret_folder < 0)
        return false;
    int n = g_snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/%s",
                       *ret_folder, name);
    if ((size_t)n >= sizeof(address.sun_path)) {
        errno = ENAMETOOLONG;
        return false;
    }
    return func(fd, (const struct sockaddr *)&address, sizeof(address)) == 0;
}

int kvm_socket_listen(const char *folder, const char *name, GError **error)
{
    rv_autofd int dir = -1;
    g_autofree char *path = g_build_filename(folder, name, NULL);
    rv_autofd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    unlink(path);
    if (fd < 0 || !apply(bind, fd, folder, name, &dir) || chmod(path, 0600) < 0 ||
        listen(fd, 1) < 0) {
        rv_error_set_errno(error, errno, "cannot make the socket '%s'", path);
        return -1;
    }
    return rv_fd_steal(&fd);
}

int kvm_socket_connect(const char *folder, const char *name, GError **error)
{
    rv_autofd int dir = -1;
    rv_autofd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && apply(connect, fd, folder, name, &dir))
        return rv_fd_steal(&fd);
    if (errno == EAGAIN)
        rv_error_set(error, RV_ERR_OPERATION_TIMEOUT,
                     "the emulator does not take connections to its '%s'", name);
    else
        rv_error_set_errno(error, errno, "cannot connect to '%s/%s'", folder, name);
    return -1;
}

bool kvm_socket_check_peer(int fd, pid_t pid, uid_t uid, GError **error)
{
    struct ucred peer;
    socklen_t len = sizeof(peer);
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0) {
        rv_error_set_errno(error, errno, "cannot tell who is behind the emulator's socket");
        return false;
    }
    if (peer.pid == pid && peer.uid == uid)
        return true;
    rv_error_set(error, RV_ERR_OPERATION_FAILED,
                 "behind the emulator's socket is process %d of user %u, not %d of user %u",
                 (int)peer.pid, (unsigned)peer.uid, (int)pid, (unsigned)uid);
    return false;
}
