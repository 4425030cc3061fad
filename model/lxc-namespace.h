/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* <lxc:namespace>, an extension of libvirt's: which of the kernel's namespaces a container does not
 * have of its own. */

#include "base/enum.h"
#include "model/xml-node.h"

typedef enum {
    RV_LXC_SHARE_NONE,
    RV_LXC_SHARE_NAME,  /* that of another container */
    RV_LXC_SHARE_NETNS, /* one that "ip netns" knows */
    RV_LXC_SHARE_PID,   /* that of a process of the host */
    RV_LXC_SHARE_LAST,
} RvLxcShareType;
RV_ENUM_DECLARE(rv_lxc_share_type, RvLxcShareType);

typedef struct {
    RvLxcShareType type;
    char *value;
} RvLxcShare;

typedef struct {
    RvLxcShare *net, *ipc, *uts; /* NULL: of its own */
} RvLxcNamespace;

extern const RvXmlNamespace rv_lxc_namespace;
typedef struct RvXmlType RvXmlType;
extern const RvXmlType rv_lxc_namespace_xml;
