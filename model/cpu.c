/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error.h"
#include "model/domain-def.h"
#include "model/domain-xml.h"

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
    RV_XML_ATTRIBUTE(RvDomainDef, cpu.vendor_id, "vendor_id", string, .flags = RV_XML_ABI,
                     .max = 12, .doc = "What the guest is told of the vendor: 12 letters."),
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
                     .flags = RV_XML_ABI, .bad_code = RV_ERR_INTERNAL, .fallback = "require",
                     .doc = "Whether the guest has it, and what happens where the host has not."),
    RV_XML_ATTRIBUTE(RvCpuFeature, name, "name", string, .flags = RV_XML_REQUIRED | RV_XML_ABI,
                     .doc = "A feature of the architecture."),
};
static const RvXmlType feature = {
    .doc = "A feature of the CPU, beside those of its model.",
    .size = sizeof(RvCpuFeature),
    RV_XML_ROWS(feature_rows),
};

static const RvXmlRow cpu_rows[] = {
    RV_XML_ATTRIBUTE(RvDomainDef, cpu.mode, "mode", enum, .names = rv_cpu_mode_names, .min = 1,
                     .flags = RV_XML_ABI, .doc = "How the CPU is described."),
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
    RV_XML_LIST(RvDomainDef, cpu.features, "feature", &feature, .flags = RV_XML_ABI),
};

/* libvirt's defaults, which it writes out with a model or a mode. */
static void check_cpu(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    RvDomainDef *def = object;
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
