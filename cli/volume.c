/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Volumes of storage pools: the words are virsh's. */

#include <inttypes.h>

#include "base/error.h"
#include "cli/document.h"
#include "cli/object.h"
#include "cli/table.h"

enum { WIDTH = 15 };

/* ---- Which one ------------------------------------------------------------------------------- */

/* By its name in a pool that is named, else by its path, which is its key as well. */
static bool find(RvCli *cli, const RvArgs *args, wire_volume_ret *ret, GError **error)
{
    const char *name = rv_args_string(args, "vol");
    bool found;
    if (rv_args_string(args, "pool")) {
        g_auto(wire_object_ret) owner = {0};
        if (!rv_cli_object_find(cli, &rv_cli_pool, args, &owner, error))
            return false;
        wire_volume_lookup_args call = {.pool = owner.object, .name = (char *)name};
        found = rv_client_call(cli->client, WIRE_VOLUME_LOOKUP_BY_NAME, wire_volume_lookup_args,
                               &call, wire_volume_ret, ret, error);
    } else {
        wire_named_args call = {.name = (char *)name};
        found = rv_client_call(cli->client, WIRE_VOLUME_LOOKUP_BY_PATH, wire_named_args, &call,
                               wire_volume_ret, ret, error);
    }
    if (found)
        return true;
    g_prefix_error(error, "failed to get vol '%s': ", name);
    rv_error_remedy(error, "give its path, or its name and --pool; `reeve vol-list POOL` shows what "
                           "there is");
    return false;
}

static json_t *identity(const wire_volume *volume)
{
    return json_pack("{s:s, s:s, s:s}", "name", volume->name, "pool", volume->pool, "path",
                     volume->key);
}

static void report(RvCli *cli, const wire_volume *volume, const char *result)
{
    json_t *value = identity(volume);
    json_object_set_new(value, "result", json_string(result));
    rv_output_extra(&cli->output, "Vol %s %s\n", volume->name, result);
    rv_output_json(&cli->output, cli->command, value);
}

/* ---- What there is --------------------------------------------------------------------------- */

static bool run_list(RvCli *cli, const RvArgs *args, GError **error)
{
    g_auto(wire_object_ret) owner = {0};
    g_auto(wire_pool_list_all_volumes_ret) ret = {0};
    if (!rv_cli_object_find(cli, &rv_cli_pool, args, &owner, error))
        return false;
    wire_pool_list_all_volumes_args call = {.pool = owner.object, .need_results = 1};
    if (!rv_client_call(cli->client, WIRE_POOL_LIST_ALL_VOLUMES, wire_pool_list_all_volumes_args,
                        &call, wire_pool_list_all_volumes_ret, &ret, error))
        return false;
    g_autoptr(RvTable) table = rv_table_new("Name", "Path", NULL);
    json_t *list = json_array();
    for (unsigned i = 0; i < ret.volumes.volumes_len; i++) {
        const wire_volume *volume = &ret.volumes.volumes_val[i];
        rv_table_add(table, volume->name, volume->key, NULL);
        json_array_append_new(list, identity(volume));
    }
    rv_table_print(table, &cli->output);
    rv_output_json(&cli->output, cli->command, list);
    return true;
}

static bool run_info(RvCli *cli, const RvArgs *args, GError **error)
{
    static const char *const types[] = {"file",    "block",   "dir",
                                        "network", "net-dir", "ploop"};
    g_auto(wire_volume_ret) found = {0};
    if (!find(cli, args, &found, error))
        return false;
    wire_volume_args call = {.volume = found.volume};
    wire_volume_info_ret info = {0};
    if (!rv_client_call(cli->client, WIRE_VOLUME_GET_INFO, wire_volume_args, &call,
                        wire_volume_info_ret, &info, error))
        return false;
    bool known = info.type >= 0 && (size_t)info.type < G_N_ELEMENTS(types);
    const char *type = known ? types[(int)info.type] : "unknown";
    g_autofree char *capacity = rv_size_text(info.capacity);
    g_autofree char *allocation = rv_size_text(info.allocation);
    rv_output_field(&cli->output, WIDTH, "Name:", "%s", found.volume.name);
    rv_output_field(&cli->output, WIDTH, "Type:", "%s", type);
    rv_output_field(&cli->output, WIDTH, "Capacity:", "%s", capacity);
    rv_output_field(&cli->output, WIDTH, "Allocation:", "%s", allocation);
    json_t *value = identity(&found.volume);
    json_object_set_new(value, "type", json_string(type));
    json_object_set_new(value, "capacity", json_integer((json_int_t)info.capacity));
    json_object_set_new(value, "allocation", json_integer((json_int_t)info.allocation));
    rv_output_json(&cli->output, cli->command, value);
    return true;
}

static bool run_path(RvCli *cli, const RvArgs *args, GError **error)
{
    g_auto(wire_volume_ret) found = {0};
    if (!find(cli, args, &found, error))
        return false;
    rv_output_text(&cli->output, "%s\n", found.volume.key);
    rv_output_json(&cli->output, cli->command, identity(&found.volume));
    return true;
}

static bool run_pool(RvCli *cli, const RvArgs *args, GError **error)
{
    g_auto(wire_volume_ret) found = {0};
    if (!find(cli, args, &found, error))
        return false;
    rv_output_text(&cli->output, "%s\n", found.volume.pool);
    rv_output_json(&cli->output, cli->command, identity(&found.volume));
    return true;
}

static bool get_xml(RvCli *cli, const wire_volume *volume, wire_text_ret *ret, GError **error)
{
    wire_volume_flags_args call = {.volume = *volume};
    return rv_client_call(cli->client, WIRE_VOLUME_GET_XML_DESC, wire_volume_flags_args, &call,
                          wire_text_ret, ret, error);
}

static bool run_dumpxml(RvCli *cli, const RvArgs *args, GError **error)
{
    g_auto(wire_volume_ret) found = {0};
    g_auto(wire_text_ret) ret = {0};
    if (!find(cli, args, &found, error) || !get_xml(cli, &found.volume, &ret, error))
        return false;
    rv_output_text(&cli->output, "%s", ret.text);
    json_t *value = identity(&found.volume);
    json_object_set_new(value, "xml", json_string(ret.text));
    rv_output_json(&cli->output, cli->command, value);
    return true;
}

/* ---- What is made ---------------------------------------------------------------------------- */

static unsigned create_flags(const RvArgs *args)
{
    return rv_args_bits(args, (const RvOptionBit[]){{"prealloc-metadata", 1}, {NULL}});
}

static bool create(RvCli *cli, const RvArgs *args, const char *xml, GError **error)
{
    g_auto(wire_object_ret) owner = {0};
    g_auto(wire_volume_ret) made = {0};
    if (!rv_cli_object_find(cli, &rv_cli_pool, args, &owner, error))
        return false;
    wire_volume_create_xml_args call = {
        .pool = owner.object,
        .xml = (char *)xml,
        .flags = create_flags(args),
    };
    if (!rv_client_call(cli->client, WIRE_VOLUME_CREATE_XML, wire_volume_create_xml_args, &call,
                        wire_volume_ret, &made, error))
        return false;
    report(cli, &made.volume, "created");
    return true;
}

static bool run_create(RvCli *cli, const RvArgs *args, GError **error)
{
    g_auto(RvDocument) document = {0};
    return rv_document_read(&document, rv_args_string(args, "file"), error) &&
           create(cli, args, document.text, error);
}

static bool add_size(GString *xml, const RvArgs *args, const char *name, GError **error)
{
    const char *text = rv_args_string(args, name);
    uint64_t size;
    if (!text)
        return true;
    if (!rv_option_size(text, "bytes", &size, error))
        return false;
    g_string_append_printf(xml, "<%s unit='bytes'>%" PRIu64 "</%s>", name, size, name);
    return true;
}

static void add_text(GString *xml, const char *name, const char *text)
{
    g_autofree char *part = g_markup_printf_escaped("<%s>%s</%s>", name, text, name);
    g_string_append(xml, part);
}

static void add_format(GString *xml, const char *format)
{
    g_autofree char *part = g_markup_printf_escaped("<format type='%s'/>", format ? format : "raw");
    g_string_append(xml, part);
}

static bool run_create_as(RvCli *cli, const RvArgs *args, GError **error)
{
    g_autoptr(GString) xml = g_string_new("<volume>");
    const char *backing = rv_args_string(args, "backing-vol");
    add_text(xml, "name", rv_args_string(args, "name"));
    if (!add_size(xml, args, "capacity", error) || !add_size(xml, args, "allocation", error))
        return false;
    g_string_append(xml, "<target>");
    add_format(xml, rv_args_string(args, "format"));
    g_string_append(xml, "</target>");
    if (backing) {
        g_string_append(xml, "<backingStore>");
        add_text(xml, "path", backing);
        add_format(xml, rv_args_string(args, "backing-vol-format"));
        g_string_append(xml, "</backingStore>");
    }
    g_string_append(xml, "</volume>");
    return create(cli, args, xml->str, error);
}

/* Its own document says what it is, but for the name. */
static bool run_copy(RvCli *cli, const RvArgs *args, GError **error)
{
    g_auto(wire_volume_ret) found = {0}, made = {0};
    g_auto(wire_object_ret) owner = {0};
    g_auto(wire_text_ret) ret = {0};
    if (!find(cli, args, &found, error))
        return false;
    wire_object_lookup_by_name_args by_name = {.name = found.volume.pool};
    if (!rv_client_call(cli->client, WIRE_POOL_LOOKUP_BY_NAME, wire_object_lookup_by_name_args,
                        &by_name, wire_object_ret, &owner, error) ||
        !get_xml(cli, &found.volume, &ret, error))
        return false;
    g_autoptr(GRegex) regex = g_regex_new("<name>[^<]*</name>", 0, 0, NULL);
    g_autofree char *name = g_markup_printf_escaped("<name>%s</name>",
                                                    rv_args_string(args, "newname"));
    g_autofree char *xml = g_regex_replace_literal(regex, ret.text, -1, 0, name, 0, NULL);
    wire_volume_create_xml_from_args call = {
        .pool = owner.object,
        .xml = xml,
        .origin = found.volume,
        .flags = create_flags(args),
    };
    if (!rv_client_call(cli->client, WIRE_VOLUME_CREATE_XML_FROM, wire_volume_create_xml_from_args,
                        &call, wire_volume_ret, &made, error))
        return false;
    report(cli, &made.volume, "created");
    return true;
}

/* ---- What is changed ------------------------------------------------------------------------- */

static bool act(RvCli *cli, const RvArgs *args, unsigned procedure, const char *result,
                GError **error)
{
    g_auto(wire_volume_ret) found = {0};
    if (!find(cli, args, &found, error))
        return false;
    wire_volume_flags_args call = {.volume = found.volume};
    if (!rv_client_call(cli->client, procedure, wire_volume_flags_args, &call, void, NULL, error))
        return false;
    report(cli, &found.volume, result);
    return true;
}

static bool run_delete(RvCli *cli, const RvArgs *args, GError **error)
{
    return act(cli, args, WIRE_VOLUME_DELETE, "deleted", error);
}

static bool run_wipe(RvCli *cli, const RvArgs *args, GError **error)
{
    return act(cli, args, WIRE_VOLUME_WIPE, "wiped", error);
}

static bool run_resize(RvCli *cli, const RvArgs *args, GError **error)
{
    g_auto(wire_volume_ret) found = {0};
    uint64_t capacity;
    if (!rv_option_size(rv_args_string(args, "capacity"), "bytes", &capacity, error) ||
        !find(cli, args, &found, error))
        return false;
    wire_volume_resize_args call = {
        .volume = found.volume,
        .capacity = capacity,
        .flags = rv_args_bits(args, (const RvOptionBit[]){
                                        {"allocate", 1}, {"delta", 2}, {"shrink", 4}, {NULL}}),
    };
    if (!rv_client_call(cli->client, WIRE_VOLUME_RESIZE, wire_volume_resize_args, &call, void, NULL,
                        error))
        return false;
    report(cli, &found.volume, "resized");
    return true;
}

/* ---- Tables ---------------------------------------------------------------------------------- */

#define VOLUME                                                                                     \
    {                                                                                              \
        .name = "vol", .kind = RV_OPTION_STRING, .required = true, .value = "VOLUME",              \
        .text = "path of the volume, or its name in the pool"                                      \
    }
#define OF_POOL                                                                                    \
    {                                                                                              \
        .name = "pool", .kind = RV_OPTION_STRING, .named = true, .value = "POOL",                  \
        .text = "name or UUID of its pool"                                                         \
    }
#define SIZE(name_, required_, text_)                                                              \
    {                                                                                              \
        .name = name_, .kind = RV_OPTION_STRING, .required = required_, .value = "SIZE",           \
        .text = text_                                                                              \
    }
#define PREALLOCATE {.name = "prealloc-metadata", .text = "make the tables of its format now"}
#define ONE_VOLUME (const RvOption[]){VOLUME, OF_POOL, {NULL}}
#define IDENTITY_KEYS                                                                              \
    {"name", "the volume's name"}, {"pool", "the name of its pool"}, {"path", "where it is"}
#define ONLY_IDENTITY (const RvKey[]){IDENTITY_KEYS, {NULL}}
#define REPORT_KEYS (const RvKey[]){IDENTITY_KEYS, {"result", "what was done"}, {NULL}}
#define EXAMPLES(...) (const RvExample[]){__VA_ARGS__, {NULL}}

static const RvCommand list = {
    .name = "vol-list",
    .summary = "list the volumes of a pool",
    .options = (const RvOption[]){RV_CLI_POOL, {NULL}},
    .examples = EXAMPLES({"vol-list images", "By name."}),
    .keys = ONLY_IDENTITY,
    .run = run_list,
};

static const RvCommand info = {
    .name = "vol-info",
    .summary = "print what a volume is",
    .options = ONE_VOLUME,
    .examples = EXAMPLES({"vol-info web.qcow2 --pool images", "How large it is, among others."}),
    .keys = (const RvKey[]){IDENTITY_KEYS,
                            {"type", "file, block, dir"},
                            {"capacity", "bytes that a guest sees"},
                            {"allocation", "bytes that are taken"},
                            {NULL}},
    .run = run_info,
};

static const RvCommand path = {
    .name = "vol-path",
    .summary = "print where a volume is",
    .options = ONE_VOLUME,
    .examples = EXAMPLES({"vol-path web.qcow2 --pool images", "As a guest's disk names it."}),
    .keys = ONLY_IDENTITY,
    .run = run_path,
};

static const RvCommand its_pool = {
    .name = "vol-pool",
    .summary = "print which pool a volume is in",
    .options = ONE_VOLUME,
    .examples = EXAMPLES({"vol-pool /srv/images/web.qcow2", "By name."}),
    .keys = ONLY_IDENTITY,
    .run = run_pool,
};

static const RvCommand dumpxml = {
    .name = "vol-dumpxml",
    .summary = "print the document of a volume",
    .options = ONE_VOLUME,
    .examples = EXAMPLES({"vol-dumpxml web.qcow2 --pool images", "As it is now."}),
    .keys = (const RvKey[]){IDENTITY_KEYS, {"xml", "the document"}, {NULL}},
    .run = run_dumpxml,
};

static const RvCommand create_file = {
    .name = "vol-create",
    .summary = "make a volume as a document says",
    .options = (const RvOption[]){RV_CLI_POOL,
                                  {.name = "file", .kind = RV_OPTION_STRING, .required = true,
                                   .completion = RV_COMPLETE_FILE, .value = "FILE",
                                   .text = "the document; - is standard input"},
                                  PREALLOCATE,
                                  {NULL}},
    .examples = EXAMPLES({"vol-create images web.xml", "It has its name when it is whole."}),
    .keys = REPORT_KEYS,
    .run = run_create,
};

static const RvCommand create_as = {
    .name = "vol-create-as",
    .summary = "make a volume",
    .options =
        (const RvOption[]){RV_CLI_POOL,
                           {.name = "name", .kind = RV_OPTION_STRING, .required = true,
                            .value = "NAME", .text = "its name"},
                           SIZE("capacity", true, "what a guest is to see: bytes, or 20G"),
                           SIZE("allocation", false, "what is taken for it now"),
                           {.name = "format", .kind = RV_OPTION_STRING, .value = "FORMAT",
                            .text = "raw if nothing is said; qcow2, vmdk, dir, ..."},
                           {.name = "backing-vol", .kind = RV_OPTION_STRING, .value = "PATH",
                            .text = "the image that it is an overlay of"},
                           {.name = "backing-vol-format", .kind = RV_OPTION_STRING,
                            .value = "FORMAT", .text = "that image's format"},
                           PREALLOCATE,
                           {NULL}},
    .examples = EXAMPLES({"vol-create-as images web.qcow2 20G --format qcow2", "An empty image."}),
    .keys = REPORT_KEYS,
    .run = run_create_as,
};

static const RvCommand copy = {
    .name = "vol-clone",
    .summary = "copy a volume within its pool",
    .options = (const RvOption[]){VOLUME,
                                  {.name = "newname", .kind = RV_OPTION_STRING, .required = true,
                                   .value = "NAME", .text = "the copy's name"},
                                  OF_POOL,
                                  PREALLOCATE,
                                  {NULL}},
    .examples = EXAMPLES({"vol-clone web.qcow2 db.qcow2 --pool images", "With its content."}),
    .keys = REPORT_KEYS,
    .run = run_copy,
};

static const RvCommand delete = {
    .name = "vol-delete",
    .summary = "remove a volume",
    .options = ONE_VOLUME,
    .examples = EXAMPLES({"vol-delete web.qcow2 --pool images", "With its content."}),
    .keys = REPORT_KEYS,
    .run = run_delete,
};

static const RvCommand wipe = {
    .name = "vol-wipe",
    .summary = "overwrite a volume with zeros",
    .options = ONE_VOLUME,
    .examples = EXAMPLES({"vol-wipe web.raw --pool images", "It stays as large as it is."}),
    .keys = REPORT_KEYS,
    .run = run_wipe,
};

static const RvCommand resize = {
    .name = "vol-resize",
    .summary = "change how large a volume is",
    .options = (const RvOption[]){VOLUME,
                                  SIZE("capacity", true, "its new size: bytes, or 20G"),
                                  OF_POOL,
                                  {.name = "allocate", .text = "take the new space now"},
                                  {.name = "delta", .text = "by that much, not to it"},
                                  {.name = "shrink", .text = "it may become smaller"},
                                  {NULL}},
    .examples = EXAMPLES({"vol-resize web.qcow2 10G --delta --pool images", "10 GiB more."}),
    .keys = REPORT_KEYS,
    .run = run_resize,
};

const RvFamily rv_family_volume = {
    .name = "volume",
    .title = "Storage volumes",
    .commands = (const RvCommand *const[]){&copy, &create_file, &create_as, &delete, &dumpxml,
                                           &info, &list, &path, &its_pool, &resize, &wipe, NULL},
};
