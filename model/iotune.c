/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/disk.h"

#include "model/xml-table.h"

#define LEAF(field, name, ...) RV_XML_LEAF(RvIoTune, field, name, uint64, .doc = __VA_ARGS__)

/* In the order in which libvirt writes them. */
static const RvXmlRow iotune_rows[] = {
    LEAF(limit.total_bytes, "total_bytes_sec", "Bytes a second, read and written."),
    LEAF(limit.read_bytes, "read_bytes_sec", "Bytes a second, read."),
    LEAF(limit.write_bytes, "write_bytes_sec", "Bytes a second, written."),
    LEAF(limit.total_iops, "total_iops_sec", "Operations a second."),
    LEAF(limit.read_iops, "read_iops_sec", "Operations a second that read."),
    LEAF(limit.write_iops, "write_iops_sec", "Operations a second that write."),
    LEAF(burst.total_bytes, "total_bytes_sec_max", "The same for a short time."),
    LEAF(burst.read_bytes, "read_bytes_sec_max", "The same for a short time."),
    LEAF(burst.write_bytes, "write_bytes_sec_max", "The same for a short time."),
    LEAF(burst.total_iops, "total_iops_sec_max", "The same for a short time."),
    LEAF(burst.read_iops, "read_iops_sec_max", "The same for a short time."),
    LEAF(burst.write_iops, "write_iops_sec_max", "The same for a short time."),
    LEAF(iops_size, "size_iops_sec", "How many bytes count as one operation."),
    RV_XML_LEAF(RvIoTune, group, "group_name", string,
                .doc = "Disks of one group share their limits."),
    LEAF(burst_length.total_bytes, "total_bytes_sec_max_length", "How many seconds that is."),
    LEAF(burst_length.read_bytes, "read_bytes_sec_max_length", "How many seconds that is."),
    LEAF(burst_length.write_bytes, "write_bytes_sec_max_length", "How many seconds that is."),
    LEAF(burst_length.total_iops, "total_iops_sec_max_length", "How many seconds that is."),
    LEAF(burst_length.read_iops, "read_iops_sec_max_length", "How many seconds that is."),
    LEAF(burst_length.write_iops, "write_iops_sec_max_length", "How many seconds that is."),
};

bool rv_iotune_is_set(const RvIoTune *tune)
{
    RvIoTune numbers = *tune;
    static const RvIoTune none;
    numbers.group = NULL;
    return memcmp(&numbers, &none, sizeof(none)) != 0;
}

static void check_iotune(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    const RvIoTune *tune = object;
    const struct {
        uint64_t total, read, write;
        const char *what;
    } rows[] = {
        {tune->limit.total_bytes, tune->limit.read_bytes, tune->limit.write_bytes, "bytes_sec"},
        {tune->limit.total_iops, tune->limit.read_iops, tune->limit.write_iops, "iops_sec"},
        {tune->burst.total_bytes, tune->burst.read_bytes, tune->burst.write_bytes,
         "bytes_sec_max"},
        {tune->burst.total_iops, tune->burst.read_iops, tune->burst.write_iops, "iops_sec_max"},
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (rows[i].total && (rows[i].read || rows[i].write))
            rv_xml_error(reader, 0, node, NULL,
                         "either total_%s limits, or read_%s and write_%s do", rows[i].what,
                         rows[i].what, rows[i].what);
    }
}

const RvXmlType rv_iotune_xml = {
    .doc = "Limits of its speed.",
    .size = sizeof(RvIoTune),
    RV_XML_ROWS(iotune_rows),
    .check = check_iotune,
};
