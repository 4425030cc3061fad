/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/share.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/error.h"
#include "base/fd.h"
#include "drivers/container/host.h"

static const char netns_folder[] = "/run/netns";

/* The namespace of a kind ("net") of a process that cannot have given its number to another. */
static int open_of_process(const RvProcessId *process, const char *kind, GError **error)
{
    rv_autofd int pidfd = rv_process_open(process, error);
    if (pidfd < 0)
        return -1;
    g_autofree char *path = g_strdup_printf("/proc/%d/ns/%s", (int)process->pid, kind);
    rv_autofd int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        rv_error_set_errno(error, errno, "cannot open '%s'", path);
    else if (rv_process_wait(pidfd, 0, NULL))
        rv_error_set(error, RV_ERR_OPERATION_FAILED, "process %d has ended", (int)process->pid);
    else
        return rv_fd_steal(&fd);
    return -1;
}

static int open_of_container(const RvGuest *guest, const char *name, const char *kind,
                             GError **error)
{
    RvProcessId process;
    if (container_host_find(guest->host, name, &process))
        return open_of_process(&process, kind, error);
    rv_error_set(error, RV_ERR_OPERATION_FAILED, "there is no running container '%s'", name);
    rv_error_remedy(error, "start it first");
    return -1;
}

static int open_of_pid(const char *text, const char *kind, GError **error)
{
    guint64 pid = 0;
    RvProcessId process = {0};
    if (!g_ascii_string_to_unsigned(text, 10, 1, G_MAXINT, &pid, NULL)) {
        rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED, "'%s' is no number of a process", text);
        return -1;
    }
    process.pid = (pid_t)pid;
    if (!rv_process_start_time(process.pid, &process.start_time, error))
        return -1;
    return open_of_process(&process, kind, error);
}

static int open_netns(const char *name, GError **error)
{
    g_autofree char *path = g_build_filename(netns_folder, name, NULL);
    if (!*name || *name == '.' || strchr(name, '/')) {
        rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED, "'%s' is no name of a network namespace",
                     name);
        return -1;
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        rv_error_set_errno(error, errno, "cannot open the network namespace '%s'", path);
        rv_error_remedy(error, "\"ip netns add %s\" makes one", name);
    }
    return fd;
}

static bool open_share(const RvGuest *guest, const RvLxcShare *share, const char *kind, int *ret_fd,
                       GError **error)
{
    if (!share)
        return true;
    if (share->type == RV_LXC_SHARE_NAME)
        *ret_fd = open_of_container(guest, share->value, kind, error);
    else if (share->type == RV_LXC_SHARE_PID)
        *ret_fd = open_of_pid(share->value, kind, error);
    else
        *ret_fd = open_netns(share->value, error);
    if (*ret_fd < 0)
        g_prefix_error(error, "cannot share the %s namespace: ", kind);
    return *ret_fd >= 0;
}

bool container_shares_open(const RvGuest *guest, ContainerShares *ret, GError **error)
{
    const RvLxcNamespace *wish = guest->def->lxc;
    *ret = (ContainerShares){-1, -1, -1};
    return !wish || (open_share(guest, wish->net, "net", &ret->net, error) &&
                     open_share(guest, wish->ipc, "ipc", &ret->ipc, error) &&
                     open_share(guest, wish->uts, "uts", &ret->uts, error));
}

void container_shares_clear(ContainerShares *shares)
{
    rv_fd_close(&shares->net);
    rv_fd_close(&shares->ipc);
    rv_fd_close(&shares->uts);
}
