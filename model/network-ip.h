/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* An address of a network's bridge, and what is given to guests beside it. */

#include <glib.h>
#include <stdint.h>

#include "base/ip-address.h"
#include "base/enum.h"
#include "model/device.h"

typedef struct RvXmlType RvXmlType;

typedef enum { RV_LEASE_SECONDS, RV_LEASE_MINUTES, RV_LEASE_HOURS, RV_LEASE_UNIT_LAST } RvLeaseUnit;
RV_ENUM_DECLARE(rv_lease_unit, RvLeaseUnit);

typedef struct {
    uint64_t expiry; /* 0: never */
    RvLeaseUnit unit;
} RvLeaseTime;

typedef struct {
    char *start, *end;
    RvLeaseTime *lease; /* NULL: as usual */
} RvDhcpRange;

typedef struct {
    char *mac, *id, *name, *ip;
    RvLeaseTime *lease;
} RvDhcpHost;

typedef struct {
    char *family, *address, *netmask;
    unsigned prefix; /* 0: not said */
    RvTristate local_ptr;
    char *tftp_root;
    GPtrArray *ranges; /* RvDhcpRange */
    GPtrArray *hosts;  /* RvDhcpHost */
    char *boot_file, *boot_server;
} RvNetworkIp;

extern const RvXmlType rv_network_ip_xml, rv_dhcp_range_xml, rv_dhcp_host_xml;

/* Of one that was checked. */
RvIpAddress rv_network_ip_address(const RvNetworkIp *ip);
unsigned rv_network_ip_prefix(const RvNetworkIp *ip);
bool rv_network_ip_has_dhcp(const RvNetworkIp *ip);
