/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/network.h"

#include <string.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/netlink.h"
#include "drivers/container/guest.h"

/* Whose a device is, written on it: a name may have been taken by somebody else. */
static char *mark_of(const RvGuest *guest)
{
    g_autofree char *id = container_guest_id(guest);
    return g_strdup_printf("reeve %s %08x", id, g_str_hash(guest->host->run_dir));
}

char *container_network_name(const RvGuest *guest, unsigned number)
{
    const RvInterface *interface = guest->def->interfaces->pdata[number];
    if (interface->target)
        return g_strdup(interface->target);
    g_autofree char *mark = mark_of(guest);
    return g_strdup_printf("vnet%08x%x", g_str_hash(mark), number);
}

/* What an earlier start has left goes, what is somebody else's stays. */
static bool clear_name(int fd, const char *name, const char *mark, GError **error)
{
    RvLink link;
    if (!rv_link_find(fd, name, &link, NULL))
        return true;
    if (strcmp(link.alias, mark) == 0)
        return rv_link_delete(fd, name, error);
    rv_error_set(error, RV_ERR_OPERATION_FAILED, "there is a network device '%s' already", name);
    rv_error_remedy(error, "leave <target dev='%s'/> out, or choose another name", name);
    return false;
}

typedef struct {
    int host, inside; /* rtnetlink sockets */
    pid_t pid;
    const char *mark;
} Plug;

static bool plug_bridge(const Plug *plug, const RvInterface *interface, const char *name,
                        const char *inside, GError **error)
{
    RvLink link, bridge;
    /* A bridge takes the lowest address of its ports for its own: not this one, then. */
    RvMac mac = interface->mac;
    mac.bytes[0] = 0xfe;
    const RvVeth veth = {
        .name = name,
        .alias = plug->mark,
        .mac = mac.bytes,
        .peer = inside,
        .peer_of = plug->pid,
        .peer_mac = interface->mac.bytes,
    };
    if (!rv_link_find(plug->host, interface->source, &bridge, error)) {
        rv_error_remedy(error, "make the bridge first: ip link add %s type bridge",
                        interface->source);
        return false;
    }
    return rv_link_add_veth(plug->host, &veth, error) &&
           rv_link_find(plug->host, name, &link, error) &&
           rv_link_set_master(plug->host, link.index, bridge.index, error) &&
           rv_link_set_up(plug->host, link.index, true, error);
}

static bool plug_one(const Plug *plug, RvGuest *guest, unsigned number, GError **error)
{
    RvInterface *interface = guest->def->interfaces->pdata[number];
    g_autofree char *name = container_network_name(guest, number);
    g_autofree char *inside = g_strdup_printf("eth%u", number);
    RvLink link;
    if (!clear_name(plug->host, name, plug->mark, error) ||
        !plug_bridge(plug, interface, name, inside, error))
        return false;
    if (!interface->target)
        interface->target = g_steal_pointer(&name);
    bool up = g_strcmp0(interface->link_state, "down") != 0;
    return !up || (rv_link_find(plug->inside, inside, &link, error) &&
                   rv_link_set_up(plug->inside, link.index, true, error));
}

bool container_network_plug(RvGuest *guest, pid_t pid, GError **error)
{
    if (guest->def->interfaces->len == 0)
        return true;
    g_autofree char *mark = mark_of(guest);
    rv_autofd int host = rv_netlink_open(0, error);
    rv_autofd int inside = host < 0 ? -1 : rv_netlink_open(pid, error);
    const Plug plug = {host, inside, pid, mark};
    for (unsigned i = 0; inside >= 0 && i < guest->def->interfaces->len; i++) {
        if (plug_one(&plug, guest, i, error))
            continue;
        g_prefix_error(error, "cannot connect interface %u of '%s': ", i + 1, guest->def->name);
        return false;
    }
    return inside >= 0;
}

void container_network_unplug(const RvGuest *guest)
{
    g_autoptr(GError) error = NULL;
    if (guest->def->interfaces->len == 0)
        return;
    g_autofree char *mark = mark_of(guest);
    rv_autofd int host = rv_netlink_open(0, &error);
    for (unsigned i = 0; host >= 0 && i < guest->def->interfaces->len; i++) {
        g_autofree char *name = container_network_name(guest, i);
        RvLink link;
        if (rv_link_find(host, name, &link, NULL) && strcmp(link.alias, mark) == 0 &&
            !rv_link_delete(host, name, &error))
            break;
    }
    if (error)
        rv_log_warning("container '%s': %s", guest->def->name, error->message);
}
