/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* <cachetune> and <memorytune>: parts of the host's caches and memory bandwidth that a set of
 * virtual CPUs gets, and what is measured of them. */

#include "base/enum.h"
#include "model/xml-table.h"

typedef enum {
    RV_CACHE_BOTH,
    RV_CACHE_CODE,
    RV_CACHE_DATA,
    RV_CACHE_LAST,
} RvCacheType;
RV_ENUM_DECLARE(rv_cache_type, RvCacheType);

typedef struct {
    unsigned id, level;
    RvCacheType type;
    uint64_t size; /* KiB */
} RvCachePart;

typedef struct {
    unsigned level; /* of a cache's; else 0 */
    char *vcpus;
} RvResctrlMonitor;

typedef struct {
    char *vcpus;
    char *id; /* of a running guest */
    GPtrArray *parts;    /* RvCachePart */
    GPtrArray *monitors; /* RvResctrlMonitor */
} RvCachetune;

typedef struct {
    unsigned id, bandwidth; /* per cent */
} RvMemoryPart;

typedef struct {
    char *vcpus;
    char *id;
    GPtrArray *parts;    /* RvMemoryPart */
    GPtrArray *monitors; /* RvResctrlMonitor */
} RvMemorytune;

extern const RvXmlType rv_cachetune_xml, rv_memorytune_xml;

/* Checks all of them together; those of no virtual CPU and those that say nothing are dropped, as
 * libvirt does it. `node` is <cputune>. */
void rv_resctrl_settle(RvXmlReader *reader, const RvXmlNode *node, GPtrArray *caches,
                       GPtrArray *memories, unsigned max_vcpus);
