/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Disks, network interfaces and memory of one domain. */
#include <string.h>

#include "base/error.h"
#include "cli/live.h"
#include "cli/param.h"
#include "cli/table.h"

#define LABEL_WIDTH 15

static const char *or_dash(const char *text)
{
    return text ? text : "-";
}

static unsigned inactive_flag(const RvArgs *args)
{
    return rv_args_has(args, "inactive") ? RV_XML_INACTIVE : 0;
}

/* ---- domblklist, domiflist ---- */

static const char *disk_source(const RvXmlNode *disk)
{
    static const char *const names[] = {"file", "dev", "dir", "name", "volume", "path", NULL};
    return rv_live_any_attribute(rv_live_child(disk, "source"), names);
}

static bool run_domblklist(RvCli *cli, const RvArgs *args, GError **error)
{
    g_auto(RvLive) live = {0};
    if (!rv_live_get(cli, args, inactive_flag(args), false, &live, error))
        return false;
    bool details = rv_args_has(args, "details");
    g_autoptr(RvTable) table = details ? rv_table_new("Type", "Device", "Target", "Source", NULL)
                                       : rv_table_new("Target", "Source", NULL);
    json_t *list = json_array();
    for (const RvXmlNode *disk = rv_live_child(live.devices, "disk"); disk;
         disk = rv_live_next(disk, "disk")) {
        const char *type = or_dash(rv_live_attribute(disk, "type"));
        const char *device = or_dash(rv_live_attribute(disk, "device"));
        const char *target = or_dash(rv_live_attribute(rv_live_child(disk, "target"), "dev"));
        const char *source = disk_source(disk);
        if (details)
            rv_table_add(table, type, device, target, or_dash(source), NULL);
        else
            rv_table_add(table, target, or_dash(source), NULL);
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s?}", "type", type, "device",
                                              device, "target", target, "source", source));
    }
    rv_table_print(table, &cli->output);
    rv_output_json(&cli->output, cli->command, list);
    return true;
}

static bool run_domiflist(RvCli *cli, const RvArgs *args, GError **error)
{
    static const char *const sources[] = {"bridge", "dev", "network", "name", "path", NULL};
    g_auto(RvLive) live = {0};
    if (!rv_live_get(cli, args, inactive_flag(args), false, &live, error))
        return false;
    g_autoptr(RvTable) table = rv_table_new("Interface", "Type", "Source", "Model", "MAC", NULL);
    json_t *list = json_array();
    for (const RvXmlNode *node = rv_live_child(live.devices, "interface"); node;
         node = rv_live_next(node, "interface")) {
        const char *target = rv_live_attribute(rv_live_child(node, "target"), "dev");
        const char *type = rv_live_attribute(node, "type");
        const char *source = rv_live_any_attribute(rv_live_child(node, "source"), sources);
        const char *model = rv_live_attribute(rv_live_child(node, "model"), "type");
        const char *mac = rv_live_attribute(rv_live_child(node, "mac"), "address");
        rv_table_add(table, or_dash(target), or_dash(type), or_dash(source), or_dash(model),
                     or_dash(mac), NULL);
        json_array_append_new(list, json_pack("{s:s?, s:s?, s:s?, s:s?, s:s?}", "interface", target,
                                              "type", type, "source", source, "model", model,
                                              "mac", mac));
    }
    rv_table_print(table, &cli->output);
    rv_output_json(&cli->output, cli->command, list);
    return true;
}

/* ---- domblkinfo ---- */

/* Capacity, allocation and physical size as text; a medium that is not there has none. */
typedef struct {
    char *text[3];
} Sizes;

static void sizes_clear(Sizes *sizes)
{
    for (size_t i = 0; i < G_N_ELEMENTS(sizes->text); i++)
        g_free(sizes->text[i]);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Sizes, sizes_clear)

static Sizes sizes_text(const wire_domain_get_block_info_ret *info, bool human)
{
    const uint64_t values[] = {info->capacity, info->allocation, info->physical};
    bool none = !values[0] && !values[1] && !values[2];
    Sizes sizes;
    for (size_t i = 0; i < G_N_ELEMENTS(values); i++)
        sizes.text[i] = none    ? g_strdup("-")
                        : human ? rv_size_text(values[i])
                                : g_strdup_printf("%" G_GUINT64_FORMAT, values[i]);
    return sizes;
}

static json_t *sizes_json(const char *target, const wire_domain_get_block_info_ret *info)
{
    return json_pack("{s:s, s:I, s:I, s:I}", "target", target, "capacity",
                     (json_int_t)info->capacity, "allocation", (json_int_t)info->allocation,
                     "physical", (json_int_t)info->physical);
}

static bool ask_block_info(RvCli *cli, const wire_domain *domain, const char *path,
                           wire_domain_get_block_info_ret *ret, GError **error)
{
    wire_domain_get_block_info_args args = {.domain = *domain, .path = (char *)path};
    if (rv_client_call(cli->client, WIRE_DOMAIN_GET_BLOCK_INFO, wire_domain_get_block_info_args,
                       &args, wire_domain_get_block_info_ret, ret, error))
        return true;
    g_prefix_error(error, "could not get the size of disk '%s' of domain '%s': ", path,
                   domain->name);
    return false;
}

static bool all_block_infos(RvCli *cli, const RvLive *live, bool human, GError **error)
{
    g_autoptr(RvTable) table = rv_table_new("Target", "Capacity", "Allocation", "Physical", NULL);
    json_t *list = json_array();
    for (const RvXmlNode *disk = rv_live_child(live->devices, "disk"); disk;
         disk = rv_live_next(disk, "disk")) {
        const char *target = or_dash(rv_live_attribute(rv_live_child(disk, "target"), "dev"));
        wire_domain_get_block_info_ret info = {0};
        if (rv_live_child(disk, "source") &&
            !ask_block_info(cli, &live->found.domain, target, &info, error)) {
            json_decref(list);
            return false;
        }
        g_auto(Sizes) sizes = sizes_text(&info, human);
        rv_table_add(table, target, sizes.text[0], sizes.text[1], sizes.text[2], NULL);
        json_array_append_new(list, sizes_json(target, &info));
    }
    rv_table_print(table, &cli->output);
    rv_output_json(&cli->output, cli->command, list);
    return true;
}

static bool run_domblkinfo(RvCli *cli, const RvArgs *args, GError **error)
{
    bool human = rv_args_has(args, "human");
    const char *device = rv_args_string(args, "device");
    if (!device && !rv_args_has(args, "all")) {
        rv_usage_error(error, "one of --device DEVICE and --all is needed");
        return false;
    }
    g_auto(RvLive) live = {0};
    if (!rv_live_get(cli, args, 0, false, &live, error))
        return false;
    if (!device)
        return all_block_infos(cli, &live, human, error);
    wire_domain_get_block_info_ret info = {0};
    if (!ask_block_info(cli, &live.found.domain, device, &info, error))
        return false;
    static const char *const labels[] = {"Capacity:", "Allocation:", "Physical:"};
    g_auto(Sizes) sizes = sizes_text(&info, human);
    for (size_t i = 0; i < G_N_ELEMENTS(labels); i++)
        rv_output_field(&cli->output, LABEL_WIDTH, labels[i], "%s", sizes.text[i]);
    rv_output_json(&cli->output, cli->command, sizes_json(device, &info));
    return true;
}

/* ---- domblkstat ---- */

static const struct {
    const char *field, *name, *human;
} block_fields[] = {
    {"rd_operations", "rd_req", "number of read operations:"},
    {"rd_bytes", "rd_bytes", "number of bytes read:"},
    {"wr_operations", "wr_req", "number of write operations:"},
    {"wr_bytes", "wr_bytes", "number of bytes written:"},
    {"errs", "errs", "error count:"},
    {"flush_operations", "flush_operations", "number of flush operations:"},
    {"rd_total_times", "rd_total_times", "total duration of reads (ns):"},
    {"wr_total_times", "wr_total_times", "total duration of writes (ns):"},
    {"flush_total_times", "flush_total_times", "total duration of flushes (ns):"},
};

static bool ask_block_stats(RvCli *cli, const wire_domain *domain, const char *device,
                            wire_domain_block_stats_flags_ret *ret, GError **error)
{
    wire_domain_block_stats_flags_args args = {
        .domain = *domain,
        .path = (char *)device,
        .max = WIRE_BLOCK_STATS_MAX,
    };
    if (rv_client_call(cli->client, WIRE_DOMAIN_BLOCK_STATS_FLAGS,
                       wire_domain_block_stats_flags_args, &args,
                       wire_domain_block_stats_flags_ret, ret, error))
        return true;
    g_prefix_error(error, "could not get the numbers of disk '%s' of domain '%s': ", device,
                   domain->name);
    return false;
}

static bool run_domblkstat(RvCli *cli, const RvArgs *args, GError **error)
{
    const char *given = rv_args_string(args, "device"), *device = given ? given : "";
    bool human = rv_args_has(args, "human");
    g_auto(wire_domain_ret) found = {0};
    g_auto(wire_domain_block_stats_flags_ret) ret = {0};
    if (!rv_cli_find_domain(cli, rv_args_string(args, "domain"), RV_BY_ANY, &found, error) ||
        !ask_block_stats(cli, &found.domain, device, &ret, error))
        return false;
    const wire_param *params = ret.params.params_val;
    unsigned n = ret.params.params_len;
    if (human)
        rv_output_text(&cli->output, "Device: %s\n", device);
    for (size_t i = 0; i < G_N_ELEMENTS(block_fields); i++) {
        const wire_param *param = rv_params_find(params, n, block_fields[i].field);
        if (!param)
            continue;
        g_autofree char *value = rv_param_to_text(param);
        if (human)
            rv_output_text(&cli->output, " %-31s %s\n", block_fields[i].human, value);
        else
            rv_output_text(&cli->output, "%s %s %s\n", device, block_fields[i].name, value);
    }
    rv_output_json(&cli->output, cli->command,
                   json_pack("{s:s, s:o}", "target", device, "stats",
                             rv_params_to_json(params, n)));
    return true;
}

/* ---- dommemstat ---- */

static bool run_dommemstat(RvCli *cli, const RvArgs *args, GError **error)
{
    /* By virDomainMemoryStatTags. */
    static const char *const tags[] = {
        "swap_in",     "swap_out",    "major_fault",     "minor_fault",    "unused",
        "available",   "actual",      "rss",             "usable",         "last_update",
        "disk_caches", "hugetlb_pgalloc", "hugetlb_pgfail",
    };
    g_auto(wire_domain_ret) found = {0};
    if (!rv_cli_find_domain(cli, rv_args_string(args, "domain"), RV_BY_ANY, &found, error))
        return false;
    wire_domain_memory_stats_args call = {
        .domain = found.domain,
        .max = G_N_ELEMENTS(tags),
    };
    g_auto(wire_domain_memory_stats_ret) ret = {0};
    if (!rv_client_call(cli->client, WIRE_DOMAIN_MEMORY_STATS, wire_domain_memory_stats_args, &call,
                        wire_domain_memory_stats_ret, &ret, error)) {
        g_prefix_error(error, "could not get the memory of domain '%s': ", found.domain.name);
        return false;
    }
    json_t *stats = json_object();
    for (unsigned i = 0; i < ret.stats.stats_len; i++) {
        const wire_memory_stat *stat = &ret.stats.stats_val[i];
        if (stat->tag < 0 || (unsigned)stat->tag >= G_N_ELEMENTS(tags))
            continue;
        rv_output_text(&cli->output, "%s %" G_GUINT64_FORMAT "\n", tags[stat->tag],
                       (guint64)stat->value);
        json_object_set_new(stats, tags[stat->tag], json_integer((json_int_t)stat->value));
    }
    rv_output_json(&cli->output, cli->command, json_pack("{s:o}", "stats", stats));
    return true;
}

/* ---- Tables ---- */

static const RvCommand domblkinfo = {
    .name = "domblkinfo",
    .summary = "print the size of a disk",
    .options =
        (const RvOption[]){
            RV_OPTION_DOMAIN(RV_COMPLETE_DOMAIN),
            {.name = "device", .kind = RV_OPTION_STRING, .value = "DEVICE",
             .text = "its target or source, as domblklist prints it"},
            {.name = "human", .text = "in KiB, MiB, ..."},
            {.name = "all", .text = "all disks"},
            {NULL},
        },
    .exclusive = (const RvOptionPair[]){{"all", "device"}, {NULL}},
    .examples = (const RvExample[]){{"domblkinfo web vda", "In bytes."},
                                    {"domblkinfo web --all --human", "Of all disks."},
                                    {NULL}},
    .keys = (const RvKey[]){{"target", "the disk"},
                            {"capacity", "what the guest sees, in bytes"},
                            {"allocation", "what it takes on the host, in bytes"},
                            {"physical", "where its image ends, in bytes"},
                            {NULL}},
    .run = run_domblkinfo,
};

static const RvOption inactive_options[] = {
    RV_OPTION_DOMAIN(RV_COMPLETE_DOMAIN),
    {.name = "inactive", .text = "what the next start uses, not what runs"},
    {NULL},
};

static const RvCommand domblklist = {
    .name = "domblklist",
    .summary = "list the disks of a domain",
    .options =
        (const RvOption[]){
            RV_OPTION_DOMAIN(RV_COMPLETE_DOMAIN),
            {.name = "inactive", .text = "what the next start uses, not what runs"},
            {.name = "details", .text = "with type and device"},
            {NULL},
        },
    .examples = (const RvExample[]){{"domblklist web --details", "All of them."}, {NULL}},
    .keys = (const RvKey[]){{"type", "file, block, ..."},
                            {"device", "disk, cdrom, floppy or lun"},
                            {"target", "vda, ..."},
                            {"source", "where it is, or null: no medium"},
                            {NULL}},
    .run = run_domblklist,
};

static const RvCommand domblkstat = {
    .name = "domblkstat",
    .summary = "print what a disk has done",
    .options =
        (const RvOption[]){
            RV_OPTION_DOMAIN(RV_COMPLETE_ACTIVE),
            {.name = "device", .kind = RV_OPTION_STRING, .value = "DEVICE",
             .text = "its target or source; if not given, all of them together"},
            {.name = "human", .text = "with words"},
            {NULL},
        },
    .examples = (const RvExample[]){{"domblkstat web vda --human", "Reads, writes, flushes."},
                                    {NULL}},
    .keys = (const RvKey[]){{"target", "the disk, empty: all"},
                            {"stats", "an object: number by name"},
                            {NULL}},
    .run = run_domblkstat,
};

static const RvCommand domiflist = {
    .name = "domiflist",
    .summary = "list the network interfaces of a domain",
    .options = inactive_options,
    .examples = (const RvExample[]){{"domiflist web", "All of them."}, {NULL}},
    .keys = (const RvKey[]){{"interface", "the device on the host, or null"},
                            {"type", "user, network, bridge, ..."},
                            {"source", "the network or bridge, or null"},
                            {"model", "what the guest sees, or null"},
                            {"mac", "its address"},
                            {NULL}},
    .run = run_domiflist,
};

static const RvCommand dommemstat = {
    .name = "dommemstat",
    .summary = "print what a domain does with its memory",
    .options = (const RvOption[]){RV_OPTION_DOMAIN(RV_COMPLETE_ACTIVE), {NULL}},
    .examples = (const RvExample[]){{"dommemstat web", "In KiB."}, {NULL}},
    .keys = (const RvKey[]){{"stats", "an object: KiB by name"}, {NULL}},
    .run = run_dommemstat,
};

const RvFamily rv_family_device = {
    .name = "device",
    .title = "Disks, interfaces, memory",
    .commands = (const RvCommand *const[]){&rv_command_cpu_stats, &domblkinfo, &domblklist,
                                           &domblkstat, &domiflist, &rv_command_domifstat,
                                           &dommemstat, NULL},
};
