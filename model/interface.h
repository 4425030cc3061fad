/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A network interface: what the guest sees, and what it is connected to on the host. */

#include "model/device.h"
#include "model/interface-port.h"

typedef enum {
    RV_INTERFACE_USER,
    RV_INTERFACE_ETHERNET,
    RV_INTERFACE_NETWORK,
    RV_INTERFACE_BRIDGE,
    RV_INTERFACE_VHOST_USER,
    RV_INTERFACE_SERVER,
    RV_INTERFACE_CLIENT,
    RV_INTERFACE_MCAST,
    RV_INTERFACE_UDP,
    RV_INTERFACE_INTERNAL,
    RV_INTERFACE_DIRECT,
    RV_INTERFACE_HOSTDEV,
    RV_INTERFACE_VDPA,
    RV_INTERFACE_NULL,
    RV_INTERFACE_TYPE_LAST,
} RvInterfaceType;
RV_ENUM_DECLARE(rv_interface_type, RvInterfaceType);

typedef struct {
    unsigned char bytes[6];
} RvMac;

/* What a virtio interface offers, and what its guest may use of it. */
typedef struct {
    RvTristate csum, gso, tso4, tso6, ecn, ufo, mrg_rxbuf;
} RvOffloads;

typedef struct {
    RvDevice device;
    RvInterfaceType type;
    bool managed; /* hostdev: the host lets go of the device by itself */
    RvTristate trust_rx_filters;
    RvMac mac; /* zero: not said; completed with 52:54:00 and three random bytes */
    char *mac_type; /* "generated", "static" */
    RvTristate mac_check;

    char *source; /* the network, bridge, device, path, name or address it is connected to */
    char *port_group;
    char *port_id;    /* of a running guest: a UUID */
    char *bridge;     /* of a running guest: that of its network */
    char *mode;       /* direct: "vepa", ...; vhostuser: "server", "client" */
    char *connection; /* vhostuser: "unix" */
    int port;         /* of a socket */
    char *local_address;
    int local_port;
    RvTristate reconnect;
    unsigned reconnect_timeout; /* s */
    RvHostAddress *host_address; /* hostdev */
    GPtrArray *host_ips;    /* RvIp: of the host's end */
    GPtrArray *host_routes; /* RvRoute */

    RvVlan *vlan;
    RvVirtualPort *virtual_port;
    RvBandwidth inbound, outbound;
    RvTristate isolated;
    GPtrArray *ips;    /* RvIp: of the guest's end */
    GPtrArray *routes; /* RvRoute */
    char *script, *down_script;
    char *backend_domain; /* xen */
    char *target; /* host-side device */
    RvTristate target_managed;
    char *guest_name, *guest_name_actual; /* containers: the device in the guest */
    char *model;

    char *driver_name, *tx_mode;
    RvTristate io_event_fd, event_idx, rss, rss_hash_report;
    unsigned queues, rx_queue_size, tx_queue_size; /* 0: not said */
    RvVirtioOptions virtio;
    RvOffloads host_offloads, guest_offloads;
    char *backend_tap, *backend_vhost;

    char *filter;
    GPtrArray *filter_parameters; /* RvFilterParameter */
    int64_t send_buffer; /* bytes; -1: not said */
    char *teaming;       /* "persistent", "transient" */
    char *teaming_with;  /* transient: the alias of the persistent one */
    char *link_state; /* "up", "down" or NULL */
    unsigned mtu;     /* bytes; 0: not said */
    unsigned max_rx_frames;
} RvInterface;

extern const RvXmlType rv_interface_xml;

/* Whether it is a device on the host, too: of type network, bridge or ethernet. */
bool rv_interface_has_host_end(const RvInterface *interface);

/* The bridge of the host that it is to be a port of: the one it names, or that of its network, once
 * that is known; NULL: none. */
const char *rv_interface_bridge(const RvInterface *interface);
