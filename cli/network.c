/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Virtual networks: the words are virsh's. */
#include "base/error.h"
#include "cli/object.h"
#include "cli/table.h"

static const RvCliObjectKind kind = {
    .name = "network",
    .title = "Network",
    .list = "net-list",
    .look_up_uuid = WIRE_NETWORK_LOOKUP_BY_UUID,
    .look_up_name = WIRE_NETWORK_LOOKUP_BY_NAME,
    .set_autostart = WIRE_NETWORK_SET_AUTOSTART,
    .get_xml = WIRE_NETWORK_GET_XML_DESC,
};

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

/* ---- Life ------------------------------------------------------------------------------------ */

static bool run_start(RvCli *cli, const RvArgs *args, GError **error)
{
    return rv_cli_object_act(cli, &kind, args, WIRE_NETWORK_CREATE, "started", "started", error);
}

static bool run_destroy(RvCli *cli, const RvArgs *args, GError **error)
{
    return rv_cli_object_act(cli, &kind, args, WIRE_NETWORK_DESTROY, "destroyed", "destroyed",
                             error);
}

static bool run_undefine(RvCli *cli, const RvArgs *args, GError **error)
{
    return rv_cli_object_act(cli, &kind, args, WIRE_NETWORK_UNDEFINE, "undefined",
                             "has been undefined", error);
}

static bool run_autostart(RvCli *cli, const RvArgs *args, GError **error)
{
    g_auto(wire_object_ret) found = {0};
    bool off = rv_args_has(args, "disable");
    if (!rv_cli_object_set_autostart(cli, &kind, args, &found, error))
        return false;
    rv_cli_object_report(cli, &kind, &found.object, off ? "unmarked" : "marked",
                     off ? "unmarked as autostarted" : "marked as autostarted");
    return true;
}

/* ---- Documents ------------------------------------------------------------------------------- */

static bool send_file(RvCli *cli, const RvArgs *args, unsigned procedure, const char *result,
                      GError **error)
{
    g_auto(wire_object_ret) ret = {0};
    if (!rv_cli_object_send_file(cli, args, procedure, &ret, error))
        return false;
    g_autofree char *text = g_strdup_printf("%s from %s", result, rv_args_string(args, "file"));
    rv_cli_object_report(cli, &kind, &ret.object, result, text);
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
    return rv_cli_object_dumpxml(cli, &kind, args, error);
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
    json_t *value = rv_cli_object_identity(object);
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
    if (!rv_cli_object_find(cli, &kind, args, &found, error) ||
        !ask_info(cli, &found.object, &info, error))
        return false;
    g_autofree char *bridge = info.bridge, *uuid = rv_cli_object_uuid(&found.object);
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
        g_autofree char *bridge = info.bridge, *uuid = rv_cli_object_uuid(&objects[i]);
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
    g_auto(wire_list_all_objects_ret) ret = {0};
    if (!rv_cli_object_list(cli, WIRE_CONNECT_LIST_ALL_NETWORKS,
                        rv_cli_object_wanted(args) | rv_args_bits(args, filters), &ret, error)) {
        g_prefix_error(error, "could not list networks: ");
        return false;
    }
    return show_list(cli, args, ret.objects.objects_val, ret.objects.objects_len, error);
}

static bool run_name(RvCli *cli, const RvArgs *args, GError **error)
{
    g_auto(wire_object_ret) found = {0};
    if (!rv_cli_object_find(cli, &kind, args, &found, error))
        return false;
    rv_output_text(&cli->output, "%s\n", found.object.name);
    rv_output_json(&cli->output, cli->command, rv_cli_object_identity(&found.object));
    return true;
}

static bool run_uuid(RvCli *cli, const RvArgs *args, GError **error)
{
    g_auto(wire_object_ret) found = {0};
    if (!rv_cli_object_find(cli, &kind, args, &found, error))
        return false;
    g_autofree char *uuid = rv_cli_object_uuid(&found.object);
    rv_output_text(&cli->output, "%s\n", uuid);
    rv_output_json(&cli->output, cli->command, rv_cli_object_identity(&found.object));
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
    if (!rv_cli_object_find(cli, &kind, args, &found, error))
        return false;
    wire_network_get_dhcp_leases_args call = {
        .network = found.object,
        .mac = (char *)rv_args_string(args, "mac"),
        .need_results = 1,
    };
    if (!rv_client_call(cli->client, WIRE_NETWORK_GET_DHCP_LEASES,
                        wire_network_get_dhcp_leases_args, &call, wire_network_get_dhcp_leases_ret,
                        &ret, error))
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
