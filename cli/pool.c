/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Storage pools and the names of their volumes: the words are virsh's. */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/uuid.h"
#include "cli/cli.h"
#include "cli/document.h"
#include "cli/table.h"

#define XML_INACTIVE 1u
#define LIST_INACTIVE 1u
#define LIST_ACTIVE 2u
#define DEFINE_STRICT 1u
enum { STATE_RUNNING = 2, WIDTH = 15 };

/* ---- Finding, reporting ---------------------------------------------------------------------- */

static bool find(RvCli *cli, const RvArgs *args, wire_object_ret *ret, GError **error)
{
    const char *name = rv_args_string(args, "pool");
    RvUuid uuid;
    if (rv_uuid_parse(name, &uuid)) {
        wire_object_lookup_by_uuid_args by_uuid = {0};
        memcpy(by_uuid.uuid, uuid.bytes, sizeof(by_uuid.uuid));
        if (rv_client_call(cli->client, WIRE_POOL_LOOKUP_BY_UUID, wire_object_lookup_by_uuid_args,
                           &by_uuid, wire_object_ret, ret, NULL))
            return true;
    }
    wire_object_lookup_by_name_args by_name = {.name = (char *)name};
    if (rv_client_call(cli->client, WIRE_POOL_LOOKUP_BY_NAME, wire_object_lookup_by_name_args,
                       &by_name, wire_object_ret, ret, error))
        return true;
    g_prefix_error(error, "failed to get pool '%s': ", name);
    rv_error_remedy(error, "`reeve pool-list --all` shows what there is");
    return false;
}

static json_t *identity(const wire_object *object)
{
    RvUuid uuid;
    char text[RV_UUID_STRING_LEN + 1];
    memcpy(uuid.bytes, object->uuid, sizeof(uuid.bytes));
    rv_uuid_format(&uuid, text);
    return json_pack("{s:s, s:s}", "name", object->name, "uuid", text);
}

static void report(RvCli *cli, const wire_object *object, const char *result)
{
    rv_output_extra(&cli->output, "Pool %s %s\n", object->name, result);
    json_t *value = identity(object);
    json_object_set_new(value, "result", json_string(result));
    rv_output_json(&cli->output, cli->command, value);
}

/* ---- Life ------------------------------------------------------------------------------------ */

static bool act(RvCli *cli, const RvArgs *args, unsigned procedure, bool has_flags,
                const char *result, GError **error)
{
    g_auto(wire_object_ret) found = {0};
    if (!find(cli, args, &found, error))
        return false;
    wire_object_flags_args with_flags = {.object = found.object};
    wire_object_args without = {.object = found.object};
    bool done = has_flags ? rv_client_call(cli->client, procedure, wire_object_flags_args,
                                           &with_flags, void, NULL, error)
                          : rv_client_call(cli->client, procedure, wire_object_args, &without, void,
                                           NULL, error);
    if (done)
        report(cli, &found.object, result);
    return done;
}

static bool run_build(RvCli *cli, const RvArgs *args, GError **error)
{
    return act(cli, args, WIRE_POOL_BUILD, true, "built", error);
}

static bool run_start(RvCli *cli, const RvArgs *args, GError **error)
{
    return act(cli, args, WIRE_POOL_CREATE, true, "started", error);
}

static bool run_refresh(RvCli *cli, const RvArgs *args, GError **error)
{
    return act(cli, args, WIRE_POOL_REFRESH, true, "refreshed", error);
}

static bool run_destroy(RvCli *cli, const RvArgs *args, GError **error)
{
    return act(cli, args, WIRE_POOL_DESTROY, false, "destroyed", error);
}

static bool run_delete(RvCli *cli, const RvArgs *args, GError **error)
{
    return act(cli, args, WIRE_POOL_DELETE, true, "deleted", error);
}

static bool run_undefine(RvCli *cli, const RvArgs *args, GError **error)
{
    return act(cli, args, WIRE_POOL_UNDEFINE, false, "undefined", error);
}

static bool run_autostart(RvCli *cli, const RvArgs *args, GError **error)
{
    g_auto(wire_object_ret) found = {0};
    bool off = rv_args_has(args, "disable");
    if (!find(cli, args, &found, error))
        return false;
    wire_object_set_autostart_args call = {.object = found.object, .autostart = !off};
    if (!rv_client_call(cli->client, WIRE_POOL_SET_AUTOSTART, wire_object_set_autostart_args, &call,
                        void, NULL, error))
        return false;
    report(cli, &found.object, off ? "unmarked as autostarted" : "marked as autostarted");
    return true;
}

/* ---- Documents ------------------------------------------------------------------------------- */

static bool run_define(RvCli *cli, const RvArgs *args, GError **error)
{
    g_auto(RvDocument) document = {0};
    g_auto(wire_object_ret) ret = {0};
    if (!rv_document_read(&document, rv_args_string(args, "file"), error))
        return false;
    wire_object_xml_flags_args call = {
        .xml = document.text,
        .flags = rv_args_has(args, "lenient") ? 0 : DEFINE_STRICT,
    };
    if (!rv_client_call(cli->client, WIRE_POOL_DEFINE_XML, wire_object_xml_flags_args, &call,
                        wire_object_ret, &ret, error)) {
        g_prefix_error(error, "%s: ", document.file);
        return false;
    }
    report(cli, &ret.object, "defined");
    return true;
}

static bool run_dumpxml(RvCli *cli, const RvArgs *args, GError **error)
{
    g_auto(wire_object_ret) found = {0};
    g_auto(wire_text_ret) ret = {0};
    if (!find(cli, args, &found, error))
        return false;
    wire_object_flags_args call = {
        .object = found.object,
        .flags = rv_args_has(args, "inactive") ? XML_INACTIVE : 0,
    };
    if (!rv_client_call(cli->client, WIRE_POOL_GET_XML_DESC, wire_object_flags_args, &call,
                        wire_text_ret, &ret, error))
        return false;
    rv_output_text(&cli->output, "%s", ret.text);
    json_t *value = identity(&found.object);
    json_object_set_new(value, "xml", json_string(ret.text));
    rv_output_json(&cli->output, cli->command, value);
    return true;
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
    json_t *value = identity(object);
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
    if (!find(cli, args, &found, error) ||
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

static int compare(const void *a, const void *b)
{
    return strcmp(((const wire_object *)a)->name, ((const wire_object *)b)->name);
}

static bool run_list(RvCli *cli, const RvArgs *args, GError **error)
{
    wire_list_all_objects_args call = {
        .need_results = 1,
        .flags = rv_args_has(args, "all")        ? LIST_ACTIVE | LIST_INACTIVE
                 : rv_args_has(args, "inactive") ? LIST_INACTIVE
                                                 : LIST_ACTIVE,
    };
    g_auto(wire_list_all_objects_ret) ret = {0};
    if (!rv_client_call(cli->client, WIRE_CONNECT_LIST_ALL_POOLS, wire_list_all_objects_args, &call,
                        wire_list_all_objects_ret, &ret, error))
        return false;
    g_autoptr(RvTable) table = rv_table_new("Name", "State", "Autostart", NULL);
    json_t *list = json_array();
    unsigned n = ret.objects.objects_len;
    if (n)
        qsort(ret.objects.objects_val, n, sizeof(wire_object), compare);
    for (unsigned i = 0; i < n; i++) {
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

static bool run_volumes(RvCli *cli, const RvArgs *args, GError **error)
{
    g_auto(wire_object_ret) found = {0};
    g_auto(wire_pool_list_all_volumes_ret) ret = {0};
    if (!find(cli, args, &found, error))
        return false;
    wire_pool_list_all_volumes_args call = {.pool = found.object, .need_results = 1};
    if (!rv_client_call(cli->client, WIRE_POOL_LIST_ALL_VOLUMES, wire_pool_list_all_volumes_args,
                        &call, wire_pool_list_all_volumes_ret, &ret, error))
        return false;
    g_autoptr(RvTable) table = rv_table_new("Name", "Path", NULL);
    json_t *list = json_array();
    for (unsigned i = 0; i < ret.volumes.volumes_len; i++) {
        const wire_volume *volume = &ret.volumes.volumes_val[i];
        rv_table_add(table, volume->name, volume->key, NULL);
        json_array_append_new(
            list, json_pack("{s:s, s:s}", "name", volume->name, "path", volume->key));
    }
    rv_table_print(table, &cli->output);
    rv_output_json(&cli->output, cli->command, list);
    return true;
}

/* ---- Tables ---------------------------------------------------------------------------------- */

#define POOL                                                                                       \
    {                                                                                              \
        .name = "pool", .kind = RV_OPTION_STRING, .required = true, .value = "POOL",               \
        .text = "name or UUID of the pool"                                                         \
    }
#define ONE_POOL (const RvOption[]){POOL, {NULL}}
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
    .options = (const RvOption[]){POOL, {.name = "disable", .text = "no more"}, {NULL}},
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
    .options = (const RvOption[]){POOL,
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

static const RvCommand volumes = {
    .name = "vol-list",
    .summary = "list the volumes of a pool",
    .options = ONE_POOL,
    .examples = EXAMPLES({"vol-list images", "By name."}),
    .keys = (const RvKey[]){{"name", "the volume's name"}, {"path", "where it is"}, {NULL}},
    .run = run_volumes,
};

const RvFamily rv_family_pool = {
    .name = "pool",
    .title = "Storage pools",
    .commands = (const RvCommand *const[]){&autostart, &build, &define, &delete, &destroy, &dumpxml,
                                           &info, &list, &refresh, &start, &undefine, &volumes,
                                           NULL},
};
