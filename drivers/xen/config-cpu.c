/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/xen/config-cpu.h"

#include <string.h>

enum { NEAR = 10, APART = 20 }; /* distances where none is said */

/* libvirt's names and Xen's, where they differ. */
static const struct {
    const char *ours, *xen;
} names[] = {
    {"cx16", "cmpxchg16"},      {"cid", "cntxid"},        {"ds_cpl", "dscpl"},
    {"pclmuldq", "pclmulqdq"},  {"pni", "sse3"},          {"ht", "htt"},
    {"pn", "psn"},              {"clflush", "clfsh"},     {"sep", "sysenter"},
    {"cx8", "cmpxchg8"},        {"nodeid_msr", "nodeid"}, {"cr8legacy", "altmovcr8"},
    {"lahf_lm", "lahfsahf"},    {"cmp_legacy", "cmplegacy"}, {"fxsr_opt", "ffxsr"},
    {"pdpe1gb", "page1gb"},     {"spec-ctrl", "ibrsb"},
};

const char *xen_config_feature_name(const char *name, bool from_xen)
{
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (strcmp(name, from_xen ? names[i].xen : names[i].ours) == 0)
            return from_xen ? names[i].ours : names[i].xen;
    return name;
}

static bool is_nesting(const char *feature)
{
    return strcmp(feature, "vmx") == 0 || strcmp(feature, "svm") == 0;
}

static char value_of(const char *policy)
{
    if (g_strcmp0(policy, "disable") == 0 || g_strcmp0(policy, "forbid") == 0)
        return '0';
    return g_strcmp0(policy, "optional") == 0 ? 'x' : '1';
}

bool xen_config_is_nested(const RvDomainDef *def)
{
    for (guint i = 0; i < def->cpu.features->len; i++) {
        const RvCpuFeature *feature = def->cpu.features->pdata[i];
        if (is_nesting(feature->name) && value_of(feature->policy) == '0')
            return false;
    }
    return true;
}

char *xen_config_cpuid(const RvDomainDef *def)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < def->cpu.features->len; i++) {
        const RvCpuFeature *feature = def->cpu.features->pdata[i];
        if (!is_nesting(feature->name))
            g_string_append_printf(text, ",%s=%c", xen_config_feature_name(feature->name, false),
                                   value_of(feature->policy));
    }
    if (def->cpu.mode != RV_CPU_HOST_PASSTHROUGH || text->len == 0)
        return NULL;
    return g_strconcat("host", text->str, NULL);
}

unsigned xen_config_distance(const RvNumaCell *cell, unsigned from, unsigned to)
{
    for (guint i = 0; i < cell->distances->len; i++) {
        const RvNumaDistance *distance = cell->distances->pdata[i];
        if (distance->id == to)
            return distance->value;
    }
    return from == to ? NEAR : APART;
}

/* ---- For libxl ------------------------------------------------------------------------------ */

json_t *xen_config_cpu_list(const char *cpuset)
{
    json_t *list = json_array();
    for (const char *at = cpuset; at && g_ascii_isdigit(*at);) {
        char *end;
        uint64_t first = g_ascii_strtoull(at, &end, 10), last = first;
        if (*end == '-')
            last = g_ascii_strtoull(end + 1, &end, 10);
        for (uint64_t cpu = first; cpu <= last && cpu < XEN_MOST_CPUS; cpu++)
            json_array_append_new(list, json_integer((json_int_t)cpu));
        at = *end == ',' ? end + 1 : end;
    }
    return list;
}

/* Nested guests are Xen's preview: only who asks for them has them. */
void xen_config_set_cpu(json_t *build, const RvDomainDef *def)
{
    bool nested = false, pv = def->os.type != RV_OS_HVM && def->os.type != RV_OS_XENPVH;
    if (pv || def->cpu.mode != RV_CPU_HOST_PASSTHROUGH)
        return;
    json_t *list = json_array();
    for (guint i = 0; i < def->cpu.features->len; i++) {
        const RvCpuFeature *feature = def->cpu.features->pdata[i];
        char value = value_of(feature->policy);
        if (is_nesting(feature->name))
            nested = value == '1';
        else if (value != 'x')
            json_array_append_new(
                list, json_sprintf("%s=%c", xen_config_feature_name(feature->name, false), value));
    }
    if (json_array_size(list) > 0)
        json_object_set(build, "cpuid", list);
    json_decref(list);
    json_object_set_new(build, "nested_hvm", json_string(nested ? "True" : "False"));
}

void xen_config_set_nodes(json_t *build, const RvDomainDef *def)
{
    const GPtrArray *cells = def->numa.cells;
    json_t *nodes = json_array();
    for (guint i = 0; i < cells->len; i++) {
        const RvNumaCell *cell = cells->pdata[i];
        json_t *distances = json_array();
        for (guint k = 0; k < cells->len; k++)
            json_array_append_new(distances, json_integer(xen_config_distance(cell, i, k)));
        json_t *node = json_pack("{s:I,s:o,s:o}", "memkb", (json_int_t)cell->memory_kib,
                                 "distances", distances, "vcpus", xen_config_cpu_list(cell->cpus));
        if (i > 0)
            json_object_set_new(node, "pnode", json_integer(i));
        json_array_append_new(nodes, node);
    }
    if (cells->len > 0)
        json_object_set(build, "vnuma_nodes", nodes);
    json_decref(nodes);
}
