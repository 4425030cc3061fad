/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/lease.h"

#include "model/xml-table.h"

static const RvXmlRow target_rows[] = {
    RV_XML_ATTRIBUTE(RvLease, path, "path", string, .flags = RV_XML_REQUIRED,
                     .doc = "Absolute path of the file that holds it."),
    RV_XML_ATTRIBUTE(RvLease, offset, "offset", uint64, .fallback = "0",
                     .doc = "Where in that file, in bytes."),
};
static const RvXmlType target = {RV_XML_ROWS(target_rows)};

static const RvXmlRow lease_rows[] = {
    RV_XML_LEAF(RvLease, lockspace, "lockspace", string, .doc = "The name of a space of locks."),
    RV_XML_LEAF(RvLease, key, "key", string, .flags = RV_XML_REQUIRED,
                .doc = "The name of the lock."),
    RV_XML_GROUP("target", &target, .flags = RV_XML_REQUIRED),
};
const RvXmlType rv_lease_xml = {
    .doc = "A lock that the guest holds while it runs.",
    .size = sizeof(RvLease),
    RV_XML_ROWS(lease_rows),
};
