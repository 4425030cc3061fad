/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Storage pools: the words are virsh's. */

#include <inttypes.h>

#include "base/error.h"
#include "cli/object.h"
#include "cli/table.h"

enum { STATE_RUNNING = 2, WIDTH = 15 };

const RvCliObjectKind rv_cli_pool = {
    .name = "pool",
    .title = "Pool",
    .list = "pool-list",
    .look_up_uuid = WIRE_POOL_LOOKUP_BY_UUID,
    .look_up_name = WIRE_POOL_LOOKUP_BY_NAME,
    .set_autostart = WIRE_POOL_SET_AUTOSTART,
    .get_xml = WIRE_POOL_GET_XML_DESC,
};

/* ---- Life ------------------------------------------------------------------------------------ */

/* A procedure that takes flags, of which none is meant. */
static bool act(RvCli *cli, const RvArgs *args, unsigned procedure, const char *result,
                GError **error)
{
    g_auto(wire_object_ret) found = {0};
    if (!rv_cli_object_find(cli, &rv_cli_pool, args, &found, error))
        return false;
    wire_object_flags_args call = {.object = found.object};
    if (!rv_client_call(cli->client, procedure, wire_object_flags_args, &call, void, NULL, error))
        return false;
    rv_cli_object_report(cli, &rv_cli_pool, &found.object, result, result);
    return true;
}

static bool run_build(RvCli *cli, const RvArgs *args, GError **error)
{
    return act(cli, args, WIRE_POOL_BUILD, "built", error);
}

static bool run_start(RvCli *cli, const RvArgs *args, GError **error)
{
    return act(cli, args, WIRE_POOL_CREATE, "started", error);
}

static bool run_refresh(RvCli *cli, const RvArgs *args, GError **error)
{
    return act(cli, args, WIRE_POOL_REFRESH, "refreshed", error);
}

static bool run_destroy(RvCli *cli, const RvArgs *args, GError **error)
{
    return rv_cli_object_act(cli, &rv_cli_pool, args, WIRE_POOL_DESTROY, "destroyed", "destroyed", error);
}

static bool run_delete(RvCli *cli, const RvArgs *args, GError **error)
{
    return act(cli, args, WIRE_POOL_DELETE, "deleted", error);
}

static bool run_undefine(RvCli *cli, const RvArgs *args, GError **error)
{
    return rv_cli_object_act(cli, &rv_cli_pool, args, WIRE_POOL_UNDEFINE, "undefined", "undefined", error);
}

static bool run_autostart(RvCli *cli, const RvArgs *args, GError **error)
{
    g_auto(wire_object_ret) found = {0};
    if (!rv_cli_object_set_autostart(cli, &rv_cli_pool, args, &found, error))
        return false;
    const char *result =
        rv_args_has(args, "disable") ? "unmarked as autostarted" : "marked as autostarted";
    rv_cli_object_report(cli, &rv_cli_pool, &found.object, result, result);
    return true;
}

/* ---- Documents ------------------------------------------------------------------------------- */

static bool run_define(RvCli *cli, const RvArgs *args, GError **error)
{
    g_auto(wire_object_ret) ret = {0};
    if (!rv_cli_object_send_file(cli, args, WIRE_POOL_DEFINE_XML, &ret, error))
        return false;
    rv_cli_object_report(cli, &rv_cli_pool, &ret.object, "defined", "defined");
    return true;
}

static bool run_dumpxml(RvCli *cli, const RvArgs *args, GError **error)
{
    return rv_cli_object_dumpxml(cli, &rv_cli_pool, args, error);
}

/* ---- What there is --------------------------------------------------------------------------- */

static bool ask_info(RvCli *cli, const wire_object *object, wire_pool_info_ret *ret, int *autostart,
                     GError **error)
{
    wire_object_args args = {.object = *object};
    wire_int_ret answer = {0};
    if (!rv_client_call(cli->client, WIRE_POOL_GET_INFO, wire_object_args, &args,
                        wire_pool_info_ret, ret, error) ||
        !rv_client_call(cli->client, WIRE_POOL_GET_AUTOSTART, wire_object_args, &args, wire_int_ret,
                        &answer, error))
        return false;
    *autostart = answer.value;
    return true;
}

static const char *state_text(const wire_pool_info_ret *info)
{
    return info->state == STATE_RUNNING ? "running" : "inactive";
}

static json_t *info_json(const wire_object *object, const wire_pool_info_ret *info, int autostart)
{
    json_t *value = rv_cli_object_identity(object);
    json_object_set_new(value, "state", json_string(state_text(info)));
    json_object_set_new(value, "autostart", json_boolean(autostart));
    json_object_set_new(value, "capacity", json_integer((json_int_t)info->capacity));
    json_object_set_new(value, "allocation", json_integer((json_int_t)info->allocation));
    json_object_set_new(value, "available", json_integer((json_int_t)info->available));
    return value;
}

static bool run_info(RvCli *cli, const RvArgs *args, GError **error)
{
    g_auto(wire_object_ret) found = {0};
    wire_pool_info_ret info = {0};
    int autostart;
    if (!rv_cli_object_find(cli, &rv_cli_pool, args, &found, error) ||
        !ask_info(cli, &found.object, &info, &autostart, error))
        return false;
    rv_output_field(&cli->output, WIDTH, "Name:", "%s", found.object.name);
    rv_output_field(&cli->output, WIDTH, "State:", "%s", state_text(&info));
    rv_output_field(&cli->output, WIDTH, "Autostart:", "%s", autostart ? "yes" : "no");
    rv_output_field(&cli->output, WIDTH, "Capacity:", "%" PRIu64 " MiB",
                    (uint64_t)info.capacity >> 20);
    rv_output_field(&cli->output, WIDTH, "Available:", "%" PRIu64 " MiB",
                    (uint64_t)info.available >> 20);
    rv_output_json(&cli->output, cli->command, info_json(&found.object, &info, autostart));
    return true;
}

static bool run_list(RvCli *cli, const RvArgs *args, GError **error)
{
    g_auto(wire_list_all_objects_ret) ret = {0};
    if (!rv_cli_object_list(cli, WIRE_CONNECT_LIST_ALL_POOLS, rv_cli_object_wanted(args), &ret,
                            error))
        return false;
    g_autoptr(RvTable) table = rv_table_new("Name", "State", "Autostart", NULL);
    json_t *list = json_array();
    for (unsigned i = 0; i < ret.objects.objects_len; i++) {
        const wire_object *object = &ret.objects.objects_val[i];
        wire_pool_info_ret info = {0};
        int autostart;
        if (!ask_info(cli, object, &info, &autostart, NULL))
            continue; /* it went away meanwhile */
        rv_table_add(table, object->name, state_text(&info), autostart ? "yes" : "no", NULL);
        json_array_append_new(list, info_json(object, &info, autostart));
    }
    rv_table_print(table, &cli->output);
    rv_output_json(&cli->output, cli->command, list);
    return true;
}

/* ---- Tables ---------------------------------------------------------------------------------- */

#define ONE_POOL (const RvOption[]){RV_CLI_POOL, {NULL}}
#define IDENTITY_KEYS {"name", "the pool's name"}, {"uuid", "its UUID"}
#define REPORT_KEYS (const RvKey[]){IDENTITY_KEYS, {"result", "what was done"}, {NULL}}
#define INFO_KEYS                                                                                  \
    (const RvKey[])                                                                                \
    {                                                                                              \
        IDENTITY_KEYS, {"state", "running or inactive"},                                           \
            {"autostart", "whether it is started with the host"}, {"capacity", "bytes in all"},    \
            {"allocation", "bytes that are taken"}, {"available", "bytes that are free"}, {NULL}   \
    }
#define EXAMPLES(...) (const RvExample[]){__VA_ARGS__, {NULL}}

#define ACTION(id, word, summary_, example, says)                                                  \
    static const RvCommand id = {                                                                  \
        .name = "pool-" word,                                                                      \
        .summary = summary_,                                                                       \
        .options = ONE_POOL,                                                                       \
        .examples = EXAMPLES({"pool-" word " " example, says}),                                    \
        .keys = REPORT_KEYS,                                                                       \
        .run = run_##id,                                                                           \
    }

ACTION(build, "build", "make the folder of a pool", "images", "With its permissions.");
ACTION(delete, "delete", "remove the folder of a pool, if it is empty", "images",
       "The definition stays.");
ACTION(destroy, "destroy", "stop a pool", "images", "Its volumes stay where they are.");
ACTION(refresh, "refresh", "look at the volumes of a pool again", "images", "All of them.");
ACTION(start, "start", "start a pool", "images", "As it is defined.");
ACTION(undefine, "undefine", "forget the definition of a pool", "images",
       "Its volumes stay where they are.");

static const RvCommand autostart = {
    .name = "pool-autostart",
    .summary = "have a pool started with the host",
    .options = (const RvOption[]){RV_CLI_POOL, {.name = "disable", .text = "no more"}, {NULL}},
    .examples = EXAMPLES({"pool-autostart images", "From the next start of the host on."}),
    .keys = REPORT_KEYS,
    .run = run_autostart,
};

static const RvCommand define = {
    .name = "pool-define",
    .summary = "define a pool, or define it anew",
    .options =
        (const RvOption[]){{.name = "file", .kind = RV_OPTION_STRING, .required = true,
                            .completion = RV_COMPLETE_FILE, .value = "FILE",
                            .text = "its document; - is standard input"},
                           {.name = "lenient", .text = "drop unknown content with a warning"},
                           {NULL}},
    .examples = EXAMPLES({"pool-define images.xml", "It is not started."}),
    .keys = REPORT_KEYS,
    .run = run_define,
};

static const RvCommand dumpxml = {
    .name = "pool-dumpxml",
    .summary = "print the definition of a pool",
    .options = (const RvOption[]){RV_CLI_POOL,
                                  {.name = "inactive", .text = "what the next start uses"},
                                  {NULL}},
    .examples = EXAMPLES({"pool-dumpxml images", "As it is now."}),
    .keys = (const RvKey[]){IDENTITY_KEYS, {"xml", "the document"}, {NULL}},
    .run = run_dumpxml,
};

static const RvCommand info = {
    .name = "pool-info",
    .summary = "print what a pool is",
    .options = ONE_POOL,
    .examples = EXAMPLES({"pool-info images", "What is free, among others."}),
    .keys = INFO_KEYS,
    .run = run_info,
};

static const RvCommand list = {
    .name = "pool-list",
    .summary = "list pools",
    .description = "Active ones, if nothing else is said.",
    .options = (const RvOption[]){{.name = "inactive", .text = "inactive ones"},
                                  {.name = "all", .text = "active and inactive ones"},
                                  {NULL}},
    .examples = EXAMPLES({"pool-list --all", "All pools."}),
    .keys = INFO_KEYS,
    .run = run_list,
};

const RvFamily rv_family_pool = {
    .name = "pool",
    .title = "Storage pools",
    .commands = (const RvCommand *const[]){&autostart, &build, &define, &delete, &destroy, &dumpxml,
                                           &info, &list, &refresh, &start, &undefine, NULL},
};
