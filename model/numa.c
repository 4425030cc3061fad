/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/numa.h"

#include "base/error.h"
#include "model/cpuset.h"

#include <stdlib.h>
#include <string.h>

#define MAX_LINKS 4096
#define MAX_CACHES 64
#define MAX_LEVEL 3
#define MAX_SIZE (UINT64_C(1) << 36) /* 64 TiB in KiB */
#define NEAR 10  /* the distance to itself */
#define FAR 255

/* ---- Rows ----------------------------------------------------------------------------------- */

static const char *const associativity_names[] = {"none", "direct", "full", NULL};
static const char *const policy_names[] = {"none", "writeback", "writethrough", NULL};
static const char *const link_names[] = {"access", "read", "write", NULL};

static const RvXmlRow distance_rows[] = {
    RV_XML_ATTRIBUTE(RvNumaDistance, id, "id", uint, .flags = RV_XML_REQUIRED | RV_XML_ALWAYS,
                     .doc = "The other node."),
    RV_XML_ATTRIBUTE(RvNumaDistance, value, "value", uint, .min = NEAR, .max = FAR,
                     .flags = RV_XML_REQUIRED, .doc = "10 is near, 254 far, 255 out of reach."),
};
static const RvXmlType distance = {
    .doc = "How far another node is.",
    .size = sizeof(RvNumaDistance),
    RV_XML_ROWS(distance_rows),
};

static const RvXmlRow distances_rows[] = {
    RV_XML_LIST(RvNumaCell, distances, "sibling", &distance, .max = RV_MAX_NUMA_CELLS,
                .flags = RV_XML_ABI),
};
static const RvXmlType distances = {RV_XML_ROWS(distances_rows)};

static const RvXmlRow cache_rows[] = {
    RV_XML_ATTRIBUTE(RvNumaCache, level, "level", uint, .min = 1,
                     .flags = RV_XML_REQUIRED | RV_XML_ABI, .doc = "Its level."),
    RV_XML_ATTRIBUTE(RvNumaCache, associativity, "associativity", string, .flags = RV_XML_REQUIRED,
                     .names = associativity_names, .doc = "How addresses map to it."),
    RV_XML_ATTRIBUTE(RvNumaCache, policy, "policy", string, .flags = RV_XML_REQUIRED,
                     .names = policy_names, .doc = "How it is written."),
    RV_XML_LEAF(RvNumaCache, size_kib, "size", kib, .attribute = "value", .max = MAX_SIZE,
                .flags = RV_XML_REQUIRED | RV_XML_NOT_EMPTY | RV_XML_ALWAYS | RV_XML_ABI,
                .doc = "Its size."),
    RV_XML_LEAF(RvNumaCache, line, "line", bytes, .attribute = "value",
                .flags = RV_XML_REQUIRED | RV_XML_NOT_EMPTY | RV_XML_ABI, .max = UINT32_MAX,
                .doc = "The size of one line."),
};
static const RvXmlType cache = {
    .doc = "A cache on the memory of the node.",
    .size = sizeof(RvNumaCache),
    RV_XML_ROWS(cache_rows),
};

static const RvXmlRow cell_rows[] = {
    RV_XML_ATTRIBUTE(RvNumaCell, id, "id", int, .max = INT_MAX, .absent = -1, .flags = RV_XML_ABI,
                     .fallback = "its place", .doc = "Its number."),
    RV_XML_ATTRIBUTE(RvNumaCell, cpus, "cpus", cpuset, .bad_code = RV_ERR_INVALID_ARG,
                     .flags = RV_XML_ABI, .doc = "The guest's CPUs in it."),
    RV_XML_ATTRIBUTE(RvNumaCell, memory_kib, "memory", kib, .max = MAX_SIZE,
                     .flags = RV_XML_REQUIRED | RV_XML_ALWAYS | RV_XML_ABI,
                     .doc = "How much of the guest's memory is in it."),
    RV_XML_ATTRIBUTE(RvNumaCell, access, "memAccess", enum, .min = 1,
                     .names = rv_memory_access_names,
                     .doc = "Whether other processes of the host can see it."),
    RV_XML_ATTRIBUTE(RvNumaCell, discard, "discard", enum, .min = 1,
                     .names = rv_tristate_bool_names,
                     .doc = "Whether what it holds is thrown away when the guest ends."),
    RV_XML_GROUP("distances", &distances, .doc = "How far other nodes are."),
    RV_XML_LIST(RvNumaCell, caches, "cache", &cache, .max = MAX_CACHES, .flags = RV_XML_ABI),
};
static const RvXmlType cell = {
    .doc = "A NUMA node of the guest.",
    .size = sizeof(RvNumaCell),
    RV_XML_ROWS(cell_rows),
};

#define ENDS                                                                                       \
    RV_XML_ATTRIBUTE(RvNumaLink, initiator, "initiator", uint,                                     \
                     .flags = RV_XML_REQUIRED | RV_XML_ALWAYS, .doc = "The node that asks."),      \
        RV_XML_ATTRIBUTE(RvNumaLink, target, "target", uint,                                       \
                         .flags = RV_XML_REQUIRED | RV_XML_ALWAYS, .doc = "The node asked."),      \
        RV_XML_ATTRIBUTE(RvNumaLink, cache, "cache", uint,                                         \
                         .doc = "The level of its cache that answers."),                           \
        RV_XML_ATTRIBUTE(RvNumaLink, type, "type", string, .names = link_names,                    \
                         .flags = RV_XML_REQUIRED, .doc = "What is done.")

static const RvXmlRow latency_rows[] = {
    ENDS,
    RV_XML_ATTRIBUTE(RvNumaLink, value, "value", uint64, .flags = RV_XML_REQUIRED | RV_XML_ALWAYS,
                     .doc = "Nanoseconds."),
};
static const RvXmlType latency = {
    .doc = "How long it takes.",
    .size = sizeof(RvNumaLink),
    RV_XML_ROWS(latency_rows),
};

static const RvXmlRow bandwidth_rows[] = {
    ENDS,
    RV_XML_ATTRIBUTE(RvNumaLink, value, "value", kib, .max = MAX_SIZE, .flags = RV_XML_REQUIRED | RV_XML_ALWAYS,
                     .doc = "What passes in a second."),
};
static const RvXmlType bandwidth = {
    .doc = "How much passes.",
    .size = sizeof(RvNumaLink),
    RV_XML_ROWS(bandwidth_rows),
};

static const RvXmlRow links_rows[] = {
    RV_XML_LIST(RvNuma, latencies, "latency", &latency, .max = MAX_LINKS, .flags = RV_XML_ABI),
    RV_XML_LIST(RvNuma, bandwidths, "bandwidth", &bandwidth, .max = MAX_LINKS,
                .flags = RV_XML_ABI),
};
static const RvXmlType links = {RV_XML_ROWS(links_rows)};

static const RvXmlRow numa_rows[] = {
    RV_XML_LIST(RvNuma, cells, "cell", &cell, .max = RV_MAX_NUMA_CELLS, .flags = RV_XML_ABI),
    RV_XML_GROUP("interconnects", &links, .doc = "How fast nodes reach each other."),
};
const RvXmlType rv_numa_xml = {
    .doc = "NUMA nodes of the guest.",
    .size = sizeof(RvNuma),
    RV_XML_ROWS(numa_rows),
};

uint64_t rv_numa_memory_kib(const RvNuma *numa)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < numa->cells->len; i++)
        sum += ((RvNumaCell *)numa->cells->pdata[i])->memory_kib;
    return sum;
}

/* ---- Cells ---------------------------------------------------------------------------------- */

typedef struct {
    RvXmlReader *reader;
    const RvXmlNode *node; /* <numa> */
    RvNuma *numa;
} Settle;

static const RvXmlNode *cell_node(const Settle *settle, unsigned position)
{
    return rv_xml_node_child(settle->node, "cell", position);
}

/* Numbers are 0 to n - 1, each once. */
static bool settle_ids(const Settle *settle)
{
    GPtrArray *cells = settle->numa->cells;
    g_autofree bool *seen = g_new0(bool, cells->len);
    for (unsigned i = 0; i < cells->len; i++) {
        RvNumaCell *at = cells->pdata[i];
        if (at->id < 0)
            at->id = (int)i;
        const char *fault = (unsigned)at->id >= cells->len ? "nodes are numbered from 0 on"
                            : seen[at->id]                 ? "another node has this number, too"
                                                           : NULL;
        if (fault) {
            rv_xml_error(settle->reader, RV_ERR_XML, cell_node(settle, i), "id", "%s", fault);
            return false;
        }
        seen[at->id] = true;
    }
    return true;
}

static void check_cpus(const Settle *settle)
{
    RvCpuset all = {0}, cpus;
    for (unsigned i = 0; i < settle->numa->cells->len; i++) {
        const RvNumaCell *at = settle->numa->cells->pdata[i];
        if (!at->cpus || !rv_cpuset_parse(at->cpus, &cpus))
            continue;
        if (rv_cpuset_overlap(&all, &cpus))
            rv_xml_error(settle->reader, RV_ERR_CONFIG_UNSUPPORTED, cell_node(settle, i), "cpus",
                         "some of these virtual CPUs are in another node");
        for (int cpu = -1; (cpu = rv_cpuset_next(&cpus, cpu)) >= 0;)
            rv_cpuset_put(&all, (unsigned)cpu);
    }
}

/* `table` has a row for each node: the distance to each other, 0: not known. */
static void take_distance(const Settle *settle, unsigned char *table, unsigned from,
                          const RvNumaDistance *given, const RvXmlNode *node)
{
    unsigned n = settle->numa->cells->len;
    if (given->id >= n) {
        rv_xml_error(settle->reader, RV_ERR_XML, node, "id", "there is no node %u", given->id);
        return;
    }
    if ((given->id == from) != (given->value == NEAR)) {
        rv_xml_error(settle->reader, RV_ERR_XML, node, "value",
                     "%d is the distance of a node to itself, and of no other", NEAR);
        return;
    }
    table[from * n + from] = table[given->id * n + given->id] = NEAR;
    table[from * n + given->id] = (unsigned char)given->value;
    if (!table[given->id * n + from])
        table[given->id * n + from] = (unsigned char)given->value;
}

static void set_distances(RvNumaCell *at, const unsigned char *row, unsigned n)
{
    for (unsigned i = at->distances->len; i-- > 0;)
        rv_xml_free(&distance, g_ptr_array_remove_index(at->distances, i));
    for (unsigned id = 0; id < n; id++) {
        if (!row[id])
            continue;
        RvNumaDistance *one = rv_xml_new(&distance);
        *one = (RvNumaDistance){id, row[id]};
        g_ptr_array_add(at->distances, one);
    }
}

/* What one node says of another holds the other way, too, where that says nothing. */
static void settle_distances(const Settle *settle)
{
    unsigned n = settle->numa->cells->len;
    g_autofree unsigned char *table = NULL;
    for (unsigned i = 0; i < n; i++) {
        const RvNumaCell *at = settle->numa->cells->pdata[i];
        const RvXmlNode *node = rv_xml_node_child(cell_node(settle, i), "distances", 0);
        for (unsigned j = 0; j < at->distances->len; j++) {
            if (!table)
                table = g_new0(unsigned char, (gsize)n * n);
            take_distance(settle, table, (unsigned)at->id, at->distances->pdata[j],
                          rv_xml_node_child(node, "sibling", j));
        }
        if (strcmp(node->name, "distances") == 0 && !at->distances->len)
            rv_xml_error(settle->reader, RV_ERR_XML, node, NULL, "there is no <sibling> in it");
    }
    for (unsigned i = 0; table && i < n; i++) {
        RvNumaCell *at = settle->numa->cells->pdata[i];
        set_distances(at, &table[(gsize)at->id * n], n);
    }
}

static void check_caches(const Settle *settle, unsigned position)
{
    const GPtrArray *caches = ((RvNumaCell *)settle->numa->cells->pdata[position])->caches;
    unsigned seen = 0;
    for (unsigned i = 0; i < caches->len; i++) {
        unsigned level = ((RvNumaCache *)caches->pdata[i])->level;
        const RvXmlNode *node = rv_xml_node_child(cell_node(settle, position), "cache", i);
        if (level > MAX_LEVEL)
            rv_xml_error(settle->reader, RV_ERR_XML, node, "level", "there are %d levels",
                         MAX_LEVEL);
        else if (seen & 1u << level)
            rv_xml_error(settle->reader, RV_ERR_XML, node, "level",
                         "another cache has level %u, too", level);
        seen |= level <= MAX_LEVEL ? 1u << level : 0;
    }
}

static int compare_cells(const void *a, const void *b)
{
    return (*(RvNumaCell *const *)a)->id - (*(RvNumaCell *const *)b)->id;
}

/* ---- Links ---------------------------------------------------------------------------------- */

static bool has_cache(const RvNumaCell *at, unsigned level)
{
    for (unsigned i = 0; i < at->caches->len; i++) {
        if (((RvNumaCache *)at->caches->pdata[i])->level == level)
            return true;
    }
    return false;
}

static const char *link_fault(const RvNuma *numa, const RvNumaLink *link)
{
    if (link->initiator >= numa->cells->len || link->target >= numa->cells->len)
        return "there is no such node";
    if (!((RvNumaCell *)numa->cells->pdata[link->initiator])->cpus)
        return "a node without CPUs cannot ask for memory";
    if (link->cache && !has_cache(numa->cells->pdata[link->target], link->cache))
        return "the target has no such cache";
    return NULL;
}

static bool is_same_link(const RvNumaLink *a, const RvNumaLink *b)
{
    return a->initiator == b->initiator && a->target == b->target && a->cache == b->cache &&
           !strcmp(a->type, b->type);
}

static bool is_reverse_link(const RvNumaLink *a, const RvNumaLink *b)
{
    return a->initiator != a->target && a->initiator == b->target && a->target == b->initiator;
}

static void check_links(const Settle *settle, const char *name, const GPtrArray *list)
{
    const RvXmlNode *around = rv_xml_node_child(settle->node, "interconnects", 0);
    for (unsigned i = 0; i < list->len; i++) {
        const char *fault = link_fault(settle->numa, list->pdata[i]);
        for (unsigned j = 0; j < i && !fault; j++) {
            if (is_same_link(list->pdata[i], list->pdata[j]) ||
                is_reverse_link(list->pdata[i], list->pdata[j]))
                fault = "this was said before";
        }
        if (fault)
            rv_xml_error(settle->reader, RV_ERR_XML, rv_xml_node_child(around, name, i), NULL, "%s",
                         fault);
    }
}

void rv_numa_settle(RvXmlReader *reader, const RvXmlNode *cpu, RvNuma *numa)
{
    const Settle settle = {reader, rv_xml_node_child(cpu, "numa", 0), numa};
    if (!numa->cells->len) {
        if (settle.node != cpu)
            rv_xml_error(reader, RV_ERR_XML, settle.node, NULL, "there is no <cell> in it");
        return;
    }
    if (!settle_ids(&settle))
        return;
    check_cpus(&settle);
    settle_distances(&settle);
    for (unsigned i = 0; i < numa->cells->len; i++)
        check_caches(&settle, i);
    qsort(numa->cells->pdata, numa->cells->len, sizeof(void *), compare_cells);
    check_links(&settle, "latency", numa->latencies);
    check_links(&settle, "bandwidth", numa->bandwidths);
}
