/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Network devices by rtnetlink, one request and its answer at a time, on a socket of one network
 * namespace. Not for the I/O thread, though none of it waits for anything but the kernel.
 */

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* A socket in the network namespace of a process (0: our own); -1: an error. */
G_GNUC_WARN_UNUSED_RESULT int rv_netlink_open(pid_t pid, GError **error);
/* The same by a descriptor of the namespace. */
G_GNUC_WARN_UNUSED_RESULT int rv_netlink_open_in(int network, GError **error);

typedef struct {
    unsigned index;
    char alias[256]; /* what somebody wrote to it; "" */
    unsigned char mac[6];
    uint64_t rx_bytes, rx_packets, rx_errors, rx_dropped;
    uint64_t tx_bytes, tx_packets, tx_errors, tx_dropped;
} RvLink;

/* RV_ERR_DEVICE_MISSING: there is none of this name. */
G_GNUC_WARN_UNUSED_RESULT bool rv_link_find(int fd, const char *name, RvLink *ret, GError **error);

/* Deletes it. One that is not there is success. */
G_GNUC_WARN_UNUSED_RESULT bool rv_link_delete(int fd, const char *name, GError **error);

typedef struct {
    const char *name, *alias;      /* this end */
    const unsigned char *mac;      /* 6 bytes */
    const char *peer;              /* the other end, */
    pid_t peer_of;                 /* in the network namespace of this process */
    const unsigned char *peer_mac; /* 6 bytes */
    unsigned mtu;                  /* of both; 0: as usual */
} RvVeth;
G_GNUC_WARN_UNUSED_RESULT bool rv_link_add_veth(int fd, const RvVeth *veth, GError **error);

typedef struct {
    const char *name;
    pid_t of;                 /* in the network namespace of this process */
    unsigned lower;           /* index of the device that it is on */
    uint32_t mode;            /* MACVLAN_MODE_* */
    const unsigned char *mac; /* 6 bytes; without meaning where the mode is passthrough */
    unsigned mtu;             /* 0: that of the lower device */
} RvMacvlan;
G_GNUC_WARN_UNUSED_RESULT bool rv_link_add_macvlan(int fd, const RvMacvlan *macvlan,
                                                   GError **error);

typedef struct {
    const char *name, *alias;
    const unsigned char *mac; /* 6 bytes */
    unsigned mtu;             /* 0: as usual */
    bool stp;
    unsigned delay_ms;        /* until a port forwards packets */
} RvBridge;
/* RV_ERR_OPERATION_INVALID: there is a device of this name. */
G_GNUC_WARN_UNUSED_RESULT bool rv_link_add_bridge(int fd, const RvBridge *bridge, GError **error);

G_GNUC_WARN_UNUSED_RESULT bool rv_link_set_up(int fd, unsigned index, bool up, GError **error);
G_GNUC_WARN_UNUSED_RESULT bool rv_link_set_master(int fd, unsigned index, unsigned master,
                                                  GError **error);
G_GNUC_WARN_UNUSED_RESULT bool rv_link_set_mac(int fd, unsigned index, const unsigned char *mac,
                                               GError **error);
G_GNUC_WARN_UNUSED_RESULT bool rv_link_set_mtu(int fd, unsigned index, unsigned mtu, GError **error);
/* Gives it to the network namespace of a process, under a name. */
G_GNUC_WARN_UNUSED_RESULT bool rv_link_move(int fd, unsigned index, pid_t pid, const char *name,
                                            GError **error);

/* Addresses as text, of either family. `peer` (the other end of the line) and `gateway` may be NULL,
 * `prefix` 0 a default route. */
G_GNUC_WARN_UNUSED_RESULT bool rv_link_add_address(int fd, unsigned index, const char *address,
                                                   const char *peer, unsigned prefix,
                                                   GError **error);
G_GNUC_WARN_UNUSED_RESULT bool rv_link_add_route(int fd, unsigned index, const char *address,
                                                 unsigned prefix, const char *gateway,
                                                 unsigned metric, GError **error);
