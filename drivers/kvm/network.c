/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/network.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/netlink.h"
#include "drivers/kvm/device-models.h"
#include "drivers/kvm/guest.h"

/* One that somebody else has made and looks after. */
static bool is_lent(const RvInterface *interface)
{
    return interface->type == RV_INTERFACE_ETHERNET &&
           interface->target_managed == RV_TRISTATE_OFF;
}

/* The kernel takes the device away with its last descriptor, however that comes to be closed. */
static int open_tap(const RvInterface *interface, const char *name, GError **error)
{
    bool with_headers = g_str_has_prefix(interface->model, "virtio");
    struct ifreq ask = {.ifr_flags = (short)(IFF_TAP | IFF_NO_PI)};
    if (with_headers)
        ask.ifr_flags |= IFF_VNET_HDR;
    if (!is_lent(interface))
        ask.ifr_flags |= (short)IFF_TUN_EXCL;
    g_strlcpy(ask.ifr_name, name, sizeof(ask.ifr_name));
    rv_autofd int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (fd >= 0 && ioctl(fd, TUNSETIFF, &ask) == 0)
        return rv_fd_steal(&fd);
    int fault = errno;
    if (fault == EBUSY) {
        rv_error_set(error, RV_ERR_OPERATION_INVALID, "there is a network device '%s' already", name);
        rv_error_remedy(error, "leave <target dev='%s'/> out, or choose another name", name);
        return -1;
    }
    rv_error_set_errno(error, fault, "cannot make the network device '%s'", name);
    if (fault == EPERM)
        rv_error_remedy(error, "a daemon that is not root's has <interface type='user'> only");
    return -1;
}

static bool plug(const RvInterface *interface, const char *name, GError **error)
{
    RvLink link, bridge;
    /* A bridge takes the lowest address of its ports for its own: not this one, then. */
    RvMac mac = interface->mac;
    mac.bytes[0] = 0xfe;
    rv_autofd int netlink = rv_netlink_open(0, error);
    if (netlink < 0 || !rv_link_find(netlink, name, &link, error) ||
        !rv_link_set_mac(netlink, link.index, mac.bytes, error) ||
        (interface->mtu && !rv_link_set_mtu(netlink, link.index, interface->mtu, error)))
        return false;
    const char *wanted = rv_interface_bridge(interface);
    if (wanted && !rv_link_find(netlink, wanted, &bridge, error)) {
        rv_error_remedy(error, "make the bridge first: ip link add %s type bridge", wanted);
        return false;
    }
    return (!wanted || rv_link_set_master(netlink, link.index, bridge.index, error)) &&
           rv_link_set_up(netlink, link.index, true, error);
}

/* The kernel would make one that is not there. */
static bool check_lent(const RvInterface *interface, GError **error)
{
    if (!interface->target) {
        rv_error_set(error, RV_ERR_INTERNAL, "target dev must be supplied when managed='no'");
        return false;
    }
    RvLink link;
    rv_autofd int netlink = rv_netlink_open(0, error);
    if (netlink < 0)
        return false;
    if (rv_link_find(netlink, interface->target, &link, NULL))
        return true;
    rv_error_set(error, RV_ERR_INTERNAL, "there is no network device '%s', which is not to be made",
                 interface->target);
    rv_error_remedy(error, "make it first: ip tuntap add %s mode tap; or leave managed='no' out",
                    interface->target);
    return false;
}

int kvm_network_open(RvGuest *guest, unsigned number, GError **error)
{
    RvInterface *interface = guest->def->interfaces->pdata[number];
    if (is_lent(interface) && !check_lent(interface, error))
        return -1;
    if (!interface->target)
        interface->target =
            g_strdup_printf("vnet%08x%x", g_str_hash(kvm_guest(guest)->folder), number);
    rv_autofd int fd = open_tap(interface, interface->target, error);
    if (fd < 0 || (!is_lent(interface) && !plug(interface, interface->target, error)))
        return -1;
    return rv_fd_steal(&fd);
}
