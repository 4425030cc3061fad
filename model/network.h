/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A virtual network of the host: how guests on it reach each other and the world. */

#include "model/identity.h"
#include "model/interface.h"
#include "model/network-dns.h"
#include "model/network-ip.h"

typedef enum {
    RV_FORWARD_NONE, /* guests reach each other and the host */
    RV_FORWARD_NAT,
    RV_FORWARD_ROUTE,
    RV_FORWARD_OPEN,
    RV_FORWARD_BRIDGE,
    RV_FORWARD_PRIVATE,
    RV_FORWARD_VEPA,
    RV_FORWARD_PASSTHROUGH,
    RV_FORWARD_HOSTDEV,
    RV_FORWARD_LAST,
} RvForwardMode;
RV_ENUM_DECLARE(rv_forward_mode, RvForwardMode);

typedef struct {
    char *device;
    unsigned connections; /* live */
} RvForwardInterface;

typedef struct {
    RvForwardMode mode;
    char *device;
    bool managed;
    char *driver; /* "kvm", "vfio" */
    RvTristate nat_ipv6;
    char *nat_start, *nat_end;
    int port_start, port_end; /* -1: not said */
    char *function;           /* the device whose virtual functions are used */
    GPtrArray *interfaces;    /* RvForwardInterface */
    GPtrArray *addresses;     /* RvHostAddress */
} RvForward;

typedef struct {
    char *name;
    bool is_default;
    RvTristate trust_rx_filters;
    RvVlan *vlan;
    RvVirtualPort *virtual_port;
    RvBandwidth inbound, outbound;
} RvPortGroup;

typedef struct {
    GPtrArray *options; /* RvDnsmasqOption */
} RvDnsmasqOptions;

typedef struct {
    char *value;
} RvDnsmasqOption;

typedef struct {
    RvIdentity identity; /* first */
    unsigned connections; /* live: interfaces of running guests */
    bool ipv6;            /* guests may use it among themselves, though there is no such address */
    RvTristate trust_rx_filters;
    char *metadata;
    RvForward forward;
    char *bridge, *zone, *mac_table_manager;
    RvTristate stp;
    uint64_t delay; /* s */
    unsigned mtu;   /* 0: not said */
    RvMac mac;      /* zero: not said */
    char *domain;
    RvTristate domain_local_only;
    RvDns dns;
    RvVlan *vlan;
    RvBandwidth inbound, outbound;
    RvTristate isolated;
    GPtrArray *ips;    /* RvNetworkIp */
    GPtrArray *routes; /* RvRoute */
    RvVirtualPort *virtual_port;
    GPtrArray *port_groups;    /* RvPortGroup */
    RvDnsmasqOptions *options; /* NULL: none */
} RvNetworkDef;

extern const RvXmlType rv_network_xml, rv_forward_interface_xml, rv_port_group_xml;

/* Whether the network has a bridge that we make, with addresses: isolated, nat, route, open. */
bool rv_network_has_own_bridge(const RvNetworkDef *def);

/* Faults that more than one part makes; of the rows' own. */
void rv_network_check(RvXmlReader *reader, const RvXmlNode *node, const RvNetworkDef *def);

/* The group of this name, or (NULL) the default one; NULL: there is none. */
const RvPortGroup *rv_network_port_group(const RvNetworkDef *def, const char *name);
