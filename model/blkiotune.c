/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/blkiotune.h"

#include "base/error.h"

#define MAX_DEVICES 1024

#define LIMIT(field, name_, kind_, doc_)                                                           \
    RV_XML_LEAF(RvBlkioDevice, field, name_, kind_, .bad_code = RV_ERR_CONFIG_UNSUPPORTED,         \
                .fallback = "no limit", .doc = doc_)

static const RvXmlRow device_rows[] = {
    RV_XML_LEAF(RvBlkioDevice, path, "path", string, .flags = RV_XML_REQUIRED,
                .missing_code = RV_ERR_CONFIG_UNSUPPORTED,
                .doc = "Absolute path of a block device of the host."),
    RV_XML_LEAF(RvBlkioDevice, weight, "weight", uint, .bad_code = RV_ERR_CONFIG_UNSUPPORTED,
                .doc = "The guest's share of it, beside that of others."),
    LIMIT(read_iops, "read_iops_sec", uint, "Reads in a second."),
    LIMIT(write_iops, "write_iops_sec", uint, "Writes in a second."),
    LIMIT(read_bytes, "read_bytes_sec", uint64, "Bytes read in a second."),
    LIMIT(write_bytes, "write_bytes_sec", uint64, "Bytes written in a second."),
};
static const RvXmlType device = {
    .doc = "One device of the host.",
    .size = sizeof(RvBlkioDevice),
    RV_XML_ROWS(device_rows),
};

static const RvXmlRow rows[] = {
    RV_XML_LEAF(RvBlkiotune, weight, "weight", uint,
                .doc = "The guest's share of all devices, beside that of others."),
    RV_XML_LIST(RvBlkiotune, devices, "device", &device, .max = MAX_DEVICES),
};

/* As libvirt does it: what limits nothing is not kept. */
static void check(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    GPtrArray *devices = ((RvBlkiotune *)object)->devices;
    for (unsigned i = devices->len; i-- > 0;) {
        RvBlkioDevice *at = devices->pdata[i];
        if (!at->weight && !at->read_iops && !at->write_iops && !at->read_bytes &&
            !at->write_bytes)
            rv_xml_free(&device, g_ptr_array_remove_index(devices, i));
    }
}

const RvXmlType rv_blkiotune_xml = {
    .doc = "The guest's share of the host's block devices.",
    .size = sizeof(RvBlkiotune),
    RV_XML_ROWS(rows),
    .check = check,
};
