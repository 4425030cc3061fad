/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/perf.h"

const char *const rv_perf_event_names[] = {
    "cmt", "mbmt", "mbml", "cpu_cycles", "instructions", "cache_references", "cache_misses",
    "branch_instructions", "branch_misses", "bus_cycles", "stalled_cycles_frontend",
    "stalled_cycles_backend", "ref_cpu_cycles", "cpu_clock", "task_clock", "page_faults",
    "context_switches", "cpu_migrations", "page_faults_min", "page_faults_maj",
    "alignment_faults", "emulation_faults", NULL,
};
G_STATIC_ASSERT(G_N_ELEMENTS(rv_perf_event_names) <= 64);

static const RvXmlRow event_rows[] = {
    RV_XML_ATTRIBUTE(RvPerfEvent, event, "name", enum, .names = rv_perf_event_names,
                     .flags = RV_XML_REQUIRED | RV_XML_ALWAYS, .doc = "What is counted."),
    RV_XML_ATTRIBUTE(RvPerfEvent, enabled, "enabled", enum, .names = rv_tristate_bool_names,
                     .min = 1, .flags = RV_XML_REQUIRED, .doc = "Whether it is counted."),
};
static const RvXmlType event = {
    .doc = "An event of the host's processors or its kernel.",
    .size = sizeof(RvPerfEvent),
    RV_XML_ROWS(event_rows),
};

static const RvXmlRow rows[] = {
    RV_XML_LIST(RvPerf, events, "event", &event, .max = G_N_ELEMENTS(rv_perf_event_names)),
};

static void check(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    const GPtrArray *events = ((RvPerf *)object)->events;
    uint64_t seen = 0;
    for (unsigned i = 0; i < events->len; i++) {
        int which = ((RvPerfEvent *)events->pdata[i])->event;
        if (seen & RV_XML_BIT(which))
            rv_xml_error(reader, 0, rv_xml_node_child(node, "event", i), "name",
                         "event '%s' was said before", rv_perf_event_names[which]);
        seen |= RV_XML_BIT(which);
    }
}

const RvXmlType rv_perf_xml = {
    .doc = "Events of the host's processors that are counted for the guest.",
    .size = sizeof(RvPerf),
    RV_XML_ROWS(rows),
    .check = check,
};
