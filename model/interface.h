/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/device.h"

typedef enum {
    RV_INTERFACE_USER,
    RV_INTERFACE_ETHERNET,
    RV_INTERFACE_NETWORK,
    RV_INTERFACE_BRIDGE,
    RV_INTERFACE_TYPE_LAST,
} RvInterfaceType;
RV_ENUM_DECLARE(rv_interface_type, RvInterfaceType);

typedef struct {
    unsigned char bytes[6];
} RvMac;

typedef struct {
    RvDevice device;
    RvInterfaceType type;
    RvMac mac; /* zero: not said; completed with 52:54:00 and three random bytes */
    char *source; /* name of the network or bridge */
    char *script; /* that connects it: Xen's, and others' */
    char *target; /* host-side device */
    char *model;
    char *link_state; /* "up", "down" or NULL */
} RvInterface;

extern const RvXmlType rv_interface_xml;
