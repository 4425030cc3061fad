/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Memory and CPUs of a domain, while it runs or for its next start. */
#include "cli/tune.h"

#include "base/error.h"
#include "model/cpuset.h"

enum { MAXIMUM = 1 << 2 }; /* VIR_DOMAIN_MEM_MAXIMUM, VIR_DOMAIN_VCPU_MAXIMUM */

unsigned rv_tune_flags(const RvArgs *args)
{
    return rv_args_bits(args, (const RvOptionBit[]){{"live", 1}, {"config", 2}, {NULL}});
}

bool rv_tune_parse_kib(const char *text, uint64_t *ret_kib, GError **error)
{
    uint64_t bytes;
    if (!rv_option_size(text, "KiB", &bytes, error))
        return false;
    *ret_kib = bytes / 1024 + (bytes % 1024 != 0);
    return true;
}

/* virsh has no words for it. */
static void report(RvCli *cli, const wire_domain *domain)
{
    rv_cli_report(cli, domain, "changed", "%s", "");
}

/* ---- Memory --------------------------------------------------------------------------------- */

static bool set_memory(RvCli *cli, const RvArgs *args, unsigned more, GError **error)
{
    g_auto(wire_domain_ret) found = {0};
    wire_domain_set_memory_flags_args call = {.flags = rv_tune_flags(args) | more};
    uint64_t kib;
    if (!rv_tune_parse_kib(rv_args_string(args, "size"), &kib, error) ||
        !rv_cli_find_domain(cli, rv_args_string(args, "domain"), RV_BY_ANY, &found, error))
        return false;
    call.domain = found.domain;
    call.kib = kib;
    if (!rv_client_call(cli->client, WIRE_DOMAIN_SET_MEMORY_FLAGS,
                        wire_domain_set_memory_flags_args, &call, void, NULL, error)) {
        g_prefix_error(error, "could not set the memory of domain '%s': ", found.domain.name);
        return false;
    }
    report(cli, &found.domain);
    return true;
}

static bool run_setmem(RvCli *cli, const RvArgs *args, GError **error)
{
    return set_memory(cli, args, 0, error);
}

static bool run_setmaxmem(RvCli *cli, const RvArgs *args, GError **error)
{
    return set_memory(cli, args, MAXIMUM, error);
}

/* ---- CPUs ----------------------------------------------------------------------------------- */

static bool run_setvcpus(RvCli *cli, const RvArgs *args, GError **error)
{
    g_auto(wire_domain_ret) found = {0};
    if (!rv_cli_find_domain(cli, rv_args_string(args, "domain"), RV_BY_ANY, &found, error))
        return false;
    wire_domain_set_vcpus_flags_args call = {
        .domain = found.domain,
        .count = (unsigned)rv_args_int(args, "count", 0),
        .flags = rv_tune_flags(args) | (rv_args_has(args, "maximum") ? MAXIMUM : 0),
    };
    if (!rv_client_call(cli->client, WIRE_DOMAIN_SET_VCPUS_FLAGS, wire_domain_set_vcpus_flags_args,
                        &call, void, NULL, error)) {
        g_prefix_error(error, "could not set the vCPUs of domain '%s': ", found.domain.name);
        return false;
    }
    report(cli, &found.domain);
    return true;
}

/* "0-3,^2": as bytes, of which the first bit is CPU 0. NULL: no such set. */
static GByteArray *parse_map(const char *text, GError **error)
{
    RvCpuset set = {0};
    if (!rv_cpuset_parse(text, &set)) {
        rv_usage_error(error, "'%s' is no set of CPUs: 0-3,^2", text);
        return NULL;
    }
    GByteArray *map = g_byte_array_new();
    for (int cpu = -1; (cpu = rv_cpuset_next(&set, cpu)) >= 0;) {
        while (map->len <= (guint)cpu / 8)
            g_byte_array_append(map, (const guint8[]){0}, 1);
        map->data[cpu / 8] |= (guint8)(1 << cpu % 8);
    }
    return map;
}

static bool run_vcpupin(RvCli *cli, const RvArgs *args, GError **error)
{
    g_auto(wire_domain_ret) found = {0};
    g_autoptr(GByteArray) map = parse_map(rv_args_string(args, "cpulist"), error);
    if (!map ||
        !rv_cli_find_domain(cli, rv_args_string(args, "domain"), RV_BY_ANY, &found, error))
        return false;
    wire_domain_pin_vcpu_flags_args call = {
        .domain = found.domain,
        .vcpu = (unsigned)rv_args_int(args, "vcpu", 0),
        .map = {map->len, (char *)map->data},
        .flags = rv_tune_flags(args),
    };
    if (!rv_client_call(cli->client, WIRE_DOMAIN_PIN_VCPU_FLAGS, wire_domain_pin_vcpu_flags_args,
                        &call, void, NULL, error)) {
        g_prefix_error(error, "could not pin a vCPU of domain '%s': ", found.domain.name);
        return false;
    }
    report(cli, &found.domain);
    return true;
}

/* ---- Tables --------------------------------------------------------------------------------- */

static const RvOptionPair exclusive[] = {RV_TUNE_EXCLUSIVE, {NULL}};
static const RvOption size_options[] = {
    RV_OPTION_DOMAIN(RV_COMPLETE_DOMAIN),
    {.name = "size", .kind = RV_OPTION_STRING, .required = true, .value = "SIZE",
     .text = "KiB, or with a unit: 512M, 2GiB"},
    RV_TUNE_OPTIONS,
    {NULL},
};

static const RvCommand setmaxmem = {
    .name = "setmaxmem",
    .summary = "change how much memory a domain can have",
    .options = size_options,
    .exclusive = exclusive,
    .examples = (const RvExample[]){{"setmaxmem web 4G --config", "From its next start on."},
                                    {NULL}},
    .keys = RV_REPORT_KEYS,
    .run = run_setmaxmem,
};

static const RvCommand setmem = {
    .name = "setmem",
    .summary = "change how much memory a domain has now",
    .options = size_options,
    .exclusive = exclusive,
    .examples = (const RvExample[]){{"setmem web 512M --live", "While it runs."}, {NULL}},
    .keys = RV_REPORT_KEYS,
    .run = run_setmem,
};

static const RvCommand setvcpus = {
    .name = "setvcpus",
    .summary = "change how many vCPUs a domain has",
    .options =
        (const RvOption[]){
            RV_OPTION_DOMAIN(RV_COMPLETE_DOMAIN),
            {.name = "count", .kind = RV_OPTION_INT, .required = true, .text = "how many"},
            {.name = "maximum", .text = "how many it can have, not has"},
            RV_TUNE_OPTIONS,
            {NULL},
        },
    .exclusive = exclusive,
    .examples = (const RvExample[]){{"setvcpus web 4 --config", "From its next start on."},
                                    {NULL}},
    .keys = RV_REPORT_KEYS,
    .run = run_setvcpus,
};

static const RvCommand vcpupin = {
    .name = "vcpupin",
    .summary = "say which of the host's CPUs a vCPU may use",
    .options =
        (const RvOption[]){
            RV_OPTION_DOMAIN(RV_COMPLETE_DOMAIN),
            {.name = "vcpu", .kind = RV_OPTION_INT, .required = true, .text = "its number"},
            {.name = "cpulist", .kind = RV_OPTION_STRING, .required = true, .value = "CPUS",
             .text = "0-3,^2"},
            RV_TUNE_OPTIONS,
            {NULL},
        },
    .exclusive = exclusive,
    .examples = (const RvExample[]){{"vcpupin web 0 2-3 --config", "From its next start on."},
                                    {NULL}},
    .keys = RV_REPORT_KEYS,
    .run = run_vcpupin,
};

const RvFamily rv_family_tune = {
    .name = "tune",
    .title = "Memory, CPUs and limits",
    .commands = (const RvCommand *const[]){&rv_command_blkiotune, &rv_command_memtune,
                                           &rv_command_numatune, &rv_command_schedinfo,
                                           &setmaxmem, &setmem, &setvcpus, &vcpupin, NULL},
};
