/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/loan.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/netlink.h"
#include "drivers/container/addresses.h"

/* The next one from *at on. */
static const RvHostdev *next(const RvDomainDef *def, guint *at)
{
    while (*at < def->hostdevs->len) {
        const RvHostdev *hostdev = def->hostdevs->pdata[(*at)++];
        if (hostdev->mode == RV_HOSTDEV_CAPABILITIES && hostdev->type == RV_HOSTDEV_NET)
            return hostdev;
    }
    return NULL;
}

static bool give_one(int host, int inside, pid_t pid, const RvHostdev *hostdev, GError **error)
{
    RvLink link;
    if (!rv_link_find(host, hostdev->path, &link, error)) {
        rv_error_remedy(error, "see whether another container has it");
        return false;
    }
    return rv_link_move(host, link.index, pid, hostdev->path, error) &&
           container_addresses_add(inside, hostdev->path, hostdev->ips, hostdev->routes, true, error);
}

bool container_loan_give(const RvGuest *guest, pid_t pid, GError **error)
{
    guint at = 0;
    const RvHostdev *hostdev = next(guest->def, &at);
    if (!hostdev)
        return true;
    rv_autofd int host = rv_netlink_open(0, error);
    rv_autofd int inside = host < 0 ? -1 : rv_netlink_open(pid, error);
    for (; inside >= 0 && hostdev; hostdev = next(guest->def, &at)) {
        if (give_one(host, inside, pid, hostdev, error))
            continue;
        g_prefix_error(error, "cannot give '%s' to '%s': ", hostdev->path, guest->def->name);
        return false;
    }
    return inside >= 0;
}

int container_loan_hold(const RvGuest *guest, pid_t pid)
{
    guint at = 0;
    if (!pid || !next(guest->def, &at))
        return -1;
    g_autofree char *path = g_strdup_printf("/proc/%d/ns/net", (int)pid);
    return open(path, O_RDONLY | O_CLOEXEC);
}

void container_loan_end(const RvGuest *guest, int network)
{
    guint at = 0;
    const RvHostdev *hostdev;
    g_autoptr(GError) error = NULL;
    rv_autofd int inside = network < 0 ? -1 : rv_netlink_open_in(network, &error);
    while (inside >= 0 && !error && (hostdev = next(guest->def, &at))) {
        RvLink link;
        if (rv_link_find(inside, hostdev->path, &link, NULL) &&
            !rv_link_move(inside, link.index, getpid(), hostdev->path, &error))
            g_prefix_error(&error, "'%s' does not come back: ", hostdev->path);
    }
    if (error)
        rv_log_warning("container '%s': %s", guest->def->name, error->message);
}
