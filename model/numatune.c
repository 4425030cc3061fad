/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* <numatune>: which of the host's NUMA nodes the guest's memory is on. */

#include "base/error.h"
#include "model/numa.h"

#include <string.h>

const char *const rv_numa_mode_names[] = {"strict", "preferred", "interleave", "restrictive", NULL};
static const char *const placement_names[] = {"default", "static", "auto", NULL};

static const RvXmlRow memory_rows[] = {
    RV_XML_ATTRIBUTE(RvNumaMemory, mode, "mode", string, .names = rv_numa_mode_names,
                     .bad_code = RV_ERR_CONFIG_UNSUPPORTED, .fallback = "strict",
                     .doc = "What happens where there is not enough."),
    RV_XML_ATTRIBUTE(RvNumaMemory, placement, "placement", string, .names = placement_names,
                     .bad_code = RV_ERR_CONFIG_UNSUPPORTED, .doc = "auto: numad chooses."),
    RV_XML_ATTRIBUTE(RvNumaMemory, nodeset, "nodeset", cpuset, .bad_code = RV_ERR_INVALID_ARG,
                     .doc = "The host's nodes."),
};
static const RvXmlType memory = {
    .doc = "The host's nodes for all of the guest's memory.",
    .size = sizeof(RvNumaMemory),
    RV_XML_ROWS(memory_rows),
};

static const RvXmlRow node_rows[] = {
    RV_XML_ATTRIBUTE(RvNumaMemnode, cell, "cellid", uint, .flags = RV_XML_REQUIRED | RV_XML_ALWAYS,
                     .doc = "The guest's node."),
    RV_XML_ATTRIBUTE(RvNumaMemnode, mode, "mode", string, .names = rv_numa_mode_names,
                     .fallback = "strict", .doc = "What happens where there is not enough."),
    RV_XML_ATTRIBUTE(RvNumaMemnode, nodeset, "nodeset", cpuset, .flags = RV_XML_REQUIRED,
                     .bad_code = RV_ERR_INVALID_ARG, .doc = "The host's nodes."),
};
static const RvXmlType memnode = {
    .doc = "The host's nodes for one of the guest's.",
    .size = sizeof(RvNumaMemnode),
    RV_XML_ROWS(node_rows),
};

static const RvXmlRow rows[] = {
    RV_XML_CHILD(RvNumatune, memory, "memory", &memory),
    RV_XML_LIST(RvNumatune, nodes, "memnode", &memnode, .max = RV_MAX_NUMA_CELLS),
};
const RvXmlType rv_numatune_xml = {
    .doc = "The host's NUMA nodes for the guest's memory.",
    .size = sizeof(RvNumatune),
    RV_XML_ROWS(rows),
};

/* Static where there is a set of nodes, and where numad does not choose the CPUs either. */
static void settle_memory(RvXmlReader *reader, const RvXmlNode *node, RvNumaMemory *at,
                          bool placed)
{
    bool undecided = !at->placement || !strcmp(at->placement, "default");
    bool is_auto = undecided ? !at->nodeset && placed : !strcmp(at->placement, "auto");
    g_clear_pointer(&at->placement, g_free);
    if (!at->mode)
        at->mode = g_strdup("strict");
    if (is_auto) {
        at->placement = g_strdup("auto");
        g_clear_pointer(&at->nodeset, g_free);
    } else if (!at->nodeset) {
        rv_xml_error(reader, RV_ERR_CONFIG_UNSUPPORTED, node, NULL,
                     "the nodeset is missing, which a static placement needs");
    }
}

static void settle_node(RvXmlReader *reader, const RvXmlNode *node, const RvNumatune *tune,
                        unsigned position, unsigned n_cells)
{
    RvNumaMemnode *at = tune->nodes->pdata[position];
    bool restrictive = tune->memory && !g_strcmp0(tune->memory->mode, "restrictive");
    if (!at->mode)
        at->mode = g_strdup("strict");
    if (at->cell >= n_cells)
        rv_xml_error(reader, RV_ERR_XML, node, "cellid", "the guest has no node %u", at->cell);
    if (restrictive && strcmp(at->mode, "restrictive"))
        rv_xml_error(reader, RV_ERR_XML, node, "mode",
                     "it must be 'restrictive', as that of <memory>");
    for (unsigned i = 0; i < position; i++) {
        if (((RvNumaMemnode *)tune->nodes->pdata[i])->cell == at->cell)
            rv_xml_error(reader, RV_ERR_XML, node, "cellid", "node %u was said before", at->cell);
    }
}

void rv_numatune_settle(RvXmlReader *reader, const RvXmlNode *domain, RvNumatune *tune,
                        const RvNuma *numa, bool placed)
{
    const RvXmlNode *node = rv_xml_node_child(domain, "numatune", 0);
    const RvNumaMemory *given = tune->memory;
    if (given && !given->mode && !given->placement && !given->nodeset) {
        rv_xml_free(&memory, tune->memory);
        tune->memory = NULL;
    } else if (!given && placed) {
        tune->memory = rv_xml_new(&memory);
    }
    if (tune->memory)
        settle_memory(reader, rv_xml_node_child(node, "memory", 0), tune->memory, placed);
    if (tune->nodes->len && tune->memory && tune->memory->placement)
        rv_xml_error(reader, RV_ERR_CONFIG_UNSUPPORTED, rv_xml_node_child(node, "memnode", 0), NULL,
                     "numad places all memory: there can be no choice for single nodes");
    for (unsigned i = 0; i < tune->nodes->len; i++)
        settle_node(reader, rv_xml_node_child(node, "memnode", i), tune, i, numa->cells->len);
}
