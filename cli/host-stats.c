/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the host's processors and memory are doing. */
#include <string.h>

#include "base/error.h"
#include "cli/live.h"

#define LABEL_WIDTH 15
#define ALL (-1)

/* ---- nodecpustats ---- */

enum { CPU_USER, CPU_SYSTEM, CPU_IDLE, CPU_IOWAIT, CPU_INTR, CPU_FIELDS };

static const struct {
    const char *field, *label;
} cpu_fields[CPU_FIELDS] = {
    [CPU_USER] = {"user", "user:"},       [CPU_SYSTEM] = {"kernel", "system:"},
    [CPU_IDLE] = {"idle", "idle:"},       [CPU_IOWAIT] = {"iowait", "iowait:"},
    [CPU_INTR] = {"intr", "intr:"},
};

typedef struct {
    uint64_t ns[CPU_FIELDS];
    bool known[CPU_FIELDS];
} CpuTimes;

/* Asked twice, as the protocol wants it: how many there are, then for exactly as many. */
static bool ask_cpu_stats(RvCli *cli, int cpu, wire_node_get_cpu_stats_ret *ret, GError **error)
{
    wire_node_get_cpu_stats_args args = {.cpu = cpu};
    g_auto(wire_node_get_cpu_stats_ret) first = {0};
    if (!rv_client_call(cli->client, WIRE_NODE_GET_CPU_STATS, wire_node_get_cpu_stats_args, &args,
                        wire_node_get_cpu_stats_ret, &first, error))
        return false;
    args.max = first.count;
    return rv_client_call(cli->client, WIRE_NODE_GET_CPU_STATS, wire_node_get_cpu_stats_args,
                          &args, wire_node_get_cpu_stats_ret, ret, error);
}

static bool ask_cpu(RvCli *cli, int cpu, CpuTimes *ret_times, GError **error)
{
    g_auto(wire_node_get_cpu_stats_ret) ret = {0};
    if (!ask_cpu_stats(cli, cpu, &ret, error)) {
        g_prefix_error(error, "could not get the times of the host's processors: ");
        return false;
    }
    *ret_times = (CpuTimes){0};
    for (unsigned i = 0; i < ret.stats.stats_len; i++) {
        for (unsigned j = 0; j < CPU_FIELDS; j++) {
            if (strcmp(cpu_fields[j].field, ret.stats.stats_val[i].field) != 0)
                continue;
            ret_times->ns[j] = ret.stats.stats_val[i].value;
            ret_times->known[j] = true;
        }
    }
    return true;
}

static void print_times(RvCli *cli, const CpuTimes *times)
{
    json_t *json = json_object();
    for (unsigned i = 0; i < CPU_FIELDS; i++) {
        if (!times->known[i])
            continue;
        rv_output_field(&cli->output, LABEL_WIDTH, cpu_fields[i].label, "%20" G_GUINT64_FORMAT,
                        (guint64)times->ns[i]);
        json_object_set_new(json, cpu_fields[i].field, json_integer((json_int_t)times->ns[i]));
    }
    rv_output_json(&cli->output, cli->command, json);
}

static void print_percent(RvCli *cli, const CpuTimes *before, const CpuTimes *after)
{
    double shares[CPU_FIELDS], total = 0;
    for (unsigned i = 0; i < CPU_FIELDS; i++) {
        shares[i] = (double)(after->ns[i] - before->ns[i]);
        total += shares[i];
    }
    double percent = total > 0 ? 100 / total : 0;
    double usage = (shares[CPU_USER] + shares[CPU_SYSTEM]) * percent;
    json_t *json = json_pack("{s:f}", "usage", usage);
    rv_output_field(&cli->output, LABEL_WIDTH, "usage:", "%5.1f%%", usage);
    for (unsigned i = 0; i < CPU_FIELDS; i++) {
        if (!after->known[i])
            continue;
        rv_output_field(&cli->output, LABEL_WIDTH, cpu_fields[i].label, "%5.1f%%",
                        shares[i] * percent);
        json_object_set_new(json, cpu_fields[i].field, json_real(shares[i] * percent));
    }
    rv_output_json(&cli->output, cli->command, json);
}

static bool run_nodecpustats(RvCli *cli, const RvArgs *args, GError **error)
{
    int cpu = rv_args_int(args, "cpu", ALL);
    CpuTimes before, after;
    if (!ask_cpu(cli, cpu, &before, error))
        return false;
    if (!rv_args_has(args, "percent")) {
        print_times(cli, &before);
        return true;
    }
    g_usleep(G_USEC_PER_SEC);
    if (!ask_cpu(cli, cpu, &after, error))
        return false;
    print_percent(cli, &before, &after);
    return true;
}

/* ---- nodememstats ---- */

static bool ask_memory_stats(RvCli *cli, int cell, wire_node_get_memory_stats_ret *ret,
                             GError **error)
{
    wire_node_get_memory_stats_args args = {.cell = cell};
    g_auto(wire_node_get_memory_stats_ret) first = {0};
    if (!rv_client_call(cli->client, WIRE_NODE_GET_MEMORY_STATS, wire_node_get_memory_stats_args,
                        &args, wire_node_get_memory_stats_ret, &first, error))
        return false;
    args.max = first.count;
    return rv_client_call(cli->client, WIRE_NODE_GET_MEMORY_STATS, wire_node_get_memory_stats_args,
                          &args, wire_node_get_memory_stats_ret, ret, error);
}

static bool run_nodememstats(RvCli *cli, const RvArgs *args, GError **error)
{
    g_auto(wire_node_get_memory_stats_ret) ret = {0};
    if (!ask_memory_stats(cli, rv_args_int(args, "cell", ALL), &ret, error)) {
        g_prefix_error(error, "could not get the memory of the host: ");
        return false;
    }
    json_t *stats = json_object();
    for (unsigned i = 0; i < ret.stats.stats_len; i++) {
        const wire_node_stat *stat = &ret.stats.stats_val[i];
        rv_output_text(&cli->output, "%-7s: %20" G_GUINT64_FORMAT " KiB\n", stat->field,
                       (guint64)stat->value);
        json_object_set_new(stats, stat->field, json_integer((json_int_t)stat->value));
    }
    rv_output_json(&cli->output, cli->command, json_pack("{s:o}", "stats", stats));
    return true;
}

/* ---- freecell ---- */

static bool ask_cell(RvCli *cli, int cell, uint64_t *ret_kib, GError **error)
{
    wire_node_get_cells_free_memory_args args = {.first = cell, .max = 1};
    g_auto(wire_node_get_cells_free_memory_ret) ret = {0};
    if (!rv_client_call(cli->client, WIRE_NODE_GET_CELLS_FREE_MEMORY,
                        wire_node_get_cells_free_memory_args, &args,
                        wire_node_get_cells_free_memory_ret, &ret, error)) {
        g_prefix_error(error, "could not get the free memory of NUMA cell %d: ", cell);
        return false;
    }
    *ret_kib = ret.cells.cells_len ? ret.cells.cells_val[0] / 1024 : 0;
    return true;
}

static void print_cell(RvCli *cli, json_t *list, int cell, int width, uint64_t kib)
{
    rv_output_text(&cli->output, width ? "%5d: %10" G_GUINT64_FORMAT " KiB\n"
                                       : "%d: %" G_GUINT64_FORMAT " KiB\n",
                   cell, (guint64)kib);
    json_array_append_new(list, json_pack("{s:i, s:I}", "cell", cell, "free_kib",
                                          (json_int_t)kib));
}

/* The cells that the capabilities list; their ids need not follow each other. */
static bool all_cells(RvCli *cli, json_t *list, GError **error)
{
    g_auto(wire_text_ret) capabilities = {0};
    if (!rv_client_call(cli->client, WIRE_CONNECT_GET_CAPABILITIES, void, NULL, wire_text_ret,
                        &capabilities, error))
        return false;
    g_autoptr(RvXmlDocument) document =
        rv_xml_document_parse(capabilities.text, strlen(capabilities.text), error);
    if (!document)
        return false;
    const RvXmlNode *host = rv_live_child(rv_xml_document_root(document), "host");
    const RvXmlNode *cells = rv_live_child(rv_live_child(host, "topology"), "cells");
    uint64_t total = 0;
    for (const RvXmlNode *node = rv_live_child(cells, "cell"); node;
         node = rv_live_next(node, "cell")) {
        const char *id = rv_live_attribute(node, "id");
        int cell = id ? (int)g_ascii_strtoll(id, NULL, 10) : 0;
        uint64_t kib = 0;
        if (!ask_cell(cli, cell, &kib, error))
            return false;
        print_cell(cli, list, cell, 5, kib);
        total += kib;
    }
    rv_output_extra(&cli->output, "--------------------\n%5s: %10" G_GUINT64_FORMAT " KiB\n",
                    "Total", (guint64)total);
    return true;
}

static bool total_of_cells(RvCli *cli, json_t *list, GError **error)
{
    wire_u64_ret ret = {0};
    if (!rv_client_call(cli->client, WIRE_NODE_GET_FREE_MEMORY, void, NULL, wire_u64_ret, &ret,
                        error)) {
        g_prefix_error(error, "could not get the free memory of the host: ");
        return false;
    }
    rv_output_text(&cli->output, "Total: %" G_GUINT64_FORMAT " KiB\n", (guint64)ret.value / 1024);
    json_array_append_new(list, json_pack("{s:n, s:I}", "cell", "free_kib",
                                          (json_int_t)ret.value / 1024));
    return true;
}

static bool run_freecell(RvCli *cli, const RvArgs *args, GError **error)
{
    int cell = rv_args_int(args, "cellno", ALL);
    uint64_t kib = 0;
    json_t *list = json_array();
    bool ok;
    if (rv_args_has(args, "all")) {
        ok = all_cells(cli, list, error);
    } else if (cell == ALL) {
        ok = total_of_cells(cli, list, error);
    } else {
        ok = ask_cell(cli, cell, &kib, error);
        if (ok)
            print_cell(cli, list, cell, 0, kib);
    }
    if (ok)
        rv_output_json(&cli->output, cli->command, list);
    else
        json_decref(list);
    return ok;
}

/* ---- Tables ---- */

const RvCommand rv_command_freecell = {
    .name = "freecell",
    .summary = "print the free memory of the host",
    .options =
        (const RvOption[]){
            {.name = "cellno", .kind = RV_OPTION_INT, .value = "CELL", .text = "of one NUMA cell"},
            {.name = "all", .text = "of each NUMA cell"},
            {NULL},
        },
    .exclusive = (const RvOptionPair[]){{"all", "cellno"}, {NULL}},
    .examples = (const RvExample[]){{"freecell --all", "A line for each cell."}, {NULL}},
    .keys = (const RvKey[]){{"cell", "the NUMA cell, null: all of them"},
                            {"free_kib", "free memory, in KiB"},
                            {NULL}},
    .run = run_freecell,
};

const RvCommand rv_command_nodecpustats = {
    .name = "nodecpustats",
    .summary = "print what the host's processors have done",
    .options =
        (const RvOption[]){
            {.name = "cpu", .kind = RV_OPTION_INT, .value = "CPU", .text = "only this processor"},
            {.name = "percent", .text = "shares of the coming second, not times since the start"},
            {NULL},
        },
    .examples = (const RvExample[]){{"nodecpustats --percent", "How busy the host is."}, {NULL}},
    .keys = (const RvKey[]){{"user", "ns, or percent"},
                            {"kernel", "the same"},
                            {"idle", "the same"},
                            {"iowait", "the same"},
                            {"intr", "the same"},
                            {"usage", "with --percent: user and kernel"},
                            {NULL}},
    .run = run_nodecpustats,
};

const RvCommand rv_command_nodememstats = {
    .name = "nodememstats",
    .summary = "print what the host's memory is used for",
    .options = (const RvOption[]){{.name = "cell", .kind = RV_OPTION_INT, .value = "CELL",
                                   .text = "only this NUMA cell"},
                                  {NULL}},
    .examples = (const RvExample[]){{"nodememstats", "In KiB."}, {NULL}},
    .keys = (const RvKey[]){{"stats", "an object: KiB by name"}, {NULL}},
    .run = run_nodememstats,
};
