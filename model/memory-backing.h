/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* <memoryBacking>: what the guest's memory is made of on the host. */

#include <stdbool.h>

#include "base/enum.h"
#include "model/xml-table.h"

typedef enum {
    RV_MEMORY_SOURCE_NONE,
    RV_MEMORY_SOURCE_FILE,
    RV_MEMORY_SOURCE_ANONYMOUS,
    RV_MEMORY_SOURCE_MEMFD,
    RV_MEMORY_SOURCE_LAST,
} RvMemorySource;
RV_ENUM_DECLARE(rv_memory_source, RvMemorySource);

typedef enum {
    RV_MEMORY_ACCESS_DEFAULT,
    RV_MEMORY_ACCESS_SHARED,
    RV_MEMORY_ACCESS_PRIVATE,
    RV_MEMORY_ACCESS_LAST,
} RvMemoryAccess;
RV_ENUM_DECLARE(rv_memory_access, RvMemoryAccess);

typedef enum {
    RV_MEMORY_ALLOCATION_NONE,
    RV_MEMORY_ALLOCATION_IMMEDIATE,
    RV_MEMORY_ALLOCATION_ONDEMAND,
    RV_MEMORY_ALLOCATION_LAST,
} RvMemoryAllocation;
RV_ENUM_DECLARE(rv_memory_allocation, RvMemoryAllocation);

typedef struct {
    uint64_t size; /* KiB */
    char *nodeset; /* the guest's NUMA nodes; NULL: all */
} RvHugepage;

typedef struct {
    GPtrArray *pages; /* RvHugepage; none: the host's default size for all nodes */
} RvHugepages;

typedef struct {
    RvHugepages *hugepages; /* NULL: ordinary pages */
    bool nosharepages, locked, discard;
    RvMemorySource source;
    RvMemoryAccess access;
    RvMemoryAllocation allocation;
    unsigned allocation_threads;
} RvMemoryBacking;

extern const RvXmlType rv_memory_backing_xml;
