/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/loan.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/netlink.h"
#include "drivers/container/addresses.h"
#include "drivers/container/guest.h"
#include "drivers/container/holder.h"

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
           container_addresses_add(inside, hostdev->path, hostdev->ips, hostdev->routes, true,
                                   error);
}

static char *key_of(const RvGuest *guest)
{
    g_autofree char *id = container_guest_id(guest);
    return g_strdup_printf("%s network", id);
}

static bool keep_network(const RvGuest *guest, pid_t pid, GError **error)
{
    g_autofree char *key = key_of(guest);
    g_autofree char *path = g_strdup_printf("/proc/%d/ns/net", (int)pid);
    rv_autofd int network = open(path, O_RDONLY | O_CLOEXEC);
    if (network >= 0)
        return container_holder_keep(guest->host, key, network, error);
    rv_error_set_errno(error, errno, "cannot open '%s'", path);
    return false;
}

bool container_loan_give(const RvGuest *guest, pid_t pid, GError **error)
{
    guint at = 0;
    const RvHostdev *hostdev = next(guest->def, &at);
    if (!hostdev)
        return true;
    if (!keep_network(guest, pid, error))
        return false;
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

void container_loan_end(const RvGuest *guest)
{
    guint at = 0;
    const RvHostdev *hostdev = next(guest->def, &at);
    if (!hostdev)
        return;
    g_autofree char *key = key_of(guest);
    g_autoptr(GError) error = NULL;
    rv_autofd int network = container_holder_borrow(guest->host, key);
    rv_autofd int inside = network < 0 ? -1 : rv_netlink_open_in(network, &error);
    for (; inside >= 0 && !error && hostdev; hostdev = next(guest->def, &at)) {
        RvLink link;
        if (rv_link_find(inside, hostdev->path, &link, NULL) &&
            !rv_link_move(inside, link.index, getpid(), hostdev->path, &error))
            g_prefix_error(&error, "'%s' does not come back: ", hostdev->path);
    }
    if (error)
        rv_log_warning("container '%s': %s", guest->def->name, error->message);
}
