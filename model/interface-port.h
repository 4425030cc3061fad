/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a port of a switch has, and what else stands behind a network interface on the host: VLAN
 * tags, a profile, limits, addresses and routes, parameters of a filter. */

#include <glib.h>

#include "base/uuid.h"
#include "model/device.h"

typedef struct RvXmlReader RvXmlReader;
typedef struct RvXmlNode RvXmlNode;

/* One direction; kilobytes a second, and kilobytes in a burst. 0: not said. */
typedef struct {
    uint64_t average, peak, burst, floor;
} RvBandwidth;

typedef struct {
    unsigned id;
    char *native_mode; /* "tagged", "untagged" */
} RvVlanTag;

typedef struct {
    char *trunk;     /* "yes" or NULL */
    GPtrArray *tags; /* RvVlanTag */
} RvVlan;

typedef enum {
    RV_VIRTUAL_PORT_NONE,
    RV_VIRTUAL_PORT_8021QBG,
    RV_VIRTUAL_PORT_8021QBH,
    RV_VIRTUAL_PORT_OPENVSWITCH,
    RV_VIRTUAL_PORT_MIDONET,
    RV_VIRTUAL_PORT_LAST,
} RvVirtualPortType;
RV_ENUM_DECLARE(rv_virtual_port_type, RvVirtualPortType);

typedef struct {
    RvVirtualPortType type;
    int manager_id, type_id, type_id_version; /* -1: not said */
    RvUuid instance_id, interface_id;
    char *profile_id;
} RvVirtualPort;

typedef struct {
    char *address, *family, *peer;
    unsigned prefix;
} RvIp;

typedef struct {
    char *family, *address, *netmask, *gateway;
    int prefix, metric; /* -1 and 0: not said */
} RvRoute;

typedef struct {
    char *name, *value;
} RvFilterParameter;

typedef enum { RV_HOST_ADDRESS_PCI, RV_HOST_ADDRESS_USB, RV_HOST_ADDRESS_LAST } RvHostAddressType;
RV_ENUM_DECLARE(rv_host_address_type, RvHostAddressType);

/* A device of the host that becomes the guest's interface. */
typedef struct {
    RvHostAddressType type;
    RvPciAddress pci;
    unsigned usb_bus, usb_device;
} RvHostAddress;

/* How many bits of its address name the network: as it says, or as libvirt takes it. */
G_GNUC_WARN_UNUSED_RESULT bool rv_route_prefix(const RvRoute *route, unsigned *ret, GError **error);

extern const RvXmlType rv_bandwidth_xml, rv_vlan_xml, rv_virtual_port_xml, rv_ip_xml, rv_route_xml,
    rv_filter_parameter_xml, rv_host_address_xml;

/* `node` is <bandwidth>; a floor is for what comes in from a network. */
void rv_bandwidth_check(RvXmlReader *reader, const RvXmlNode *node, const RvBandwidth *inbound,
                        const RvBandwidth *outbound, bool of_network);

/* For interfaces without a network, which has no type to add. `node` is <virtualport>. */
void rv_virtual_port_check(RvXmlReader *reader, const RvXmlNode *node, const RvVirtualPort *port);

/* Gives an identity to a port that needs one and has none. */
void rv_virtual_port_complete(RvVirtualPort *port);
