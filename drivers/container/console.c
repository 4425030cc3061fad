/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/console.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "drivers/container/guest.h"
#include "drivers/container/holder.h"
#include "drivers/guest-log.h"

enum { HANDED_OVER_MS = 5000 };

void container_console_name(RvDomainDef *def)
{
    for (guint i = 0; i < def->consoles->len; i++) {
        RvChardev *console = def->consoles->pdata[i];
        g_free(console->device.alias);
        console->device.alias = g_strdup_printf("console%u", i);
    }
}

char *container_console_socket(const char *folder)
{
    return g_build_filename(folder, "console", NULL);
}

int container_console_listen(const char *folder, GError **error)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    g_autofree char *path = container_console_socket(folder);
    if (strlen(path) >= sizeof(address.sun_path)) {
        rv_error_set(error, RV_ERR_OPERATION_FAILED, "'%s' is too long for a socket", path);
        rv_error_remedy(error, "give the daemon a shorter --root");
        return -1;
    }
    g_strlcpy(address.sun_path, path, sizeof(address.sun_path));
    rv_autofd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
        listen(fd, 1) == 0)
        return rv_fd_steal(&fd);
    rv_error_set_errno(error, errno, "cannot make '%s'", path);
    return -1;
}

/* Waits for what has been sent already, or will be soon. */
static bool is_ready(int fd)
{
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    return poll(&ready, 1, HANDED_OVER_MS) == 1;
}

int container_console_receive(int socket, GError **error)
{
    rv_autofd int peer = is_ready(socket) ? accept4(socket, NULL, NULL, SOCK_CLOEXEC) : -1;
    int terminal = peer >= 0 && is_ready(peer) ? container_holder_receive_fd(peer) : -1;
    if (terminal < 0)
        rv_error_set(error, RV_ERR_OPERATION_FAILED, "the runtime handed no terminal over");
    return terminal;
}

static char *key_of(const RvGuest *guest, const char *alias)
{
    g_autofree char *id = container_guest_id(guest);
    return g_strdup_printf("%s %s", id, alias);
}

/* All output of the first console, as people want to read it later. */
static int open_log(const RvGuest *guest, GError **error)
{
    g_autofree char *path = rv_guest_log_path(guest->host, guest->def->name);
    int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0600);
    if (fd < 0)
        rv_error_set_errno(error, errno, "cannot write '%s'", path);
    return fd;
}

bool container_console_take(const RvGuest *guest, int socket, GError **error)
{
    rv_autofd int terminal = container_console_receive(socket, error);
    rv_autofd int log = terminal < 0 ? -1 : open_log(guest, error);
    if (log < 0)
        return false;
    g_autofree char *key = key_of(guest, "console0");
    return container_holder_add(guest->host, key, terminal, log, error);
}

/* A terminal of the host's, which the container finds under another name. */
static int open_terminal(const ContainerIds *ids, char *path, size_t size, GError **error)
{
    enum { TTY_GROUP = 5 };
    unsigned uid = 0, gid = 0;
    rv_autofd int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    bool mapped = container_ids_map(ids->uids, 0, &uid);
    if (!container_ids_map(ids->gids, TTY_GROUP, &gid))
        mapped = mapped && container_ids_map(ids->gids, 0, &gid);
    if (fd >= 0 && mapped && unlockpt(fd) == 0 && ptsname_r(fd, path, size) == 0 &&
        chown(path, uid, gid) == 0 && chmod(path, 0620) == 0)
        return rv_fd_steal(&fd);
    rv_error_set_errno(error, errno, "cannot make a terminal for the container");
    return -1;
}

bool container_console_open_others(const RvGuest *guest, const ContainerIds *ids, json_t *mounts,
                                   GArray *terminals, GError **error)
{
    for (guint i = 1; i < guest->def->consoles->len; i++) {
        char path[64];
        int fd = open_terminal(ids, path, sizeof(path), error);
        if (fd < 0)
            return false;
        g_array_append_val(terminals, fd);
        g_autofree char *target = g_strdup_printf("/dev/tty%u", i + 1);
        json_array_append_new(mounts, json_pack("{s:s, s:s, s:s, s:[s]}", "destination", target,
                                                "type", "bind", "source", path, "options",
                                                "bind"));
    }
    return true;
}

bool container_console_take_others(const RvGuest *guest, const GArray *terminals, GError **error)
{
    for (guint i = 0; i < terminals->len; i++) {
        g_autofree char *alias = g_strdup_printf("console%u", i + 1);
        g_autofree char *key = key_of(guest, alias);
        if (!container_holder_add(guest->host, key, g_array_index(terminals, int, i), -1, error))
            return false;
    }
    return true;
}

void container_console_drop(const RvGuest *guest)
{
    g_autofree char *id = container_guest_id(guest);
    container_holder_drop(guest->host, id);
}

static bool has_console(const RvDomainDef *def, const char *alias)
{
    for (guint i = 0; i < def->consoles->len; i++) {
        const RvChardev *console = def->consoles->pdata[i];
        if (g_strcmp0(console->device.alias, alias) == 0)
            return true;
    }
    return false;
}

static int open_console(RvGuest *guest, const char *alias, int *ret_keep, GError **error)
{
    const char *name = alias ? alias : "console0";
    if (!has_console(guest->def, name)) {
        rv_error_set(error, RV_ERR_INTERNAL, "cannot find character device %s", name);
        return -1;
    }
    g_autofree char *key = key_of(guest, name);
    return container_holder_attach(guest->host, key, error);
}

const RvConsoleOps container_console_ops = {.open = open_console};
