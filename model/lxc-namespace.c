/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/lxc-namespace.h"

#include "base/error.h"
#include "model/xml-table.h"

#define NS (&rv_lxc_namespace)

const RvXmlNamespace rv_lxc_namespace = {
    .prefix = "lxc",
    .uri = "http://libvirt.org/schemas/domain/lxc/1.0",
};

RV_ENUM(rv_lxc_share_type, RvLxcShareType, RV_LXC_SHARE_LAST, "none", "name", "netns", "pid");

static const RvXmlRow share_rows[] = {
    RV_XML_ATTRIBUTE(RvLxcShare, type, "type", enum, .names = rv_lxc_share_type_names, .min = 1,
                     .flags = RV_XML_REQUIRED, .bad_code = RV_ERR_INTERNAL,
                     .missing_code = RV_ERR_INTERNAL,
                     .doc = "Whose it is: name, another container's; netns, one that ip-netns(8) "
                            "has made; pid, that of a process of the host."),
    RV_XML_ATTRIBUTE(RvLxcShare, value, "value", string,
                     .flags = RV_XML_REQUIRED | RV_XML_KEEP_EMPTY,
                     .missing_code = RV_ERR_INTERNAL, .doc = "Its name or number."),
};
static const RvXmlType share = {.size = sizeof(RvLxcShare), RV_XML_ROWS(share_rows)};

static const RvXmlRow namespace_rows[] = {
    RV_XML_CHILD_OF(NS, RvLxcNamespace, net, "sharenet", &share, .doc = "Network interfaces."),
    RV_XML_CHILD_OF(NS, RvLxcNamespace, ipc, "shareipc", &share,
                    .doc = "Message queues and shared memory."),
    RV_XML_CHILD_OF(NS, RvLxcNamespace, uts, "shareuts", &share, .doc = "The host name."),
};
const RvXmlType rv_lxc_namespace_xml = {
    .doc = "Namespaces that the container shares with others instead of having its own.",
    .size = sizeof(RvLxcNamespace),
    RV_XML_ROWS(namespace_rows),
    .unknown_code = RV_ERR_CONFIG_UNSUPPORTED,
};
