/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* <cpu><numa>: the guest's NUMA nodes, and <numatune>: the host's nodes that its memory is on. */

#include "model/device.h"
#include "model/memory-backing.h"
#include "model/xml-table.h"

#define RV_MAX_NUMA_CELLS 1024

typedef struct {
    unsigned id, value; /* 10: itself; 255: out of reach */
} RvNumaDistance;

typedef struct {
    unsigned level;
    char *associativity, *policy;
    uint64_t size_kib, line; /* line: bytes; 0: not said */
} RvNumaCache;

typedef struct {
    int id; /* -1: its place; settled: its place always */
    char *cpus; /* the guest's; NULL: none */
    uint64_t memory_kib;
    RvMemoryAccess access;
    RvTristate discard;
    GPtrArray *distances; /* RvNumaDistance; settled: to all that one is known of, by id */
    GPtrArray *caches;    /* RvNumaCache */
} RvNumaCell;

/* How fast one node reaches the memory, or a cache, of another. */
typedef struct {
    unsigned initiator, target, cache; /* cache: level, 0: the memory itself */
    char *type;     /* "access", "read", "write" */
    uint64_t value; /* latency: ns; bandwidth: KiB/s */
} RvNumaLink;

typedef struct {
    GPtrArray *cells; /* RvNumaCell */
    GPtrArray *latencies, *bandwidths; /* RvNumaLink */
} RvNuma;

extern const char *const rv_numa_mode_names[]; /* in the order of libvirt's numbers */

typedef struct {
    char *mode, *placement, *nodeset; /* placement: "auto", or NULL where there is a nodeset */
} RvNumaMemory;

typedef struct {
    unsigned cell;
    char *mode, *nodeset;
} RvNumaMemnode;

typedef struct {
    RvNumaMemory *memory;
    GPtrArray *nodes; /* RvNumaMemnode */
} RvNumatune;

extern const RvXmlType rv_numa_xml, rv_numatune_xml;

/* Rules about all nodes together; puts them in order and makes distances mutual. `cpu` is <cpu>. */
void rv_numa_settle(RvXmlReader *reader, const RvXmlNode *cpu, RvNuma *numa);

/* Fills in what libvirt does. `placed`: numad chooses the host's CPUs (<vcpu placement='auto'>). */
void rv_numatune_settle(RvXmlReader *reader, const RvXmlNode *domain, RvNumatune *tune,
                        const RvNuma *numa, bool placed);

uint64_t rv_numa_memory_kib(const RvNuma *numa); /* of all nodes; 0: there are none */
