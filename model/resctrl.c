/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/resctrl.h"

#include "base/error.h"
#include "model/cpuset.h"

#include <string.h>

#define MAX_PARTS 1024
#define MONITOR_LEVEL 3 /* the one cache that the kernel measures */

RV_ENUM(rv_cache_type, RvCacheType, RV_CACHE_LAST, "both", "code", "data");

#define VCPUS(Struct)                                                                              \
    RV_XML_ATTRIBUTE(Struct, vcpus, "vcpus", cpuset, .flags = RV_XML_REQUIRED,                     \
                     .doc = "The guest's CPUs.")
#define ID(Struct)                                                                                 \
    RV_XML_ATTRIBUTE(Struct, id, "id", string, .flags = RV_XML_LIVE,                               \
                     .doc = "The name of the group that the host's kernel has for them.")

static const RvXmlRow cache_rows[] = {
    RV_XML_ATTRIBUTE(RvCachePart, id, "id", uint, .flags = RV_XML_REQUIRED | RV_XML_ALWAYS,
                     .max = 65535, .doc = "The number of the host's cache."),
    RV_XML_ATTRIBUTE(RvCachePart, level, "level", uint, .flags = RV_XML_REQUIRED | RV_XML_ALWAYS,
                     .max = 255, .doc = "Its level."),
    RV_XML_ATTRIBUTE(RvCachePart, type, "type", enum, .names = rv_cache_type_names,
                     .flags = RV_XML_REQUIRED | RV_XML_ALWAYS, .doc = "What it holds."),
    RV_XML_ATTRIBUTE(RvCachePart, size, "size", size_kib, .flags = RV_XML_REQUIRED,
                     .max = UINT32_MAX,
                     .doc = "How much of it."),
};
static const RvXmlType cache = {
    .doc = "A part of one cache.",
    .size = sizeof(RvCachePart),
    RV_XML_ROWS(cache_rows),
};

static const RvXmlRow cache_monitor_rows[] = {
    RV_XML_ATTRIBUTE(RvResctrlMonitor, level, "level", uint, .flags = RV_XML_REQUIRED,
                     .min = MONITOR_LEVEL, .max = MONITOR_LEVEL, .doc = "The level of the cache."),
    VCPUS(RvResctrlMonitor),
};
static const RvXmlType cache_monitor = {
    .doc = "Measures how much of the caches these virtual CPUs use.",
    .size = sizeof(RvResctrlMonitor),
    RV_XML_ROWS(cache_monitor_rows),
};

static const RvXmlRow cachetune_rows[] = {
    VCPUS(RvCachetune),
    ID(RvCachetune),
    RV_XML_LIST(RvCachetune, parts, "cache", &cache, .max = MAX_PARTS),
    RV_XML_LIST(RvCachetune, monitors, "monitor", &cache_monitor, .max = MAX_PARTS),
};
const RvXmlType rv_cachetune_xml = {
    .doc = "Parts of the host's caches that some virtual CPUs get.",
    .size = sizeof(RvCachetune),
    RV_XML_ROWS(cachetune_rows),
};

static const RvXmlRow part_rows[] = {
    RV_XML_ATTRIBUTE(RvMemoryPart, id, "id", uint, .flags = RV_XML_REQUIRED | RV_XML_ALWAYS,
                     .max = 65535, .doc = "The host's NUMA node."),
    RV_XML_ATTRIBUTE(RvMemoryPart, bandwidth, "bandwidth", uint, .max = 100,
                     .flags = RV_XML_REQUIRED | RV_XML_ALWAYS,
                     .doc = "Per cent of the bandwidth of its memory."),
};
static const RvXmlType part = {
    .doc = "A part of the bandwidth of one node's memory.",
    .size = sizeof(RvMemoryPart),
    RV_XML_ROWS(part_rows),
};

static const RvXmlRow memory_monitor_rows[] = {VCPUS(RvResctrlMonitor)};
static const RvXmlType memory_monitor = {
    .doc = "Measures how much of the bandwidth these virtual CPUs use.",
    .size = sizeof(RvResctrlMonitor),
    RV_XML_ROWS(memory_monitor_rows),
};

static const RvXmlRow memorytune_rows[] = {
    VCPUS(RvMemorytune),
    ID(RvMemorytune),
    RV_XML_LIST(RvMemorytune, parts, "node", &part, .max = MAX_PARTS),
    RV_XML_LIST(RvMemorytune, monitors, "monitor", &memory_monitor, .max = MAX_PARTS),
};
const RvXmlType rv_memorytune_xml = {
    .doc = "Parts of the host's memory bandwidth that some virtual CPUs get.",
    .size = sizeof(RvMemorytune),
    RV_XML_ROWS(memorytune_rows),
};

/* ---- Rules --------------------------------------------------------------------------------- */

/* Virtual CPUs that share a group of the kernel: what one row of either kind says of them. */
typedef struct {
    RvCpuset vcpus;
    bool has_parts;
    GPtrArray *cache_monitors, *memory_monitors; /* RvResctrlMonitor, borrowed */
} Group;

static void free_group(void *data)
{
    Group *group = data;
    g_ptr_array_unref(group->cache_monitors);
    g_ptr_array_unref(group->memory_monitors);
    g_free(group);
}

static bool is_same_cache(const RvCachePart *a, const RvCachePart *b)
{
    return a->id == b->id && a->level == b->level &&
           (a->type == b->type || a->type == RV_CACHE_BOTH || b->type == RV_CACHE_BOTH);
}

static void check_caches(RvXmlReader *reader, const RvXmlNode *node, const GPtrArray *parts)
{
    for (unsigned i = 0; i < parts->len; i++) {
        for (unsigned j = 0; j < i; j++) {
            const RvCachePart *at = parts->pdata[i];
            if (is_same_cache(at, parts->pdata[j]))
                rv_xml_error(reader, RV_ERR_XML, rv_xml_node_child(node, "cache", i), NULL,
                             "cache %u of level %u is given to them before", at->id, at->level);
        }
    }
}

static void check_memories(RvXmlReader *reader, const RvXmlNode *node, const GPtrArray *parts)
{
    for (unsigned i = 0; i < parts->len; i++) {
        for (unsigned j = 0; j < i; j++) {
            const RvMemoryPart *at = parts->pdata[i], *other = parts->pdata[j];
            if (at->id == other->id)
                rv_xml_error(reader, RV_ERR_XML, rv_xml_node_child(node, "node", i), "id",
                             "the bandwidth of node %u is given to them before", at->id);
        }
    }
}

/* The virtual CPUs that there are of a set; false: none. */
static bool existing(const char *text, unsigned max_vcpus, RvCpuset *ret)
{
    if (!rv_cpuset_parse(text, ret))
        return false;
    rv_cpuset_cut(ret, max_vcpus);
    return !rv_cpuset_is_empty(ret);
}

/* The group of just these CPUs, or a new one; NULL where they overlap with another's. */
static Group *find_group(RvXmlReader *reader, const RvXmlNode *node, GPtrArray *groups,
                         const RvCpuset *vcpus, bool may_exist)
{
    for (unsigned i = 0; i < groups->len; i++) {
        Group *group = groups->pdata[i];
        if (rv_cpuset_equal(&group->vcpus, vcpus) && may_exist)
            return group;
        if (rv_cpuset_overlap(&group->vcpus, vcpus)) {
            rv_xml_error(reader, RV_ERR_XML, node, "vcpus",
                         "some of these virtual CPUs are named before");
            return NULL;
        }
    }
    Group *group = g_new0(Group, 1);
    group->vcpus = *vcpus;
    group->cache_monitors = g_ptr_array_new();
    group->memory_monitors = g_ptr_array_new();
    g_ptr_array_add(groups, group);
    return group;
}

/* Beside other monitors: the same CPUs once for each kind, else apart; only that of the whole group
 * may cover others, where the group has parts of its own. */
static const char *monitor_fault(const Group *group, const RvCpuset *vcpus, bool of_cache)
{
    bool whole = rv_cpuset_equal(vcpus, &group->vcpus);
    const GPtrArray *lists[] = {group->cache_monitors, group->memory_monitors};
    if (!rv_cpuset_contains(&group->vcpus, vcpus))
        return "these virtual CPUs are not all among those of the element around";
    for (unsigned kind = 0; kind < G_N_ELEMENTS(lists); kind++) {
        for (unsigned i = 0; i < lists[kind]->len; i++) {
            RvCpuset other;
            if (!rv_cpuset_parse(((RvResctrlMonitor *)lists[kind]->pdata[i])->vcpus, &other))
                continue;
            if (rv_cpuset_equal(&other, vcpus)) {
                if (of_cache == (kind == 0))
                    return "these virtual CPUs are measured before";
                if (group->has_parts)
                    continue;
            }
            bool may_cover = whole || rv_cpuset_equal(&other, &group->vcpus);
            if (rv_cpuset_overlap(&other, vcpus) &&
                (!group->has_parts || !(may_cover || rv_cpuset_equal(&other, vcpus))))
                return "some of these virtual CPUs are measured with others before";
        }
    }
    return NULL;
}

static void add_monitors(RvXmlReader *reader, const RvXmlNode *node, Group *group,
                         const GPtrArray *monitors, bool of_cache, unsigned max_vcpus)
{
    for (unsigned i = 0; i < monitors->len; i++) {
        RvResctrlMonitor *monitor = monitors->pdata[i];
        RvCpuset vcpus;
        const char *fault = existing(monitor->vcpus, max_vcpus, &vcpus)
                                ? monitor_fault(group, &vcpus, of_cache)
                                : "there are no such virtual CPUs";
        if (fault)
            rv_xml_error(reader, RV_ERR_INVALID_ARG, rv_xml_node_child(node, "monitor", i),
                         "vcpus", "%s", fault);
        g_ptr_array_add(of_cache ? group->cache_monitors : group->memory_monitors, monitor);
    }
}

void rv_resctrl_settle(RvXmlReader *reader, const RvXmlNode *node, GPtrArray *caches,
                       GPtrArray *memories, unsigned max_vcpus)
{
    g_autoptr(GPtrArray) groups = g_ptr_array_new_with_free_func(free_group);
    RvCpuset vcpus;
    for (unsigned i = 0, n = 0; i < caches->len; n++) {
        RvCachetune *tune = caches->pdata[i];
        const RvXmlNode *at = rv_xml_node_child(node, "cachetune", n);
        if (!existing(tune->vcpus, max_vcpus, &vcpus) ||
            (!tune->parts->len && !tune->monitors->len)) {
            rv_xml_free(&rv_cachetune_xml, g_ptr_array_remove_index(caches, i));
            continue;
        }
        Group *group = find_group(reader, at, groups, &vcpus, false);
        check_caches(reader, at, tune->parts);
        if (group) {
            group->has_parts |= tune->parts->len > 0;
            add_monitors(reader, at, group, tune->monitors, true, max_vcpus);
        }
        i++;
    }
    for (unsigned i = 0, n = 0; i < memories->len; n++) {
        RvMemorytune *tune = memories->pdata[i];
        const RvXmlNode *at = rv_xml_node_child(node, "memorytune", n);
        if (!existing(tune->vcpus, max_vcpus, &vcpus) ||
            (!tune->parts->len && !tune->monitors->len)) {
            rv_xml_free(&rv_memorytune_xml, g_ptr_array_remove_index(memories, i));
            continue;
        }
        Group *group = find_group(reader, at, groups, &vcpus, true);
        check_memories(reader, at, tune->parts);
        if (group) {
            group->has_parts |= tune->parts->len > 0;
            add_monitors(reader, at, group, tune->monitors, false, max_vcpus);
        }
        i++;
    }
}
