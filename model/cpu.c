/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error.h"
#include "model/domain-def.h"
#include "model/domain-xml.h"

#include <string.h>

RV_ENUM(rv_cpu_mode, RvCpuMode, RV_CPU_LAST, "none", "custom", "host-model", "host-passthrough",
        "maximum");

static const char *const match_names[] = {"minimum", "exact", "strict", NULL};
static const char *const check_names[] = {"none", "partial", "full", NULL};
static const char *const fallback_names[] = {"allow", "forbid", NULL};
static const char *const policy_names[] = {"force", "require", "optional", "disable", "forbid",
                                           NULL};

#define MODE(mask) RV_XML_WHEN(RvDomainDef, cpu.mode, mask)
#define NAMED (RV_XML_BIT(RV_CPU_NONE) | RV_XML_BIT(RV_CPU_CUSTOM) | RV_XML_BIT(RV_CPU_HOST_MODEL))
#define WHOLE (RV_XML_BIT(RV_CPU_HOST_PASSTHROUGH) | RV_XML_BIT(RV_CPU_MAXIMUM))

static bool has_no_model(const void *object)
{
    return !((const RvDomainDef *)object)->cpu.model;
}

static const RvXmlRow model_rows[] = {
    RV_XML_ATTRIBUTE(RvDomainDef, cpu.fallback, "fallback", string, .names = fallback_names,
                     .omit = has_no_model, .fallback = "allow",
                     .doc = "Whether a near model will do."),
    RV_XML_ATTRIBUTE(RvDomainDef, cpu.vendor_id, "vendor_id", string,
                     .flags = RV_XML_KEEP_EMPTY | RV_XML_ABI,
                     .min = 12, .max = 12, .doc = "What the guest is told of the vendor: 12 letters."),
    RV_XML_TEXT(RvDomainDef, cpu.model, string, .flags = RV_XML_ABI, .doc = "The name of a model."),
};
static const RvXmlType model = {RV_XML_ROWS(model_rows)};

#define COUNT(field, name_, doc_)                                                                  \
    RV_XML_ATTRIBUTE(RvDomainDef, cpu.topology.field, name_, uint, .min = 1, .max = RV_MAX_VCPUS,  \
                     .flags = RV_XML_ABI | RV_XML_REQUIRED, .doc = doc_)

static const RvXmlRow topology_rows[] = {
    COUNT(sockets, "sockets", "Sockets of the machine."),
    RV_XML_ATTRIBUTE(RvDomainDef, cpu.topology.dies, "dies", uint, .min = 1, .max = RV_MAX_VCPUS,
                     .flags = RV_XML_ABI, .fallback = "1", .doc = "Dies of a socket."),
    COUNT(cores, "cores", "Cores of a die."),
    COUNT(threads, "threads", "Threads of a core."),
};
static const RvXmlType topology = {RV_XML_ROWS(topology_rows)};

static const RvXmlRow feature_rows[] = {
    RV_XML_ATTRIBUTE(RvCpuFeature, policy, "policy", string, .names = policy_names,
                     .flags = RV_XML_ABI, .bad_code = RV_ERR_CONFIG_UNSUPPORTED,
                     .fallback = "require",
                     .doc = "Whether the guest has it, and what happens where the host has not."),
    RV_XML_ATTRIBUTE(RvCpuFeature, name, "name", string, .flags = RV_XML_REQUIRED | RV_XML_ABI,
                     .doc = "A feature of the architecture."),
};
static const RvXmlType feature = {
    .doc = "A feature of the CPU, beside those of its model.",
    .size = sizeof(RvCpuFeature),
    RV_XML_ROWS(feature_rows),
};

static const char *const cache_names[] = {"emulate", "passthrough", "disable", NULL};
static const char *const address_names[] = {"emulate", "passthrough", NULL};

static const RvXmlRow cache_rows[] = {
    RV_XML_ATTRIBUTE(RvCpuCache, level, "level", int, .min = 1, .max = 3, .absent = -1,
                     .flags = RV_XML_ABI, .fallback = "all", .doc = "The level of the cache."),
    RV_XML_ATTRIBUTE(RvCpuCache, mode, "mode", string, .names = cache_names,
                     .flags = RV_XML_REQUIRED | RV_XML_ABI, .doc = "What the guest sees of it."),
};
static const RvXmlType cache = {
    .doc = "The caches that the guest sees.",
    .size = sizeof(RvCpuCache),
    RV_XML_ROWS(cache_rows),
};

static const RvXmlRow address_rows[] = {
    RV_XML_ATTRIBUTE(RvCpuAddress, mode, "mode", string, .names = address_names,
                     .flags = RV_XML_REQUIRED | RV_XML_ABI,
                     .doc = "passthrough: as the host's; emulate: as said."),
    RV_XML_ATTRIBUTE(RvCpuAddress, bits, "bits", int, .max = INT_MAX, .absent = -1,
                     .flags = RV_XML_ABI, .doc = "How many bits an address has."),
};
static const RvXmlType address = {
    .doc = "The width of physical addresses.",
    .size = sizeof(RvCpuAddress),
    RV_XML_ROWS(address_rows),
};

static const RvXmlRow cpu_rows[] = {
    RV_XML_ATTRIBUTE(RvDomainDef, cpu.mode, "mode", enum, .names = rv_cpu_mode_names, .min = 1,
                     .flags = RV_XML_ABI, .bad_code = RV_ERR_CONFIG_UNSUPPORTED, .doc = "How the CPU is described."),
    RV_XML_ATTRIBUTE(RvDomainDef, cpu.match, "match", string, .names = match_names,
                     MODE(RV_XML_BIT(RV_CPU_NONE) | RV_XML_BIT(RV_CPU_CUSTOM)),
                     .fallback = "exact", .doc = "Whether a host with more will do."),
    RV_XML_ATTRIBUTE(RvDomainDef, cpu.check, "check", string, .names = check_names,
                     .doc = "What is made sure of before the guest starts."),
    RV_XML_ATTRIBUTE(RvDomainDef, cpu.migratable, "migratable", enum, .min = 1, MODE(WHOLE),
                     .names = rv_tristate_switch_names, .flags = RV_XML_ABI,
                     .doc = "Whether to leave out what a guest cannot be moved with."),
    RV_XML_GROUP("model", &model, MODE(NAMED)),
    RV_XML_LEAF(RvDomainDef, cpu.vendor, "vendor", string, MODE(NAMED),
                .doc = "The vendor that the host's CPU must be of."),
    RV_XML_GROUP("topology", &topology),
    RV_XML_CHILD(RvDomainDef, cpu.cache, "cache", &cache, .flags = RV_XML_ABI),
    RV_XML_CHILD(RvDomainDef, cpu.address, "maxphysaddr", &address, .flags = RV_XML_ABI),
    RV_XML_LIST(RvDomainDef, cpu.features, "feature", &feature, .flags = RV_XML_ABI),
    RV_XML_EMBED(RvDomainDef, numa, "numa", &rv_numa_xml),
};

static void check_features(RvXmlReader *reader, const RvXmlNode *node, const RvDomainDef *def)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    const GPtrArray *features = def->cpu.features;
    for (unsigned i = 0; i < features->len; i++) {
        RvCpuFeature *at = features->pdata[i];
        if (!at->policy)
            at->policy = g_strdup("require");
        if (!g_hash_table_add(seen, at->name))
            rv_xml_error(reader, RV_ERR_XML, rv_xml_node_child(node, "feature", i), "name",
                         "feature '%s' was said before", at->name);
    }
}

static void check_words(RvXmlReader *reader, const RvXmlNode *node, const RvDomainDef *def)
{
    const RvXmlNode *model_node = rv_xml_node_child(node, "model", 0);
    bool whole = def->cpu.mode == RV_CPU_HOST_PASSTHROUGH || def->cpu.mode == RV_CPU_MAXIMUM;
    if (!whole && rv_xml_node_attribute(node, "migratable"))
        rv_xml_error(reader, RV_ERR_CONFIG_UNSUPPORTED, node, "migratable",
                     "it is for modes 'host-passthrough' and 'maximum' only");
    if (def->cpu.vendor_id && strchr(def->cpu.vendor_id, ','))
        rv_xml_error(reader, RV_ERR_XML, model_node, "vendor_id", "there can be no comma in it");
    if (def->cpu.vendor && !def->cpu.model)
        rv_xml_error(reader, RV_ERR_XML, node, NULL, "a <vendor> stands beside a <model> only");
    if (rv_xml_node_child(node, "cache", 1) != node)
        rv_xml_error(reader, RV_ERR_XML, rv_xml_node_child(node, "cache", 1), NULL,
                     "there is another <cache> before");
    if (def->cpu.check && !def->cpu.model && !whole && def->cpu.mode != RV_CPU_HOST_MODEL)
        rv_xml_error(reader, RV_ERR_CONFIG_UNSUPPORTED, node, "check",
                     "there is no <model> to check");
}

/* libvirt's defaults, which it writes out with a model or a mode. */
static void check_cpu(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    RvDomainDef *def = object;
    check_words(reader, node, def);
    check_features(reader, node, def);
    rv_numa_settle(reader, node, &def->numa);
    if (def->cpu.mode == RV_CPU_NONE && (def->cpu.model || def->cpu.match))
        def->cpu.mode = RV_CPU_CUSTOM;
    if (def->cpu.mode == RV_CPU_CUSTOM && !def->cpu.match)
        def->cpu.match = g_strdup("exact");
    if (def->cpu.model && !def->cpu.fallback)
        def->cpu.fallback = g_strdup("allow");
    if (def->cpu.topology.sockets && !def->cpu.topology.dies)
        def->cpu.topology.dies = 1;
    if (def->cpu.features->len && !def->cpu.model &&
        (def->cpu.mode == RV_CPU_NONE || def->cpu.mode == RV_CPU_CUSTOM))
        rv_xml_fault(reader, RV_DIAGNOSTIC_ERROR, RV_ERR_XML, node, NULL, NULL,
                     "features stand beside a <model> only");
}

const RvXmlType rv_cpu_xml = {RV_XML_ROWS(cpu_rows), .check = check_cpu};
