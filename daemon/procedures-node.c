/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/procedures.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "daemon/driver-set.h"
#include "daemon/host.h"

enum { PROC_MAX = 4 << 20 };

/* ---- Of the hypervisor, where it knows better ------------------------------------------------ */

static const RvHostOps *node_ops(const RvCall *call)
{
    const RvDriver *driver = rv_call_driver(call);
    return driver && driver->host->node ? driver->host : NULL;
}

/* [worker] */
static bool ask_node(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    const RvDriver *driver = rv_call_driver(call);
    RvDriverSet *set = call->core->drivers;
    call->data = g_new0(RvNode, 1);
    call->free_data = g_free;
    return rv_driver_set_probe(set, driver, error) &&
           driver->host->node(rv_driver_set_host(set, driver), call->data, error);
}

/* False: the answer has to wait, *ret is NULL; else its numbers, or NULL: the kernel has them. */
static bool find_node(RvCall *call, const RvNode **ret)
{
    *ret = call->data;
    if (!node_ops(call) || call->data)
        return true;
    rv_call_prepare(call, ask_node);
    return false;
}

static void tell_node(wire_node_get_info_ret *told, const RvNode *node)
{
    told->memory = node->memory_kib;
    told->cpus = (int)node->cpus;
    told->mhz = (int)node->mhz;
    told->nodes = (int)node->nodes;
    told->sockets = (int)node->sockets;
    told->cores = (int)node->cores;
    told->threads = (int)node->threads;
}

static bool get_info(RvCall *call, const void *args, void *ret, GError **error)
{
    wire_node_get_info_ret *node = ret;
    const RvNode *hypervisor;
    RvHostInfo info;
    if (!find_node(call, &hypervisor))
        return true;
    if (!rv_host_get_info(&info, error))
        return false;
    memcpy(node->model, info.model, sizeof(node->model));
    if (hypervisor) {
        tell_node(node, hypervisor);
        return true;
    }
    node->memory = info.memory_kib;
    node->cpus = (int)info.cpus;
    node->mhz = (int)info.mhz;
    node->nodes = (int)info.nodes;
    node->sockets = (int)info.sockets;
    node->cores = (int)info.cores;
    node->threads = (int)info.threads;
    return true;
}

static bool get_free_memory(RvCall *call, const void *args, void *ret, GError **error)
{
    uint64_t *bytes = &((wire_u64_ret *)ret)->value;
    const RvNode *node;
    if (!find_node(call, &node))
        return true;
    if (!node)
        return rv_host_get_free_memory(bytes, error);
    *bytes = node->free_kib * 1024;
    return true;
}

/* /sys/devices/system/node/nodeN/meminfo: "Node 0 MemFree:  123 kB" */
static bool read_cell(const RvNode *node, unsigned cell, uint64_t *ret_bytes)
{
    if (node) {
        *ret_bytes = cell < node->nodes ? node->cell_free_kib[cell] * 1024 : 0;
        return cell < node->nodes;
    }
    g_autofree char *path = g_strdup_printf("/sys/devices/system/node/node%u/meminfo", cell);
    g_autofree char *text = rv_file_read(path, PROC_MAX, NULL, NULL);
    const char *line = text ? strstr(text, "MemFree:") : NULL;
    if (!line)
        return false;
    *ret_bytes = g_ascii_strtoull(line + strlen("MemFree:"), NULL, 10) * 1024;
    return true;
}

static bool get_cells_free_memory(RvCall *call, const void *args, void *ret, GError **error)
{
    const wire_node_get_cells_free_memory_args *wish = args;
    wire_node_get_cells_free_memory_ret *list = ret;
    if (wish->first < 0 || wish->max < 1 || wish->max > WIRE_CELLS_MAX) {
        rv_error_set(error, RV_ERR_INVALID_ARG, "cells from %d, %d of them: at most %d from 0 on",
                     wish->first, wish->max, WIRE_CELLS_MAX);
        return false;
    }
    const RvNode *node;
    if (!find_node(call, &node))
        return true;
    list->cells.cells_val = rv_call_alloc(call, (size_t)wish->max, sizeof(u_quad_t));
    for (int i = 0; i < wish->max; i++) {
        uint64_t bytes;
        if (!read_cell(node, (unsigned)wish->first + (unsigned)i, &bytes))
            break;
        list->cells.cells_val[list->cells.cells_len++] = bytes;
    }
    if (list->cells.cells_len > 0)
        return true;
    rv_error_set(error, RV_ERR_INVALID_ARG, "there is no NUMA cell %d on this host", wish->first);
    return false;
}

/* ---- CPUs ----------------------------------------------------------------------------------- */

/* A line of /proc/stat, in ticks: user nice system idle iowait irq softirq. */
static bool read_cpu(int cpu, uint64_t ticks[7])
{
    g_autofree char *text = rv_file_read("/proc/stat", PROC_MAX, NULL, NULL);
    g_autofree char *label = cpu < 0 ? g_strdup("cpu ") : g_strdup_printf("\ncpu%d ", cpu);
    const char *line = text ? strstr(text, label) : NULL;
    if (!line)
        return false;
    char *at = (char *)line + strlen(label);
    for (unsigned i = 0; i < 7; i++)
        ticks[i] = g_ascii_strtoull(at, &at, 10);
    return true;
}

static bool get_cpu_stats(RvCall *call, const void *args, void *ret, GError **error)
{
    const wire_node_get_cpu_stats_args *wish = args;
    wire_node_get_cpu_stats_ret *list = ret;
    uint64_t ticks[7];
    if (!read_cpu(wish->cpu, ticks)) {
        rv_error_set(error, RV_ERR_INVALID_ARG, "there is no CPU %d on this host", wish->cpu);
        return false;
    }
    uint64_t ns = G_GUINT64_CONSTANT(1000000000) / (uint64_t)sysconf(_SC_CLK_TCK);
    const wire_node_stat stats[] = {
        {(char *)"kernel", (ticks[2] + ticks[5] + ticks[6]) * ns},
        {(char *)"user", (ticks[0] + ticks[1]) * ns},
        {(char *)"idle", ticks[3] * ns},
        {(char *)"iowait", ticks[4] * ns},
    };
    list->count = G_N_ELEMENTS(stats);
    if (wish->max <= 0)
        return true;
    list->stats.stats_len = MIN((u_int)wish->max, G_N_ELEMENTS(stats));
    list->stats.stats_val = rv_call_alloc(call, 1, sizeof(stats));
    memcpy(list->stats.stats_val, stats, sizeof(stats));
    return true;
}

/* CPUs in a list of the kernel's: "0-3,8". Returns one more than the highest. */
static unsigned read_cpu_list(const char *path, unsigned char *map, unsigned size, unsigned *count)
{
    g_autofree char *text = rv_file_read(path, PROC_MAX, NULL, NULL);
    unsigned end = 0;
    for (char *at = text; at && g_ascii_isdigit(*at);) {
        unsigned first = (unsigned)g_ascii_strtoull(at, &at, 10), last = first;
        if (*at == '-')
            last = (unsigned)g_ascii_strtoull(at + 1, &at, 10);
        for (unsigned cpu = first; cpu <= last && cpu < size * 8; cpu++) {
            map[cpu / 8] |= (unsigned char)(1 << (cpu % 8));
            (*count)++;
            end = cpu + 1;
        }
        if (*at == ',')
            at++;
    }
    return end;
}

/* All there are. Returns how many. */
static unsigned put_cpus(const RvNode *node, unsigned char *map, int *ret_cpus)
{
    unsigned n = MIN(node->cpus, WIRE_CPUMAP_MAX * 8u);
    memset(map, 0, WIRE_CPUMAP_MAX);
    for (unsigned cpu = 0; cpu < n; cpu++)
        map[cpu / 8] |= (unsigned char)(1 << cpu % 8);
    *ret_cpus = (int)n;
    return n;
}

static bool get_cpu_map(RvCall *call, const void *args, void *ret, GError **error)
{
    const wire_node_get_cpu_map_args *wish = args;
    wire_node_get_cpu_map_ret *cpus = ret;
    const RvNode *node;
    if (!find_node(call, &node))
        return true;
    unsigned char *map = rv_call_alloc(call, 1, WIRE_CPUMAP_MAX);
    unsigned char present[WIRE_CPUMAP_MAX] = {0};
    unsigned online = 0, all = 0;
    read_cpu_list("/sys/devices/system/cpu/online", map, WIRE_CPUMAP_MAX, &online);
    cpus->cpus = (int)read_cpu_list("/sys/devices/system/cpu/present", present, WIRE_CPUMAP_MAX,
                                    &all);
    if (node) /* those that Xen has; ours are some of them, by other numbers */
        online = put_cpus(node, map, &cpus->cpus);
    cpus->online = wish->need_online ? online : 0;
    if (wish->need_map) {
        cpus->map.map_val = (char *)map;
        cpus->map.map_len = ((u_int)cpus->cpus + 7) / 8;
    }
    return true;
}

/* ---- Memory --------------------------------------------------------------------------------- */

static uint64_t read_memory(const char *text, const char *label)
{
    const char *line = strstr(text, label);
    return line ? g_ascii_strtoull(line + strlen(label), NULL, 10) : 0;
}

static void tell_stats(RvCall *call, const wire_node_stat *stats, size_t n, int max,
                       wire_node_get_memory_stats_ret *list)
{
    list->count = (int)n;
    if (max <= 0)
        return;
    list->stats.stats_len = MIN((u_int)max, (u_int)n);
    list->stats.stats_val = rv_call_alloc(call, n, sizeof(*stats));
    memcpy(list->stats.stats_val, stats, n * sizeof(*stats));
}

static bool tell_node_memory(RvCall *call, const RvNode *node,
                             const wire_node_get_memory_stats_args *wish,
                             wire_node_get_memory_stats_ret *list, GError **error)
{
    bool all = wish->cell == -1;
    if (!all && (wish->cell < 0 || wish->cell >= (int)node->nodes)) {
        rv_error_set(error, RV_ERR_INVALID_ARG, "there is no NUMA cell %d on this host",
                     wish->cell);
        return false;
    }
    const wire_node_stat stats[] = {
        {(char *)"free", all ? node->free_kib : node->cell_free_kib[wish->cell]},
        {(char *)"total", node->memory_kib},
    };
    tell_stats(call, stats, all ? 2 : 1, wish->max, list); /* Xen knows no total of a cell's */
    return true;
}

static bool get_memory_stats(RvCall *call, const void *args, void *ret, GError **error)
{
    const wire_node_get_memory_stats_args *wish = args;
    wire_node_get_memory_stats_ret *list = ret;
    bool all = wish->cell == -1;
    const RvNode *node;
    if (!find_node(call, &node))
        return true;
    if (node)
        return tell_node_memory(call, node, wish, list, error);
    g_autofree char *path =
        all ? g_strdup("/proc/meminfo")
            : g_strdup_printf("/sys/devices/system/node/node%d/meminfo", wish->cell);
    g_autofree char *text = rv_file_read(path, PROC_MAX, NULL, NULL);
    if (!text) {
        rv_error_set(error, RV_ERR_INVALID_ARG, "there is no NUMA cell %d on this host",
                     wish->cell);
        return false;
    }
    const wire_node_stat stats[] = {
        {(char *)"total", read_memory(text, "MemTotal:")},
        {(char *)"free", read_memory(text, "MemFree:")},
        {(char *)"buffers", read_memory(text, "Buffers:")},
        {(char *)"cached", read_memory(text, "\nCached:")},
    };
    tell_stats(call, stats, all ? G_N_ELEMENTS(stats) : 2, wish->max, list); /* a cell tells no more */
    return true;
}

/* With their NULs. */
static bool get_security_model(RvCall *call, const void *args, void *ret, GError **error)
{
    wire_node_get_security_model_ret *told = ret;
    static char model[] = "none", doi[] = "0";
    told->model.model_len = sizeof(model);
    told->model.model_val = model;
    told->doi.doi_len = sizeof(doi);
    told->doi.doi_val = doi;
    return true;
}

static const RvProcedure rows[] = {
    {.number = WIRE_NODE_GET_INFO, .name = "node-get-info",
     RV_PROC_RET(wire_node_get_info_ret), .right = RV_RIGHT_READ, .answer = get_info},

    {.number = WIRE_NODE_GET_CELLS_FREE_MEMORY, .name = "node-get-cells-free-memory",
     RV_PROC_ARGS(wire_node_get_cells_free_memory_args),
     RV_PROC_RET(wire_node_get_cells_free_memory_ret),
     .right = RV_RIGHT_READ, .answer = get_cells_free_memory},

    {.number = WIRE_NODE_GET_FREE_MEMORY, .name = "node-get-free-memory",
     RV_PROC_RET(wire_u64_ret), .right = RV_RIGHT_READ, .answer = get_free_memory},

    {.number = WIRE_NODE_GET_SECURITY_MODEL, .name = "node-get-security-model",
     RV_PROC_RET(wire_node_get_security_model_ret),
     .right = RV_RIGHT_READ, .answer = get_security_model},

    {.number = WIRE_NODE_GET_CPU_STATS, .name = "node-get-cpu-stats",
     RV_PROC_ARGS(wire_node_get_cpu_stats_args), RV_PROC_FLAGS(wire_node_get_cpu_stats_args, 0),
     RV_PROC_RET(wire_node_get_cpu_stats_ret), .right = RV_RIGHT_READ, .answer = get_cpu_stats},

    {.number = WIRE_NODE_GET_MEMORY_STATS, .name = "node-get-memory-stats",
     RV_PROC_ARGS(wire_node_get_memory_stats_args),
     RV_PROC_FLAGS(wire_node_get_memory_stats_args, 0),
     RV_PROC_RET(wire_node_get_memory_stats_ret),
     .right = RV_RIGHT_READ, .answer = get_memory_stats},

    {.number = WIRE_NODE_GET_CPU_MAP, .name = "node-get-cpu-map",
     RV_PROC_ARGS(wire_node_get_cpu_map_args), RV_PROC_FLAGS(wire_node_get_cpu_map_args, 0),
     RV_PROC_RET(wire_node_get_cpu_map_ret), .right = RV_RIGHT_READ, .answer = get_cpu_map},
};
const RvProcedureTable rv_procedures_node = RV_PROCEDURE_TABLE(rows);
