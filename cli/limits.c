/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Limits of a domain that are typed parameters: with nothing to change they are printed. */
#include <string.h>

#include "base/error.h"
#include "cli/param.h"
#include "cli/tune.h"

#define LABEL_WIDTH 15
#define UNLIMITED ((uint64_t)INT64_MAX >> 10) /* libvirt's VIR_DOMAIN_MEMORY_PARAM_UNLIMITED */

typedef struct {
    const char *option, *field;
    int type; /* wire_param_type; of WIRE_PARAM_ULLONG: KiB */
} Field;

/* One group of parameters: how it is asked for, and by which options it is changed. */
typedef struct {
    unsigned get, set; /* procedures */
    const Field *fields;
    size_t n_fields;
    const char *what; /* for errors: "memory" */
} Group;

static const char *const modes[] = {"strict", "preferred", "interleave", "restrictive", NULL};

static const Field memory_fields[] = {
    {"hard-limit", "hard_limit", WIRE_PARAM_ULLONG},
    {"soft-limit", "soft_limit", WIRE_PARAM_ULLONG},
    {"swap-hard-limit", "swap_hard_limit", WIRE_PARAM_ULLONG},
};
static const Group memory = {WIRE_DOMAIN_GET_MEMORY_PARAMETERS, WIRE_DOMAIN_SET_MEMORY_PARAMETERS,
                             memory_fields, G_N_ELEMENTS(memory_fields), "limits of memory"};

static const Field block_fields[] = {
    {"weight", "weight", WIRE_PARAM_UINT},
    {"device-weights", "device_weight", WIRE_PARAM_STRING},
    {"device-read-iops-sec", "device_read_iops_sec", WIRE_PARAM_STRING},
    {"device-write-iops-sec", "device_write_iops_sec", WIRE_PARAM_STRING},
    {"device-read-bytes-sec", "device_read_bytes_sec", WIRE_PARAM_STRING},
    {"device-write-bytes-sec", "device_write_bytes_sec", WIRE_PARAM_STRING},
};
static const Group block = {WIRE_DOMAIN_GET_BLKIO_PARAMETERS, WIRE_DOMAIN_SET_BLKIO_PARAMETERS,
                            block_fields, G_N_ELEMENTS(block_fields), "limits of block devices"};

static const Field numa_fields[] = {
    {"mode", "numa_mode", WIRE_PARAM_INT},
    {"nodeset", "numa_nodeset", WIRE_PARAM_STRING},
};
static const Group numa = {WIRE_DOMAIN_GET_NUMA_PARAMETERS, WIRE_DOMAIN_SET_NUMA_PARAMETERS,
                           numa_fields, G_N_ELEMENTS(numa_fields), "NUMA nodes"};

/* ---- Printing ------------------------------------------------------------------------------- */

static char *value_text(const wire_param *param)
{
    if (param->value.type == WIRE_PARAM_ULLONG && param->value.wire_param_value_u.ul == UNLIMITED)
        return g_strdup("unlimited");
    int mode = param->value.wire_param_value_u.i;
    if (strcmp(param->field, "numa_mode") == 0 && mode >= 0 && mode < (int)G_N_ELEMENTS(modes) - 1)
        return g_strdup(modes[mode]);
    return rv_param_to_text(param);
}

static void print_params(RvCli *cli, const wire_param *params, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        g_autofree char *value = value_text(&params[i]);
        rv_output_text(&cli->output, "%-*s: %s\n", LABEL_WIDTH, params[i].field, value);
    }
}

/* ---- memtune, blkiotune, numatune ----------------------------------------------------------- */

static bool parse_number(const char *text, int64_t max, int64_t *ret, GError **error)
{
    guint64 value;
    if (g_ascii_string_to_unsigned(text, 10, 0, (guint64)max, &value, NULL)) {
        *ret = (int64_t)value;
        return true;
    }
    rv_usage_error(error, "'%s' is no number that it can be", text);
    return false;
}

static bool parse_param(const Field *field, const char *text, wire_param *param, GError **error)
{
    int64_t number = 0;
    uint64_t kib = UNLIMITED;
    *param = (wire_param){(char *)field->field, {.type = field->type}};
    switch (field->type) {
    case WIRE_PARAM_STRING:
        param->value.wire_param_value_u.s = (char *)text;
        return true;
    case WIRE_PARAM_ULLONG:
        if (strcmp(text, "-1") != 0 && !rv_tune_parse_kib(text, &kib, error))
            return false;
        param->value.wire_param_value_u.ul = kib;
        return true;
    default:
        if (field->type == WIRE_PARAM_INT && g_strv_contains(modes, text))
            while (strcmp(modes[number], text) != 0)
                number++;
        else if (!parse_number(text, INT_MAX, &number, error))
            return false;
        param->value.wire_param_value_u.i = (int)number;
        return true;
    }
}

static bool show(RvCli *cli, const Group *group, const wire_domain *domain, unsigned flags,
                 GError **error)
{
    g_auto(wire_domain_get_params_ret) ret = {0};
    wire_domain_get_params_args call = {*domain, WIRE_TUNE_PARAMS_MAX, flags};
    if (!rv_client_call(cli->client, group->get, wire_domain_get_params_args, &call,
                        wire_domain_get_params_ret, &ret, error)) {
        g_prefix_error(error, "could not get the %s of domain '%s': ", group->what, domain->name);
        return false;
    }
    print_params(cli, ret.params.params_val, ret.params.params_len);
    rv_output_json(&cli->output, cli->command,
                   json_pack("{s:o}", "params",
                             rv_params_to_json(ret.params.params_val, ret.params.params_len)));
    return true;
}

static bool tune(RvCli *cli, const RvArgs *args, const Group *group, GError **error)
{
    g_auto(wire_domain_ret) found = {0};
    wire_param params[WIRE_TUNE_PARAMS_MAX];
    unsigned n = 0;
    for (size_t i = 0; i < group->n_fields; i++) {
        const char *text = rv_args_string(args, group->fields[i].option);
        if (text && !parse_param(&group->fields[i], text, &params[n++], error))
            return false;
    }
    if (!rv_cli_find_domain(cli, rv_args_string(args, "domain"), RV_BY_ANY, &found, error))
        return false;
    if (n == 0)
        return show(cli, group, &found.domain, rv_tune_flags(args), error);
    wire_domain_set_params_args call = {found.domain, {n, params}, rv_tune_flags(args)};
    if (!rv_client_call(cli->client, group->set, wire_domain_set_params_args, &call, void, NULL,
                        error)) {
        g_prefix_error(error, "could not change the %s of domain '%s': ", group->what,
                       found.domain.name);
        return false;
    }
    rv_output_json(&cli->output, cli->command,
                   json_pack("{s:o}", "params", rv_params_to_json(params, n)));
    return true;
}

static bool run_memtune(RvCli *cli, const RvArgs *args, GError **error)
{
    return tune(cli, args, &memory, error);
}

static bool run_blkiotune(RvCli *cli, const RvArgs *args, GError **error)
{
    return tune(cli, args, &block, error);
}

static bool run_numatune(RvCli *cli, const RvArgs *args, GError **error)
{
    return tune(cli, args, &numa, error);
}

/* ---- schedinfo ------------------------------------------------------------------------------ */

static bool ask_scheduler(RvCli *cli, const wire_domain *domain, unsigned flags,
                          wire_domain_scheduler_ret *ret, GError **error)
{
    wire_domain_get_params_args call = {*domain, WIRE_TUNE_PARAMS_MAX, flags};
    return rv_client_call(cli->client, WIRE_DOMAIN_GET_SCHEDULER_PARAMETERS_FLAGS,
                          wire_domain_get_params_args, &call, wire_domain_scheduler_ret, ret,
                          error);
}

/* "cpu_shares=2048", of the type that the daemon tells it with. */
static bool parse_setting(const char *text, const wire_domain_scheduler_ret *known,
                          wire_param *param, GError **error)
{
    const char *equals = strchr(text, '=');
    g_autofree char *name = g_strndup(text, equals ? (gsize)(equals - text) : strlen(text));
    const wire_param *like =
        rv_params_find(known->params.params_val, known->params.params_len, name);
    char *end = NULL;
    if (!equals || !like) {
        rv_usage_error(error, "'%s' sets nothing: print what there is with schedinfo DOMAIN", text);
        return false;
    }
    *param = (wire_param){like->field, {.type = like->value.type}};
    int64_t number = g_ascii_strtoll(equals + 1, &end, 10);
    if (!equals[1] || *end) {
        rv_usage_error(error, "'%s': '%s' is no number", text, equals + 1);
        return false;
    }
    if (like->value.type == WIRE_PARAM_UINT || like->value.type == WIRE_PARAM_INT)
        param->value.wire_param_value_u.i = (int)number;
    else
        param->value.wire_param_value_u.l = number;
    return true;
}

static bool set_scheduler(RvCli *cli, const wire_domain *domain, unsigned flags,
                          const char *const *settings, const wire_domain_scheduler_ret *known,
                          GError **error)
{
    wire_param params[WIRE_TUNE_PARAMS_MAX];
    unsigned n = 0;
    for (; settings[n]; n++) {
        if (n == WIRE_TUNE_PARAMS_MAX) {
            rv_usage_error(error, "there are not so many settings");
            return false;
        }
        if (!parse_setting(settings[n], known, &params[n], error))
            return false;
    }
    wire_domain_set_params_args call = {*domain, {n, params}, flags};
    return n == 0 || rv_client_call(cli->client, WIRE_DOMAIN_SET_SCHEDULER_PARAMETERS_FLAGS,
                                    wire_domain_set_params_args, &call, void, NULL, error);
}

static bool run_schedinfo(RvCli *cli, const RvArgs *args, GError **error)
{
    g_auto(wire_domain_ret) found = {0};
    g_auto(wire_domain_scheduler_type_ret) type = {0};
    g_auto(wire_domain_scheduler_ret) before = {0}, now = {0};
    unsigned flags = rv_tune_flags(args);
    unsigned shown = flags & 1 ? 1 : flags; /* both can be set, but one is shown */
    if (!rv_cli_find_domain(cli, rv_args_string(args, "domain"), RV_BY_ANY, &found, error))
        return false;
    wire_domain_args call = {found.domain};
    if (!rv_client_call(cli->client, WIRE_DOMAIN_GET_SCHEDULER_TYPE, wire_domain_args, &call,
                        wire_domain_scheduler_type_ret, &type, error) ||
        !ask_scheduler(cli, &found.domain, shown, &before, error) ||
        !set_scheduler(cli, &found.domain, flags, rv_args_list(args, "set"), &before, error) ||
        !ask_scheduler(cli, &found.domain, shown, &now, error)) {
        g_prefix_error(error, "scheduler of domain '%s': ", found.domain.name);
        return false;
    }
    rv_output_text(&cli->output, "%-*s: %s\n", LABEL_WIDTH, "Scheduler", type.name);
    print_params(cli, now.params.params_val, now.params.params_len);
    rv_output_json(&cli->output, cli->command,
                   json_pack("{s:s, s:o}", "scheduler", type.name, "params",
                             rv_params_to_json(now.params.params_val, now.params.params_len)));
    return true;
}

/* ---- Tables --------------------------------------------------------------------------------- */

#define VALUE(name_, value_, text_)                                                                \
    {.name = name_, .kind = RV_OPTION_STRING, .named = true, .value = value_, .text = text_}
#define DEVICES(name_, text_) VALUE(name_, "DEVICE,N,...", text_)

static const RvOptionPair exclusive[] = {RV_TUNE_EXCLUSIVE, {NULL}};
static const RvKey keys[] = {{"params", "an object: what was changed, or all there is"}, {NULL}};

const RvCommand rv_command_memtune = {
    .name = "memtune",
    .summary = "print or change limits of a domain's memory on the host",
    .options =
        (const RvOption[]){
            RV_OPTION_DOMAIN(RV_COMPLETE_DOMAIN),
            VALUE("hard-limit", "SIZE", "all that it may take: KiB, 512M; -1: no limit"),
            VALUE("soft-limit", "SIZE", "what is left to it when others want memory"),
            VALUE("swap-hard-limit", "SIZE", "memory and swap together"),
            RV_TUNE_OPTIONS,
            {NULL},
        },
    .exclusive = exclusive,
    .examples = (const RvExample[]){{"memtune web", "What they are."},
                                    {"memtune web --hard-limit 512M --live", "While it runs."},
                                    {NULL}},
    .keys = keys,
    .run = run_memtune,
};

const RvCommand rv_command_blkiotune = {
    .name = "blkiotune",
    .summary = "print or change limits of a domain's use of block devices",
    .options =
        (const RvOption[]){
            RV_OPTION_DOMAIN(RV_COMPLETE_DOMAIN),
            VALUE("weight", "N", "its share of all devices"),
            DEVICES("device-weights", "its share of single devices"),
            DEVICES("device-read-iops-sec", "reads each second; 0: no limit"),
            DEVICES("device-write-iops-sec", "writes each second"),
            DEVICES("device-read-bytes-sec", "bytes read each second"),
            DEVICES("device-write-bytes-sec", "bytes written each second"),
            RV_TUNE_OPTIONS,
            {NULL},
        },
    .exclusive = exclusive,
    .examples = (const RvExample[]){{"blkiotune web --device-read-bytes-sec /dev/sda,10485760",
                                     "10 MiB each second."},
                                    {NULL}},
    .keys = keys,
    .run = run_blkiotune,
};

const RvCommand rv_command_numatune = {
    .name = "numatune",
    .summary = "print or change which NUMA nodes a domain's memory is on",
    .options =
        (const RvOption[]){
            RV_OPTION_DOMAIN(RV_COMPLETE_DOMAIN),
            {.name = "mode", .kind = RV_OPTION_STRING, .named = true, .words = modes,
             .completion = RV_COMPLETE_WORD, .text = "what happens where there is not enough"},
            VALUE("nodeset", "NODES", "0-1"),
            RV_TUNE_OPTIONS,
            {NULL},
        },
    .exclusive = exclusive,
    .examples = (const RvExample[]){{"numatune web --nodeset 0 --live", "While it runs."}, {NULL}},
    .keys = keys,
    .run = run_numatune,
};

const RvCommand rv_command_schedinfo = {
    .name = "schedinfo",
    .summary = "print or change a domain's part of the host's CPUs",
    .options =
        (const RvOption[]){
            RV_OPTION_DOMAIN(RV_COMPLETE_DOMAIN),
            RV_TUNE_OPTIONS,
            {.name = "set", .kind = RV_OPTION_LIST, .value = "NAME=N", .text = "what to change"},
            {NULL},
        },
    .exclusive = exclusive,
    .examples = (const RvExample[]){{"schedinfo web", "What it is."},
                                    {"schedinfo web --live vcpu_quota=50000 vcpu_period=100000",
                                     "Half of a CPU, while it runs."},
                                    {NULL}},
    .keys = (const RvKey[]){{"scheduler", "posix: the host's kernel, or a hypervisor's own"},
                            {"params", "an object: what it is"},
                            {NULL}},
    .run = run_schedinfo,
};
