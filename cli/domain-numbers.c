/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a domain's processors and interfaces have done. */
#include "base/error.h"
#include "cli/cli.h"
#include "cli/param.h"

/* ---- cpu-stats ---- */

enum { CPUS_AT_ONCE = 128, NS_PER_S = 1000000000 }; /* the first is a limit of libvirt's */

static bool ask_cpus(RvCli *cli, const wire_domain *domain, int first, unsigned n, unsigned max,
                     wire_domain_get_cpu_stats_ret *ret, GError **error)
{
    wire_domain_get_cpu_stats_args call = {
        .domain = *domain, .max = max, .first = first, .cpus = n};
    if (rv_client_call(cli->client, WIRE_DOMAIN_GET_CPU_STATS, wire_domain_get_cpu_stats_args,
                       &call, wire_domain_get_cpu_stats_ret, ret, error))
        return true;
    g_prefix_error(error, "could not get the CPU time of domain '%s': ", domain->name);
    return false;
}

static void print_times(RvCli *cli, const char *title, const wire_param *params, unsigned n)
{
    rv_output_text(&cli->output, "%s:\n", title);
    for (unsigned i = 0; i < n; i++) {
        guint64 ns = params[i].value.wire_param_value_u.ul;
        rv_output_text(&cli->output,
                       "\t%-12s %9" G_GUINT64_FORMAT ".%09" G_GUINT64_FORMAT " seconds\n",
                       params[i].field, ns / NS_PER_S, ns % NS_PER_S);
    }
}

/* Of the CPUs from the first on, as far as the host has them. */
static bool tell_each(RvCli *cli, const wire_domain *domain, int first, int count, json_t *list,
                      GError **error)
{
    g_auto(wire_domain_get_cpu_stats_ret) cpus = {0}, each = {0};
    if (!ask_cpus(cli, domain, 0, 0, 0, &cpus, error) ||
        !ask_cpus(cli, domain, 0, 1, 0, &each, error))
        return false;
    if (first < 0 || first >= cpus.count) {
        rv_usage_error(error, "the CPUs of the host are 0 to %d", cpus.count - 1);
        return false;
    }
    int end = count < 0 ? cpus.count : MIN(cpus.count, first + count);
    if (each.count == 0)
        rv_output_text(&cli->output, "No per-CPU stats available\n");
    for (int cpu = first; each.count > 0 && cpu < end; cpu += CPUS_AT_ONCE) {
        g_auto(wire_domain_get_cpu_stats_ret) ret = {0};
        unsigned n = (unsigned)MIN(end - cpu, CPUS_AT_ONCE), per = (unsigned)each.count;
        if (!ask_cpus(cli, domain, cpu, n, per, &ret, error))
            return false;
        for (unsigned i = 0; i < ret.params.params_len / per; i++) {
            g_autofree char *title = g_strdup_printf("CPU%u", (unsigned)cpu + i);
            print_times(cli, title, ret.params.params_val + i * per, per);
            json_array_append_new(list, rv_params_to_json(ret.params.params_val + i * per, per));
        }
    }
    return true;
}

static bool run_cpu_stats(RvCli *cli, const RvArgs *args, GError **error)
{
    int first = rv_args_int(args, "start", 0), count = rv_args_int(args, "count", -1);
    bool ranged = rv_args_has(args, "start") || rv_args_has(args, "count");
    bool total = rv_args_has(args, "total") || !ranged,
         cpus = ranged || !rv_args_has(args, "total");
    g_auto(wire_domain_ret) found = {0};
    g_auto(wire_domain_get_cpu_stats_ret) ret = {0};
    json_auto_t *each = json_array();
    if (!rv_cli_find_domain(cli, rv_args_string(args, "domain"), RV_BY_ANY, &found, error) ||
        (cpus && !tell_each(cli, &found.domain, first, count, each, error)) ||
        (total && !ask_cpus(cli, &found.domain, -1, 1, WIRE_DOMAIN_CPU_STATS_MAX, &ret, error)))
        return false;
    if (total)
        print_times(cli, "Total", ret.params.params_val, ret.params.params_len);
    rv_output_json(&cli->output, cli->command,
                   json_pack("{s:O, s:o}", "cpus", each, "total",
                             rv_params_to_json(ret.params.params_val, ret.params.params_len)));
    return true;
}

const RvCommand rv_command_cpu_stats = {
    .name = "cpu-stats",
    .summary = "print how long a domain has used the host's CPUs",
    .description = "Each of them, where the host counts so, and all together.",
    .options =
        (const RvOption[]){
            RV_OPTION_DOMAIN(RV_COMPLETE_ACTIVE),
            {.name = "total", .text = "all together"},
            {.name = "start", .kind = RV_OPTION_INT, .value = "CPU", .text = "from this one on"},
            {.name = "count", .kind = RV_OPTION_INT, .value = "N", .text = "as many"},
            {NULL},
        },
    .examples = (const RvExample[]){{"cpu-stats web --total", "In seconds."}, {NULL}},
    .keys = (const RvKey[]){{"cpus", "a list of objects: ns by name"},
                            {"total", "an object: ns by name"},
                            {NULL}},
    .run = run_cpu_stats,
};

/* ---- domifstat ---- */

#define FIELD(field) offsetof(wire_domain_interface_stats_ret, field)
static const struct {
    const char *name; /* virsh's */
    size_t offset;
} interface_fields[] = {
    {"rx_bytes", FIELD(rx_bytes)}, {"rx_packets", FIELD(rx_packets)},
    {"rx_errs", FIELD(rx_errors)}, {"rx_drop", FIELD(rx_dropped)},
    {"tx_bytes", FIELD(tx_bytes)}, {"tx_packets", FIELD(tx_packets)},
    {"tx_errs", FIELD(tx_errors)}, {"tx_drop", FIELD(tx_dropped)},
};

static bool run_domifstat(RvCli *cli, const RvArgs *args, GError **error)
{
    const char *interface = rv_args_string(args, "interface");
    g_auto(wire_domain_ret) found = {0};
    if (!rv_cli_find_domain(cli, rv_args_string(args, "domain"), RV_BY_ANY, &found, error))
        return false;
    wire_domain_interface_stats_args call = {.domain = found.domain, .device = (char *)interface};
    wire_domain_interface_stats_ret ret = {0};
    if (!rv_client_call(cli->client, WIRE_DOMAIN_INTERFACE_STATS, wire_domain_interface_stats_args,
                        &call, wire_domain_interface_stats_ret, &ret, error)) {
        g_prefix_error(error, "could not get the numbers of interface '%s' of domain '%s': ",
                       interface, found.domain.name);
        return false;
    }
    json_t *stats = json_object();
    for (size_t i = 0; i < G_N_ELEMENTS(interface_fields); i++) {
        int64_t value = G_STRUCT_MEMBER(int64_t, &ret, interface_fields[i].offset);
        if (value < 0)
            continue; /* it is not known */
        rv_output_text(&cli->output, "%s %s %" G_GINT64_FORMAT "\n", interface,
                       interface_fields[i].name, value);
        json_object_set_new(stats, interface_fields[i].name, json_integer(value));
    }
    rv_output_json(&cli->output, cli->command,
                   json_pack("{s:s, s:o}", "interface", interface, "stats", stats));
    return true;
}

const RvCommand rv_command_domifstat = {
    .name = "domifstat",
    .summary = "print what a network interface has done",
    .options =
        (const RvOption[]){
            RV_OPTION_DOMAIN(RV_COMPLETE_ACTIVE),
            {.name = "interface", .kind = RV_OPTION_STRING, .required = true, .value = "INTERFACE",
             .text = "its device on the host or its address, as domiflist prints them"},
            {NULL},
        },
    .examples = (const RvExample[]){{"domifstat web vnet0", "Bytes, packets, errors."}, {NULL}},
    .keys = (const RvKey[]){{"interface", "as it was given"},
                            {"stats", "an object: number by name"},
                            {NULL}},
    .run = run_domifstat,
};
