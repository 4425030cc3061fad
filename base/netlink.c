/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/netlink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"

enum { ANSWER_SECONDS = 5, ANSWER_BYTES = 32768 };

/* ---- Sockets -------------------------------------------------------------------------------- */

static int open_here(void)
{
    const struct timeval patience = {.tv_sec = ANSWER_SECONDS};
    rv_autofd int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0)
        return -1;
    return rv_fd_steal(&fd);
}

typedef struct {
    int ns, fd, errnum;
} There;

/* A thread of its own, that need not come back. */
static void *open_there(void *data)
{
    There *there = data;
    there->fd = setns(there->ns, CLONE_NEWNET) == 0 ? open_here() : -1;
    there->errnum = errno;
    return NULL;
}

static int judge_socket(int fd, int errnum, GError **error)
{
    if (fd < 0)
        rv_error_set_errno(error, errnum, "cannot reach the kernel's network devices");
    return fd;
}

int rv_netlink_open_in(int network, GError **error)
{
    There there = {.ns = network, .fd = -1};
    g_thread_join(g_thread_new("netlink", open_there, &there));
    return judge_socket(there.fd, there.errnum, error);
}

int rv_netlink_open(pid_t pid, GError **error)
{
    if (!pid) {
        int fd = open_here();
        return judge_socket(fd, errno, error);
    }
    g_autofree char *path = g_strdup_printf("/proc/%d/ns/net", (int)pid);
    rv_autofd int ns = open(path, O_RDONLY | O_CLOEXEC);
    return ns < 0 ? judge_socket(-1, errno, error) : rv_netlink_open_in(ns, error);
}

/* ---- Messages ------------------------------------------------------------------------------- */

typedef struct {
    union {
        struct nlmsghdr header;
        char bytes[2048];
    };
} Message;

static void begin(Message *message, uint16_t type, uint16_t flags, const void *body, size_t len)
{
    memset(message, 0, sizeof(*message));
    message->header.nlmsg_type = type;
    message->header.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags);
    message->header.nlmsg_len = (uint32_t)NLMSG_LENGTH(len);
    memcpy(NLMSG_DATA(&message->header), body, len);
}

static void put(Message *message, unsigned short type, const void *data, size_t len)
{
    size_t at = NLMSG_ALIGN(message->header.nlmsg_len);
    g_assert(at + RTA_SPACE(len) <= sizeof(message->bytes));
    struct rtattr *attribute = (void *)(message->bytes + at);
    *attribute = (struct rtattr){(unsigned short)RTA_LENGTH(len), type};
    if (len)
        memcpy(RTA_DATA(attribute), data, len);
    message->header.nlmsg_len = (uint32_t)(at + RTA_LENGTH(len));
}

static void put_text(Message *message, unsigned short type, const char *text)
{
    put(message, type, text, strlen(text) + 1);
}

static void put_number(Message *message, unsigned short type, uint32_t number)
{
    put(message, type, &number, sizeof(number));
}

static void put_mtu(Message *message, unsigned mtu)
{
    if (mtu)
        put_number(message, IFLA_MTU, mtu);
}

static size_t open_nest(Message *message, unsigned short type)
{
    size_t at = NLMSG_ALIGN(message->header.nlmsg_len);
    put(message, type, NULL, 0);
    return at;
}

static void close_nest(Message *message, size_t at)
{
    struct rtattr *attribute = (void *)(message->bytes + at);
    attribute->rta_len = (unsigned short)(message->header.nlmsg_len - at);
}

/* Whether it was done; errno says why not. The first message of the answer that is no
 * acknowledgement goes to `ret` (may be NULL), of ANSWER_BYTES. */
static bool transact(int fd, Message *message, char *ret)
{
    static int sequence;
    message->header.nlmsg_seq = (uint32_t)g_atomic_int_add(&sequence, 1);
    if (send(fd, message, message->header.nlmsg_len, 0) < 0)
        return false;
    for (;;) {
        g_autofree char *answer = g_malloc(ANSWER_BYTES);
        ssize_t got = recv(fd, answer, ANSWER_BYTES, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return false;
        unsigned left = (unsigned)got;
        for (struct nlmsghdr *at = (void *)answer; NLMSG_OK(at, left); at = NLMSG_NEXT(at, left)) {
            if (at->nlmsg_seq != message->header.nlmsg_seq)
                continue;
            if (at->nlmsg_type == NLMSG_ERROR) {
                errno = -((struct nlmsgerr *)NLMSG_DATA(at))->error;
                return errno == 0;
            }
            if (ret)
                memcpy(ret, at, at->nlmsg_len);
        }
    }
}

static bool judge(bool done, const char *what, const char *name, GError **error)
{
    if (!done)
        rv_error_set_errno(error, errno, "cannot %s network device '%s'", what, name);
    return done;
}

/* ---- Links ---------------------------------------------------------------------------------- */

static void take_attribute(const struct rtattr *attribute, RvLink *ret)
{
    struct rtnl_link_stats64 stats;
    if (attribute->rta_type == IFLA_IFALIAS) {
        g_strlcpy(ret->alias, RTA_DATA(attribute), sizeof(ret->alias));
    } else if (attribute->rta_type == IFLA_ADDRESS && RTA_PAYLOAD(attribute) == 6) {
        memcpy(ret->mac, RTA_DATA(attribute), 6);
    } else if (attribute->rta_type == IFLA_STATS64 && RTA_PAYLOAD(attribute) >= 8 * 8) {
        memcpy(&stats, RTA_DATA(attribute), MIN(sizeof(stats), RTA_PAYLOAD(attribute)));
        ret->rx_bytes = stats.rx_bytes;
        ret->rx_packets = stats.rx_packets;
        ret->rx_errors = stats.rx_errors;
        ret->rx_dropped = stats.rx_dropped;
        ret->tx_bytes = stats.tx_bytes;
        ret->tx_packets = stats.tx_packets;
        ret->tx_errors = stats.tx_errors;
        ret->tx_dropped = stats.tx_dropped;
    }
}

bool rv_link_find(int fd, const char *name, RvLink *ret, GError **error)
{
    Message message;
    const struct ifinfomsg info = {.ifi_family = AF_UNSPEC};
    g_autofree char *answer = g_malloc0(ANSWER_BYTES);
    *ret = (RvLink){0};
    begin(&message, RTM_GETLINK, 0, &info, sizeof(info));
    put_text(&message, IFLA_IFNAME, name);
    if (!transact(fd, &message, answer)) {
        if (errno == ENODEV)
            rv_error_set(error, RV_ERR_DEVICE_MISSING, "there is no network device '%s'", name);
        else
            judge(false, "find", name, error);
        return false;
    }
    const struct nlmsghdr *header = (void *)answer;
    const struct ifinfomsg *found = NLMSG_DATA(header);
    unsigned left = (unsigned)IFLA_PAYLOAD(header);
    ret->index = (unsigned)found->ifi_index;
    for (struct rtattr *at = IFLA_RTA(found); RTA_OK(at, left); at = RTA_NEXT(at, left))
        take_attribute(at, ret);
    return true;
}

bool rv_link_delete(int fd, const char *name, GError **error)
{
    Message message;
    const struct ifinfomsg info = {.ifi_family = AF_UNSPEC};
    begin(&message, RTM_DELLINK, 0, &info, sizeof(info));
    put_text(&message, IFLA_IFNAME, name);
    bool done = transact(fd, &message, NULL);
    return judge(done || errno == ENODEV, "delete", name, error);
}

bool rv_link_add_veth(int fd, const RvVeth *veth, GError **error)
{
    Message message;
    const struct ifinfomsg info = {.ifi_family = AF_UNSPEC};
    begin(&message, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &info, sizeof(info));
    put_text(&message, IFLA_IFNAME, veth->name);
    put(&message, IFLA_ADDRESS, veth->mac, 6);
    put_mtu(&message, veth->mtu);
    size_t link = open_nest(&message, IFLA_LINKINFO);
    put_text(&message, IFLA_INFO_KIND, "veth");
    size_t data = open_nest(&message, IFLA_INFO_DATA);
    put(&message, VETH_INFO_PEER, &info, sizeof(info));
    size_t peer = message.header.nlmsg_len - RTA_LENGTH(sizeof(info));
    put_text(&message, IFLA_IFNAME, veth->peer);
    put(&message, IFLA_ADDRESS, veth->peer_mac, 6);
    put_mtu(&message, veth->mtu);
    put_number(&message, IFLA_NET_NS_PID, (uint32_t)veth->peer_of);
    close_nest(&message, peer);
    close_nest(&message, data);
    close_nest(&message, link);
    if (!judge(transact(fd, &message, NULL), "make", veth->name, error))
        return false;
    /* Not taken by the kernel while it is made. */
    begin(&message, RTM_NEWLINK, 0, &info, sizeof(info));
    put_text(&message, IFLA_IFNAME, veth->name);
    put_text(&message, IFLA_IFALIAS, veth->alias);
    return judge(transact(fd, &message, NULL), "mark", veth->name, error);
}

bool rv_link_add_macvlan(int fd, const RvMacvlan *macvlan, GError **error)
{
    Message message;
    const struct ifinfomsg info = {.ifi_family = AF_UNSPEC};
    begin(&message, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &info, sizeof(info));
    put_text(&message, IFLA_IFNAME, macvlan->name);
    put(&message, IFLA_ADDRESS, macvlan->mac, 6);
    put_mtu(&message, macvlan->mtu);
    put_number(&message, IFLA_LINK, macvlan->lower);
    put_number(&message, IFLA_NET_NS_PID, (uint32_t)macvlan->of);
    size_t link = open_nest(&message, IFLA_LINKINFO);
    put_text(&message, IFLA_INFO_KIND, "macvlan");
    size_t data = open_nest(&message, IFLA_INFO_DATA);
    put_number(&message, IFLA_MACVLAN_MODE, macvlan->mode);
    close_nest(&message, data);
    close_nest(&message, link);
    return judge(transact(fd, &message, NULL), "make", macvlan->name, error);
}

bool rv_link_add_bridge(int fd, const RvBridge *bridge, GError **error)
{
    Message message;
    const struct ifinfomsg info = {.ifi_family = AF_UNSPEC};
    begin(&message, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &info, sizeof(info));
    put_text(&message, IFLA_IFNAME, bridge->name);
    put(&message, IFLA_ADDRESS, bridge->mac, 6);
    put_mtu(&message, bridge->mtu);
    size_t link = open_nest(&message, IFLA_LINKINFO);
    put_text(&message, IFLA_INFO_KIND, "bridge");
    size_t data = open_nest(&message, IFLA_INFO_DATA);
    /* In the kernel's hundredths of a second. */
    put_number(&message, IFLA_BR_FORWARD_DELAY, bridge->delay_ms / 10);
    put_number(&message, IFLA_BR_STP_STATE, bridge->stp);
    close_nest(&message, data);
    close_nest(&message, link);
    if (!transact(fd, &message, NULL)) {
        if (errno != EEXIST)
            return judge(false, "make", bridge->name, error);
        rv_error_set(error, RV_ERR_OPERATION_INVALID, "there is a network device '%s' already",
                     bridge->name);
        return false;
    }
    begin(&message, RTM_NEWLINK, 0, &info, sizeof(info));
    put_text(&message, IFLA_IFNAME, bridge->name);
    put_text(&message, IFLA_IFALIAS, bridge->alias);
    return judge(transact(fd, &message, NULL), "mark", bridge->name, error);
}

static bool set(int fd, unsigned index, const struct ifinfomsg *change, unsigned short type,
                const void *value, size_t len, const char *what, GError **error)
{
    Message message;
    g_autofree char *number = g_strdup_printf("%u", index);
    begin(&message, RTM_NEWLINK, 0, change, sizeof(*change));
    if (type)
        put(&message, type, value, len);
    return judge(transact(fd, &message, NULL), what, number, error);
}

bool rv_link_set_up(int fd, unsigned index, bool up, GError **error)
{
    const struct ifinfomsg change = {
        .ifi_index = (int)index, .ifi_flags = up ? IFF_UP : 0, .ifi_change = IFF_UP};
    return set(fd, index, &change, 0, NULL, 0, up ? "switch on" : "switch off", error);
}

bool rv_link_set_master(int fd, unsigned index, unsigned master, GError **error)
{
    const struct ifinfomsg change = {.ifi_index = (int)index};
    const uint32_t value = master;
    return set(fd, index, &change, IFLA_MASTER, &value, sizeof(value), "plug into a bridge", error);
}

bool rv_link_set_mac(int fd, unsigned index, const unsigned char *mac, GError **error)
{
    const struct ifinfomsg change = {.ifi_index = (int)index};
    return set(fd, index, &change, IFLA_ADDRESS, mac, 6, "give its address to", error);
}

bool rv_link_set_mtu(int fd, unsigned index, unsigned mtu, GError **error)
{
    const struct ifinfomsg change = {.ifi_index = (int)index};
    uint32_t bytes = mtu;
    return set(fd, index, &change, IFLA_MTU, &bytes, sizeof(bytes), "change the MTU of", error);
}

bool rv_link_move(int fd, unsigned index, pid_t pid, const char *name, GError **error)
{
    Message message;
    const struct ifinfomsg change = {.ifi_index = (int)index};
    begin(&message, RTM_NEWLINK, 0, &change, sizeof(change));
    put_text(&message, IFLA_IFNAME, name);
    put_number(&message, IFLA_NET_NS_PID, (uint32_t)pid);
    return judge(transact(fd, &message, NULL), "give away", name, error);
}

/* ---- Addresses and routes ------------------------------------------------------------------- */

typedef struct {
    unsigned char family;
    unsigned char bytes[16];
    size_t len;
} Address;

static bool parse(const char *text, Address *ret, GError **error)
{
    bool v6 = strchr(text, ':') != NULL;
    *ret = (Address){.family = v6 ? AF_INET6 : AF_INET, .len = v6 ? 16 : 4};
    if (inet_pton(ret->family, text, ret->bytes) == 1)
        return true;
    rv_error_set(error, RV_ERR_INVALID_ARG, "'%s' is not an IP address", text);
    return false;
}

bool rv_link_add_address(int fd, unsigned index, const char *text, const char *peer,
                         unsigned prefix, GError **error)
{
    Message message;
    Address address, other;
    if (!parse(text, &address, error) || !parse(peer ? peer : text, &other, error))
        return false;
    const struct ifaddrmsg body = {.ifa_family = address.family,
                                   .ifa_prefixlen = (unsigned char)prefix,
                                   .ifa_index = index,
                                   .ifa_flags = address.family == AF_INET6 ? IFA_F_NODAD : 0};
    begin(&message, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &body, sizeof(body));
    put(&message, IFA_LOCAL, address.bytes, address.len);
    put(&message, IFA_ADDRESS, other.bytes, other.len);
    return judge(transact(fd, &message, NULL), "give an address to", text, error);
}

bool rv_link_add_route(int fd, unsigned index, const char *text, unsigned prefix,
                       const char *gateway, unsigned metric, GError **error)
{
    Message message;
    Address to, via;
    if (!parse(text, &to, error) || (gateway && !parse(gateway, &via, error)))
        return false;
    const struct rtmsg body = {.rtm_family = to.family,
                               .rtm_dst_len = (unsigned char)prefix,
                               .rtm_table = RT_TABLE_MAIN,
                               .rtm_protocol = RTPROT_STATIC,
                               .rtm_scope = gateway ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK,
                               .rtm_type = RTN_UNICAST};
    begin(&message, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &body, sizeof(body));
    if (prefix)
        put(&message, RTA_DST, to.bytes, to.len);
    if (gateway)
        put(&message, RTA_GATEWAY, via.bytes, via.len);
    if (metric)
        put_number(&message, RTA_PRIORITY, metric);
    put_number(&message, RTA_OIF, index);
    return judge(transact(fd, &message, NULL), "route by", text, error);
}
