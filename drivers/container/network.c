/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/network.h"

#include <linux/if_link.h>
#include <string.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/netlink.h"
#include "drivers/container/addresses.h"
#include "drivers/container/guest.h"

/* Whose a device is, written on it: a name may have been taken by somebody else. */
static char *mark_of(const RvGuest *guest)
{
    g_autofree char *id = container_guest_id(guest);
    return g_strdup_printf("reeve %s %08x", id, g_str_hash(guest->host->run_dir));
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

/* Two ends of a line, of which one is the host's. */
static bool add_pair(const Plug *plug, const RvInterface *interface, const char *name,
                     const char *inside, RvLink *ret_link, GError **error)
{
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
        .mtu = interface->mtu,
    };
    return rv_link_add_veth(plug->host, &veth, error) &&
           rv_link_find(plug->host, name, ret_link, error);
}

/* ---- Each kind ------------------------------------------------------------------------------ */

static bool plug_bridge(const Plug *plug, const RvInterface *interface, const char *name,
                        const char *inside, GError **error)
{
    RvLink link, bridge;
    const char *wanted = rv_interface_bridge(interface);
    if (!rv_link_find(plug->host, wanted, &bridge, error)) {
        rv_error_remedy(error, "make the bridge first: ip link add %s type bridge", wanted);
        return false;
    }
    return add_pair(plug, interface, name, inside, &link, error) &&
           rv_link_set_master(plug->host, link.index, bridge.index, error) &&
           rv_link_set_up(plug->host, link.index, true, error);
}

/* A line to the host alone, whose end has addresses and routes of its own. */
static bool plug_ethernet(const Plug *plug, const RvInterface *interface, const char *name,
                          const char *inside, GError **error)
{
    RvLink link;
    return add_pair(plug, interface, name, inside, &link, error) &&
           container_addresses_add(plug->host, name, interface->host_ips, interface->host_routes,
                                   true, error);
}

/* The host has no end of it: it goes with the container's network namespace. */
static bool plug_direct(const Plug *plug, const RvInterface *interface, const char *name,
                        const char *inside, GError **error)
{
    static const struct {
        const char *name;
        uint32_t mode;
    } modes[] = {{"vepa", MACVLAN_MODE_VEPA},
                 {"private", MACVLAN_MODE_PRIVATE},
                 {"bridge", MACVLAN_MODE_BRIDGE},
                 {"passthrough", MACVLAN_MODE_PASSTHRU}};
    RvLink lower, link;
    RvMacvlan macvlan = {
        .name = inside,
        .of = plug->pid,
        .mode = MACVLAN_MODE_VEPA,
        .mac = interface->mac.bytes,
        .mtu = interface->mtu,
    };
    for (size_t i = 0; i < G_N_ELEMENTS(modes); i++)
        if (g_strcmp0(interface->mode, modes[i].name) == 0)
            macvlan.mode = modes[i].mode;
    if (!rv_link_find(plug->host, interface->source, &lower, error))
        return false;
    macvlan.lower = lower.index;
    if (!rv_link_add_macvlan(plug->host, &macvlan, error)) {
        rv_error_remedy(error, "'%s' takes one interface of mode passthrough, or several of the "
                               "others, and none while it is a bridge's port", interface->source);
        return false;
    }
    /* There the kernel has taken the lower device's address, and gives ours to both. */
    return macvlan.mode != MACVLAN_MODE_PASSTHRU ||
           (rv_link_find(plug->inside, inside, &link, error) &&
            rv_link_set_mac(plug->inside, link.index, interface->mac.bytes, error));
}

typedef struct {
    bool (*plug)(const Plug *plug, const RvInterface *interface, const char *name,
                 const char *inside, GError **error);
    bool has_host_end;
} Kind;

static const Kind kinds[RV_INTERFACE_TYPE_LAST] = {
    [RV_INTERFACE_BRIDGE] = {plug_bridge, true},
    [RV_INTERFACE_NETWORK] = {plug_bridge, true},
    [RV_INTERFACE_ETHERNET] = {plug_ethernet, true},
    [RV_INTERFACE_DIRECT] = {plug_direct, false},
};

char *container_network_name(const RvGuest *guest, unsigned number)
{
    const RvInterface *interface = guest->def->interfaces->pdata[number];
    if (interface->target)
        return g_strdup(interface->target);
    g_autofree char *mark = mark_of(guest);
    return g_strdup_printf("vnet%08x%x", g_str_hash(mark), number);
}

/* As libvirt counts: those with names of their own are left out. */
static char *name_inside(const RvDomainDef *def, unsigned number)
{
    const RvInterface *interface = def->interfaces->pdata[number];
    unsigned unnamed = 0;
    for (unsigned i = 0; i < number; i++)
        unnamed += !((const RvInterface *)def->interfaces->pdata[i])->guest_name;
    return interface->guest_name ? g_strdup(interface->guest_name)
                                 : g_strdup_printf("eth%u", unnamed);
}

char *container_network_name_inside(const RvGuest *guest, unsigned number)
{
    const RvInterface *interface = guest->def->interfaces->pdata[number];
    return kinds[interface->type].has_host_end ? NULL : name_inside(guest->def, number);
}

static bool plug_one(const Plug *plug, RvGuest *guest, unsigned number, GError **error)
{
    RvInterface *interface = guest->def->interfaces->pdata[number];
    const Kind *kind = &kinds[interface->type];
    g_autofree char *name = container_network_name(guest, number);
    g_autofree char *inside = name_inside(guest->def, number);
    bool up = g_strcmp0(interface->link_state, "down") != 0;
    if (!kind->plug) {
        rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED, "it is of type '%s'",
                     rv_interface_type_to_string(interface->type));
        return false;
    }
    if ((kind->has_host_end && !clear_name(plug->host, name, plug->mark, error)) ||
        !kind->plug(plug, interface, name, inside, error))
        return false;
    if (!interface->target)
        interface->target = g_steal_pointer(&name);
    return container_addresses_add(plug->inside, inside, interface->ips, interface->routes, up,
                                   error);
}

/* The running definition tells them, as libvirt's does. From the last one on: each counts those
 * before it that have none. */
static void tell_names_inside(RvGuest *guest)
{
    for (unsigned i = guest->def->interfaces->len; i-- > 0;) {
        RvInterface *interface = guest->def->interfaces->pdata[i];
        if (!interface->guest_name)
            interface->guest_name = name_inside(guest->def, i);
    }
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
    tell_names_inside(guest);
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
