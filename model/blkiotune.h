/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* <blkiotune>: the guest's share of the host's block devices. */

#include "model/xml-table.h"

typedef struct {
    char *path;
    unsigned weight, read_iops, write_iops; /* iops: each second; 0: not limited */
    uint64_t read_bytes, write_bytes;
} RvBlkioDevice;

typedef struct {
    unsigned weight;
    GPtrArray *devices; /* RvBlkioDevice */
} RvBlkiotune;

extern const RvXmlType rv_blkiotune_xml;
