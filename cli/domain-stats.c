/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error.h"
#include "cli/cli.h"
#include "cli/param.h"

/* virDomainStatsTypes */
static const RvOptionBit groups[] = {
    {"state", 1u << 0},     {"cpu-total", 1u << 1}, {"balloon", 1u << 2},   {"vcpu", 1u << 3},
    {"interface", 1u << 4}, {"block", 1u << 5},     {"perf", 1u << 6},      {"iothread", 1u << 7},
    {"memory", 1u << 8},    {"dirtyrate", 1u << 9}, {"vm", 1u << 10},       {NULL},
};

/* virConnectGetAllDomainStatsFlags */
static const RvOptionBit flag_bits[] = {
    {"list-active", 1u << 0},    {"list-inactive", 1u << 1}, {"list-persistent", 1u << 2},
    {"list-transient", 1u << 3}, {"list-running", 1u << 4},  {"list-paused", 1u << 5},
    {"list-shutoff", 1u << 6},   {"list-other", 1u << 7},    {"nowait", 1u << 29},
    {"backing", 1u << 30},       {"enforce", 1u << 31},      {NULL},
};

static void clear_domain(void *domain)
{
    rv_xdr_clear((xdrproc_t)xdr_wire_domain, domain);
}

/* The domains that were named; none: all. NULL on error. */
static GArray *named_domains(RvCli *cli, const RvArgs *args, GError **error)
{
    g_autoptr(GArray) domains = g_array_new(FALSE, TRUE, sizeof(wire_domain));
    g_array_set_clear_func(domains, clear_domain);
    for (const char *const *name = rv_args_list(args, "domain"); *name; name++) {
        wire_domain_ret ret = {0};
        if (!rv_cli_find_domain(cli, *name, RV_BY_ANY, &ret, error))
            return NULL;
        g_array_append_val(domains, ret.domain);
    }
    return g_steal_pointer(&domains);
}

static void print_record(RvCli *cli, const wire_domain_stats *record, bool first)
{
    rv_output_text(&cli->output, "%sDomain: '%s'\n", first ? "" : "\n", record->domain.name);
    for (unsigned i = 0; i < record->params.params_len; i++) {
        const wire_param *param = &record->params.params_val[i];
        g_autofree char *value = rv_param_to_text(param);
        rv_output_text(&cli->output, "  %s=%s\n", param->field, value);
    }
}

static json_t *record_to_json(const wire_domain_stats *record)
{
    return json_pack("{s:s, s:o, s:o}", "name", record->domain.name, "uuid",
                     rv_cli_json_uuid(&record->domain), "stats",
                     rv_params_to_json(record->params.params_val, record->params.params_len));
}

static bool run_domstats(RvCli *cli, const RvArgs *args, GError **error)
{
    g_autoptr(GArray) domains = named_domains(cli, args, error);
    if (!domains)
        return false;
    wire_connect_get_all_domain_stats_args call = {
        .domains.domains_val = (wire_domain *)(void *)domains->data,
        .domains.domains_len = domains->len,
        .stats = rv_args_bits(args, groups),
        .flags = rv_args_bits(args, flag_bits),
    };
    g_auto(wire_connect_get_all_domain_stats_ret) ret = {0};
    if (!rv_client_call(cli->client, WIRE_CONNECT_GET_ALL_DOMAIN_STATS,
                        wire_connect_get_all_domain_stats_args, &call,
                        wire_connect_get_all_domain_stats_ret, &ret, error)) {
        g_prefix_error(error, "could not get statistics: ");
        return false;
    }
    json_t *list = json_array();
    for (unsigned i = 0; i < ret.records.records_len; i++) {
        if (cli->output.json)
            json_array_append_new(list, record_to_json(&ret.records.records_val[i]));
        else
            print_record(cli, &ret.records.records_val[i], i == 0);
    }
    rv_output_json(&cli->output, cli->command, list);
    return true;
}

static const RvOption options[] = {
    {.name = "state", .text = "state and its reason"},
    {.name = "cpu-total", .text = "CPU time"},
    {.name = "balloon", .text = "memory that the guest has"},
    {.name = "vcpu", .text = "each vCPU"},
    {.name = "interface", .text = "each network interface"},
    {.name = "block", .text = "each disk"},
    {.name = "perf", .text = "perf events"},
    {.name = "iothread", .text = "each I/O thread"},
    {.name = "memory", .text = "memory bandwidth"},
    {.name = "dirtyrate", .text = "how fast memory is written to"},
    {.name = "vm", .text = "what the hypervisor alone knows"},
    {.name = "list-active", .text = "of active domains"},
    {.name = "list-inactive", .text = "of inactive domains"},
    {.name = "list-persistent", .text = "of domains that are defined"},
    {.name = "list-transient", .text = "of domains that are gone when they end"},
    {.name = "list-running", .text = "of running domains"},
    {.name = "list-paused", .text = "of paused domains"},
    {.name = "list-shutoff", .text = "of domains that are shut off"},
    {.name = "list-other", .text = "of domains in another state"},
    {.name = "raw", .text = "as they are; they always are"},
    {.name = "enforce", .text = "fail when a group asked for is not known here"},
    {.name = "backing", .text = "disks with all they are based on"},
    {.name = "nowait", .text = "what can be had at once; with reeved that is all"},
    {.name = "domain", .kind = RV_OPTION_LIST, .completion = RV_COMPLETE_DOMAIN,
     .value = "DOMAIN", .text = "names, ids or UUIDs; none: all domains"},
    {NULL},
};

const RvCommand rv_command_domstats = {
    .name = "domstats",
    .summary = "print statistics of domains",
    .description = "All groups of numbers, if no group is asked for.",
    .options = options,
    .examples = (const RvExample[]){{"domstats", "Everything about all domains."},
                                    {"domstats --cpu-total --block web", "Two groups of one."},
                                    {NULL}},
    .keys =
        (const RvKey[]){
            {"name", "the domain's name"},
            {"uuid", "its UUID"},
            {"stats", "an object: number or text by name, such as cpu.time (ns)"},
            {NULL},
        },
    .run = run_domstats,
};
