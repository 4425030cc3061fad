/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Virtual networks: the words are virsh's. */
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

/* ---- Finding, asking, reporting -------------------------------------------------------------- */

static bool find(RvCli *cli, const char *name, wire_object_ret *ret, GError **error)
{
    RvUuid uuid;
    if (rv_uuid_parse(name, &uuid)) {
        wire_object_lookup_by_uuid_args args = {0};
        memcpy(args.uuid, uuid.bytes, sizeof(args.uuid));
        if (rv_client_call(cli->client, WIRE_NETWORK_LOOKUP_BY_UUID,
                           wire_object_lookup_by_uuid_args, &args, wire_object_ret, ret, NULL))
            return true;
    }
    wire_object_lookup_by_name_args args = {.name = (char *)name};
    if (rv_client_call(cli->client, WIRE_NETWORK_LOOKUP_BY_NAME, wire_object_lookup_by_name_args,
                       &args, wire_object_ret, ret, error))
        return true;
    g_prefix_error(error, "failed to get network '%s': ", name);
    rv_error_remedy(error, "`reeve net-list --all` shows what there is");
    return false;
}

static bool find_named(RvCli *cli, const RvArgs *args, wire_object_ret *ret, GError **error)
{
    return find(cli, rv_args_string(args, "network"), ret, error);
}

static char *uuid_text(const wire_object *object)
{
    RvUuid uuid;
    char text[RV_UUID_STRING_LEN + 1];
    memcpy(uuid.bytes, object->uuid, sizeof(uuid.bytes));
    rv_uuid_format(&uuid, text);
    return g_strdup(text);
}

static json_t *identity(const wire_object *object)
{
    g_autofree char *uuid = uuid_text(object);
    return json_pack("{s:s, s:s}", "name", object->name, "uuid", uuid);
}

static void report(RvCli *cli, const wire_object *object, const char *result, const char *text)
{
    rv_output_extra(&cli->output, "Network %s %s\n", object->name, text);
    json_t *value = identity(object);
    json_object_set_new(value, "result", json_string(result));
    rv_output_json(&cli->output, cli->command, value);
}

#define ASK(procedure, Args, args, Ret, ret)                                                       \
    rv_client_call(cli->client, WIRE_NETWORK_##procedure, Args, args, Ret, ret, error)

static bool ask_int(RvCli *cli, unsigned procedure, const wire_object *object, int *ret,
                    GError **error)
{
    wire_object_args args = {.object = *object};
    wire_int_ret answer = {0};
    if (!rv_client_call(cli->client, procedure, wire_object_args, &args, wire_int_ret, &answer,
                        error))
        return false;
    *ret = answer.value;
    return true;
}

static char *ask_xml(RvCli *cli, const wire_object *object, unsigned flags, GError **error)
{
    wire_object_flags_args args = {.object = *object, .flags = flags};
    g_auto(wire_text_ret) ret = {0};
    return ASK(GET_XML_DESC, wire_object_flags_args, &args, wire_text_ret, &ret)
               ? g_steal_pointer(&ret.text)
               : NULL;
}

/* ---- Life ------------------------------------------------------------------------------------ */

static bool act(RvCli *cli, const RvArgs *args, unsigned procedure, const char *result,
                const char *text, GError **error)
{
    g_auto(wire_object_ret) found = {0};
    if (!find_named(cli, args, &found, error))
        return false;
    wire_object_args call = {.object = found.object};
    if (!rv_client_call(cli->client, procedure, wire_object_args, &call, void, NULL, error))
        return false;
    report(cli, &found.object, result, text);
    return true;
}

static bool run_start(RvCli *cli, const RvArgs *args, GError **error)
{
    return act(cli, args, WIRE_NETWORK_CREATE, "started", "started", error);
}

static bool run_destroy(RvCli *cli, const RvArgs *args, GError **error)
{
    return act(cli, args, WIRE_NETWORK_DESTROY, "destroyed", "destroyed", error);
}

static bool run_undefine(RvCli *cli, const RvArgs *args, GError **error)
{
    return act(cli, args, WIRE_NETWORK_UNDEFINE, "undefined", "has been undefined", error);
}

static bool run_autostart(RvCli *cli, const RvArgs *args, GError **error)
{
    g_auto(wire_object_ret) found = {0};
    bool off = rv_args_has(args, "disable");
    if (!find_named(cli, args, &found, error))
        return false;
    wire_object_set_autostart_args call = {.object = found.object, .autostart = !off};
    if (!ASK(SET_AUTOSTART, wire_object_set_autostart_args, &call, void, NULL))
        return false;
    report(cli, &found.object, off ? "unmarked" : "marked",
           off ? "unmarked as autostarted" : "marked as autostarted");
    return true;
}

/* ---- Documents ------------------------------------------------------------------------------- */

static bool send_file(RvCli *cli, const RvArgs *args, unsigned procedure, const char *result,
                      GError **error)
{
    g_auto(RvDocument) document = {0};
    g_auto(wire_object_ret) ret = {0};
    const char *file = rv_args_string(args, "file");
    if (!rv_document_read(&document, file, error))
        return false;
    wire_object_xml_flags_args call = {
        .xml = document.text,
        .flags = rv_args_has(args, "lenient") ? 0 : DEFINE_STRICT,
    };
    if (!rv_client_call(cli->client, procedure, wire_object_xml_flags_args, &call, wire_object_ret,
                        &ret, error)) {
        g_prefix_error(error, "%s: ", document.file);
        return false;
    }
    g_autofree char *text = g_strdup_printf("%s from %s", result, file);
    report(cli, &ret.object, result, text);
    return true;
}

static bool run_define(RvCli *cli, const RvArgs *args, GError **error)
{
    return send_file(cli, args, WIRE_NETWORK_DEFINE_XML_FLAGS, "defined", error);
}

static bool run_create(RvCli *cli, const RvArgs *args, GError **error)
{
    return send_file(cli, args, WIRE_NETWORK_CREATE_XML_FLAGS, "created", error);
}

static bool run_dumpxml(RvCli *cli, const RvArgs *args, GError **error)
{
    g_auto(wire_object_ret) found = {0};
    if (!find_named(cli, args, &found, error))
        return false;
    g_autofree char *xml =
        ask_xml(cli, &found.object, rv_args_has(args, "inactive") ? XML_INACTIVE : 0, error);
    if (!xml)
        return false;
    rv_output_text(&cli->output, "%s", xml);
    json_t *value = identity(&found.object);
    json_object_set_new(value, "xml", json_string(xml));
    rv_output_json(&cli->output, cli->command, value);
    return true;
}

/* ---- What there is --------------------------------------------------------------------------- */

typedef struct {
    int active, persistent, autostart;
    char *bridge; /* NULL: it has none */
} Info;

static bool ask_info(RvCli *cli, const wire_object *object, Info *ret, GError **error)
{
    wire_object_args args = {.object = *object};
    g_auto(wire_text_ret) bridge = {0};
    *ret = (Info){0};
    if (!ask_int(cli, WIRE_NETWORK_IS_ACTIVE, object, &ret->active, error) ||
        !ask_int(cli, WIRE_NETWORK_IS_PERSISTENT, object, &ret->persistent, error) ||
        !ask_int(cli, WIRE_NETWORK_GET_AUTOSTART, object, &ret->autostart, error))
        return false;
    if (rv_client_call(cli->client, WIRE_NETWORK_GET_BRIDGE_NAME, wire_object_args, &args,
                       wire_text_ret, &bridge, NULL))
        ret->bridge = g_steal_pointer(&bridge.text);
    return true;
}

static const char *yes_no(int value)
{
    return value ? "yes" : "no";
}

static json_t *info_json(const wire_object *object, const Info *info)
{
    json_t *value = identity(object);
    json_object_set_new(value, "active", json_boolean(info->active));
    json_object_set_new(value, "persistent", json_boolean(info->persistent));
    json_object_set_new(value, "autostart", json_boolean(info->autostart));
    json_object_set_new(value, "bridge", rv_json_text(info->bridge));
    return value;
}

static bool run_info(RvCli *cli, const RvArgs *args, GError **error)
{
    enum { WIDTH = 15 };
    g_auto(wire_object_ret) found = {0};
    Info info;
    if (!find_named(cli, args, &found, error) || !ask_info(cli, &found.object, &info, error))
        return false;
    g_autofree char *bridge = info.bridge, *uuid = uuid_text(&found.object);
    rv_output_field(&cli->output, WIDTH, "Name:", "%s", found.object.name);
    rv_output_field(&cli->output, WIDTH, "UUID:", "%s", uuid);
    rv_output_field(&cli->output, WIDTH, "Active:", "%s", yes_no(info.active));
    rv_output_field(&cli->output, WIDTH, "Persistent:", "%s", yes_no(info.persistent));
    rv_output_field(&cli->output, WIDTH, "Autostart:", "%s", yes_no(info.autostart));
    if (bridge)
        rv_output_field(&cli->output, WIDTH, "Bridge:", "%s", bridge);
    rv_output_json(&cli->output, cli->command, info_json(&found.object, &info));
    return true;
}

static int compare(const void *a, const void *b)
{
    return strcmp(((const wire_object *)a)->name, ((const wire_object *)b)->name);
}

static bool show_list(RvCli *cli, const RvArgs *args, const wire_object *objects, unsigned n,
                      GError **error)
{
    bool names = rv_args_has(args, "name"), uuids = rv_args_has(args, "uuid");
    g_autoptr(RvTable) table = rv_table_new("Name", "State", "Autostart", "Persistent", NULL);
    json_t *list = json_array();
    for (unsigned i = 0; i < n; i++) {
        Info info;
        g_autoptr(GError) gone = NULL;
        if (!ask_info(cli, &objects[i], &info, &gone))
            continue; /* it went away meanwhile */
        g_autofree char *bridge = info.bridge, *uuid = uuid_text(&objects[i]);
        if (names || uuids)
            rv_output_text(&cli->output, "%s%s%s\n", uuids ? uuid : "", names && uuids ? " " : "",
                           names ? objects[i].name : "");
        rv_table_add(table, objects[i].name, info.active ? "active" : "inactive",
                     yes_no(info.autostart), yes_no(info.persistent), NULL);
        json_array_append_new(list, info_json(&objects[i], &info));
    }
    if (!names && !uuids)
        rv_table_print(table, &cli->output);
    rv_output_json(&cli->output, cli->command, list);
    return true;
}

static bool run_list(RvCli *cli, const RvArgs *args, GError **error)
{
    static const RvOptionBit filters[] = {
        {"persistent", 1u << 2}, {"transient", 1u << 3},    {"autostart", 1u << 4},
        {"no-autostart", 1u << 5}, {NULL},
    };
    unsigned which = rv_args_has(args, "all")        ? LIST_ACTIVE | LIST_INACTIVE
                     : rv_args_has(args, "inactive") ? LIST_INACTIVE
                                                     : LIST_ACTIVE;
    wire_list_all_objects_args call = {
        .need_results = 1,
        .flags = which | rv_args_bits(args, filters),
    };
    g_auto(wire_list_all_objects_ret) ret = {0};
    if (!rv_client_call(cli->client, WIRE_CONNECT_LIST_ALL_NETWORKS, wire_list_all_objects_args,
                        &call, wire_list_all_objects_ret, &ret, error)) {
        g_prefix_error(error, "could not list networks: ");
        return false;
    }
    unsigned n = ret.objects.objects_len;
    if (n)
        qsort(ret.objects.objects_val, n, sizeof(wire_object), compare);
    return show_list(cli, args, ret.objects.objects_val, n, error);
}

static bool run_name(RvCli *cli, const RvArgs *args, GError **error)
{
    g_auto(wire_object_ret) found = {0};
    if (!find_named(cli, args, &found, error))
        return false;
    rv_output_text(&cli->output, "%s\n", found.object.name);
    rv_output_json(&cli->output, cli->command, identity(&found.object));
    return true;
}

static bool run_uuid(RvCli *cli, const RvArgs *args, GError **error)
{
    g_auto(wire_object_ret) found = {0};
    if (!find_named(cli, args, &found, error))
        return false;
    g_autofree char *uuid = uuid_text(&found.object);
    rv_output_text(&cli->output, "%s\n", uuid);
    rv_output_json(&cli->output, cli->command, identity(&found.object));
    return true;
}

/* ---- Leases ---------------------------------------------------------------------------------- */

static const char *or_dash(const char *text)
{
    return text && *text ? text : "-";
}

static bool run_leases(RvCli *cli, const RvArgs *args, GError **error)
{
    g_auto(wire_object_ret) found = {0};
    g_auto(wire_network_get_dhcp_leases_ret) ret = {0};
    if (!find_named(cli, args, &found, error))
        return false;
    wire_network_get_dhcp_leases_args call = {
        .network = found.object,
        .mac = (char *)rv_args_string(args, "mac"),
        .need_results = 1,
    };
    if (!ASK(GET_DHCP_LEASES, wire_network_get_dhcp_leases_args, &call,
             wire_network_get_dhcp_leases_ret, &ret))
        return false;
    g_autoptr(RvTable) table = rv_table_new("Expiry Time", "MAC address", "Protocol", "IP address",
                                            "Hostname", "Client ID or DUID", NULL);
    json_t *list = json_array();
    for (unsigned i = 0; i < ret.leases.leases_len; i++) {
        const wire_dhcp_lease *lease = &ret.leases.leases_val[i];
        g_autoptr(GDateTime) at = g_date_time_new_from_unix_local(lease->expires);
        g_autofree char *until = lease->expires && at ? g_date_time_format(at, "%Y-%m-%d %H:%M:%S")
                                                      : g_strdup("never");
        g_autofree char *address = g_strdup_printf("%s/%u", lease->address, lease->prefix);
        rv_table_add(table, until, or_dash(lease->mac), lease->type ? "ipv6" : "ipv4", address,
                     or_dash(lease->hostname), or_dash(lease->client_id), NULL);
        json_array_append_new(
            list, json_pack("{s:I, s:o, s:s, s:i, s:o, s:o}", "expires", (json_int_t)lease->expires,
                            "mac", rv_json_text(lease->mac), "address", lease->address, "prefix",
                            (int)lease->prefix, "hostname", rv_json_text(lease->hostname),
                            "client_id", rv_json_text(lease->client_id)));
    }
    rv_table_print(table, &cli->output);
    rv_output_json(&cli->output, cli->command, list);
    return true;
}

/* ---- Tables ---------------------------------------------------------------------------------- */

#define NETWORK                                                                                    \
    {                                                                                              \
        .name = "network", .kind = RV_OPTION_STRING, .required = true, .value = "NETWORK",         \
        .text = "name or UUID of the network"                                                      \
    }
#define ONE_NETWORK (const RvOption[]){NETWORK, {NULL}}
#define IDENTITY_KEYS {"name", "the network's name"}, {"uuid", "its UUID"}
#define REPORT_KEYS (const RvKey[]){IDENTITY_KEYS, {"result", "what was done"}, {NULL}}
#define EXAMPLES(...) (const RvExample[]){__VA_ARGS__, {NULL}}
#define DOCUMENT                                                                                   \
    (const RvOption[])                                                                             \
    {                                                                                              \
        {.name = "file", .kind = RV_OPTION_STRING, .required = true,                               \
         .completion = RV_COMPLETE_FILE, .value = "FILE",                                          \
         .text = "its document; - is standard input"},                                             \
            {.name = "validate", .text = "refuse unknown content; so it is in any case"},          \
            {.name = "lenient", .text = "drop unknown content with a warning"}, {NULL},            \
    }

static const RvCommand autostart = {
    .name = "net-autostart",
    .summary = "have a network started with the host",
    .options = (const RvOption[]){NETWORK, {.name = "disable", .text = "no more"}, {NULL}},
    .examples = EXAMPLES({"net-autostart lan", "From the next start of the host on."}),
    .keys = REPORT_KEYS,
    .run = run_autostart,
};

static const RvCommand create = {
    .name = "net-create",
    .summary = "start a network that is gone when it ends",
    .options = DOCUMENT,
    .exclusive = (const RvOptionPair[]){{"validate", "lenient"}, {NULL}},
    .examples = EXAMPLES({"net-create lan.xml", "Until it is destroyed."}),
    .keys = REPORT_KEYS,
    .run = run_create,
};

static const RvCommand define = {
    .name = "net-define",
    .summary = "define a network, or define it anew",
    .options = DOCUMENT,
    .exclusive = (const RvOptionPair[]){{"validate", "lenient"}, {NULL}},
    .examples = EXAMPLES({"net-define lan.xml", "It is not started."}),
    .keys = REPORT_KEYS,
    .run = run_define,
};

static const RvCommand destroy = {
    .name = "net-destroy",
    .summary = "stop a network",
    .description = "Its bridge goes, whoever uses it. Its definition stays.",
    .options = ONE_NETWORK,
    .examples = EXAMPLES({"net-destroy lan", "At once."}),
    .keys = REPORT_KEYS,
    .run = run_destroy,
};

static const RvCommand leases = {
    .name = "net-dhcp-leases",
    .summary = "print the addresses that a network has lent",
    .options = (const RvOption[]){NETWORK,
                                  {.name = "mac", .kind = RV_OPTION_STRING, .value = "MAC",
                                   .text = "only to this hardware address"},
                                  {NULL}},
    .examples = EXAMPLES({"net-dhcp-leases lan", "All of them."}),
    .keys = (const RvKey[]){{"expires", "when, in seconds since 1970; 0: never"},
                            {"mac", "to whom"},
                            {"address", "the address"},
                            {"prefix", "how many of its bits name the network"},
                            {"hostname", "what the guest calls itself, or null"},
                            {"client_id", "its client id or DUID, or null"},
                            {NULL}},
    .run = run_leases,
};

static const RvCommand dumpxml = {
    .name = "net-dumpxml",
    .summary = "print the definition of a network",
    .options = (const RvOption[]){NETWORK,
                                  {.name = "inactive", .text = "what the next start uses"},
                                  {NULL}},
    .examples = EXAMPLES({"net-dumpxml lan", "As it is now."}),
    .keys = (const RvKey[]){IDENTITY_KEYS, {"xml", "the document"}, {NULL}},
    .run = run_dumpxml,
};

#define INFO_KEYS                                                                                  \
    (const RvKey[])                                                                                \
    {                                                                                              \
        IDENTITY_KEYS, {"active", "whether it is"}, {"persistent", "whether it is defined"},       \
            {"autostart", "whether it is started with the host"},                                  \
            {"bridge", "its bridge, or null"}, {NULL}                                              \
    }

static const RvCommand info = {
    .name = "net-info",
    .summary = "print what a network is",
    .options = ONE_NETWORK,
    .examples = EXAMPLES({"net-info lan", "Its bridge, among others."}),
    .keys = INFO_KEYS,
    .run = run_info,
};

static const RvCommand list = {
    .name = "net-list",
    .summary = "list networks",
    .description = "Active ones, if nothing else is said.",
    .options =
        (const RvOption[]){
            {.name = "inactive", .text = "inactive ones"},
            {.name = "all", .text = "active and inactive ones"},
            {.name = "persistent", .text = "those that are defined"},
            {.name = "transient", .text = "those that are gone when they end"},
            {.name = "autostart", .text = "those that start with the host"},
            {.name = "no-autostart", .text = "those that do not"},
            {.name = "uuid", .text = "print UUIDs only"},
            {.name = "name", .text = "print names only"},
            {.name = "table", .text = "print a table, as if nothing were said"},
            {NULL},
        },
    .exclusive = (const RvOptionPair[]){{"table", "name"}, {"table", "uuid"}, {NULL}},
    .examples = EXAMPLES({"net-list --all", "All networks."}),
    .keys = INFO_KEYS,
    .run = run_list,
};

static const RvCommand name = {
    .name = "net-name",
    .summary = "print the name of a network",
    .options = ONE_NETWORK,
    .examples = EXAMPLES({"net-name 133e0ae6-599b-4e0a-8b50-d7d804a2cdb9", "By its UUID."}),
    .keys = (const RvKey[]){IDENTITY_KEYS, {NULL}},
    .run = run_name,
};

static const RvCommand start = {
    .name = "net-start",
    .summary = "start a network",
    .options = ONE_NETWORK,
    .examples = EXAMPLES({"net-start lan", "As it is defined."}),
    .keys = REPORT_KEYS,
    .run = run_start,
};

static const RvCommand undefine = {
    .name = "net-undefine",
    .summary = "forget the definition of a network",
    .description = "One that is active is gone when it is destroyed.",
    .options = ONE_NETWORK,
    .examples = EXAMPLES({"net-undefine lan", "It goes on until it is destroyed."}),
    .keys = REPORT_KEYS,
    .run = run_undefine,
};

static const RvCommand uuid = {
    .name = "net-uuid",
    .summary = "print the UUID of a network",
    .options = ONE_NETWORK,
    .examples = EXAMPLES({"net-uuid lan", "By its name."}),
    .keys = (const RvKey[]){IDENTITY_KEYS, {NULL}},
    .run = run_uuid,
};

const RvFamily rv_family_network = {
    .name = "network",
    .title = "Networks",
    .commands = (const RvCommand *const[]){&autostart, &create, &define, &destroy, &leases,
                                           &dumpxml, &info, &list, &name, &start, &undefine, &uuid,
                                           NULL},
};
