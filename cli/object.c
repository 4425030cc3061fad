/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/object.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/uuid.h"
#include "cli/document.h"

enum { XML_INACTIVE = 1, DEFINE_STRICT = 1 };

bool rv_cli_object_find(RvCli *cli, const RvCliObjectKind *kind, const RvArgs *args,
                        wire_object_ret *ret, GError **error)
{
    const char *name = rv_args_string(args, kind->name);
    RvUuid uuid;
    if (rv_uuid_parse(name, &uuid)) {
        wire_object_lookup_by_uuid_args by_uuid = {0};
        memcpy(by_uuid.uuid, uuid.bytes, sizeof(by_uuid.uuid));
        if (rv_client_call(cli->client, kind->look_up_uuid, wire_object_lookup_by_uuid_args,
                           &by_uuid, wire_object_ret, ret, NULL))
            return true;
    }
    wire_object_lookup_by_name_args by_name = {.name = (char *)name};
    if (rv_client_call(cli->client, kind->look_up_name, wire_object_lookup_by_name_args, &by_name,
                       wire_object_ret, ret, error))
        return true;
    g_prefix_error(error, "failed to get %s '%s': ", kind->name, name);
    rv_error_remedy(error, "`reeve %s --all` shows what there is", kind->list);
    return false;
}

/* ---- Reports --------------------------------------------------------------------------------- */

char *rv_cli_object_uuid(const wire_object *object)
{
    RvUuid uuid;
    char text[RV_UUID_STRING_LEN + 1];
    memcpy(uuid.bytes, object->uuid, sizeof(uuid.bytes));
    rv_uuid_format(&uuid, text);
    return g_strdup(text);
}

json_t *rv_cli_object_identity(const wire_object *object)
{
    g_autofree char *uuid = rv_cli_object_uuid(object);
    return json_pack("{s:s, s:s}", "name", object->name, "uuid", uuid);
}

static void print_with(RvCli *cli, const wire_object *object, const char *key, const char *text)
{
    json_t *value = rv_cli_object_identity(object);
    json_object_set_new(value, key, json_string(text));
    rv_output_json(&cli->output, cli->command, value);
}

void rv_cli_object_report(RvCli *cli, const RvCliObjectKind *kind, const wire_object *object,
                          const char *result, const char *text)
{
    rv_output_extra(&cli->output, "%s %s %s\n", kind->title, object->name, text);
    print_with(cli, object, "result", result);
}

/* ---- Changes --------------------------------------------------------------------------------- */

bool rv_cli_object_act(RvCli *cli, const RvCliObjectKind *kind, const RvArgs *args,
                       unsigned procedure, const char *result, const char *text, GError **error)
{
    g_auto(wire_object_ret) found = {0};
    if (!rv_cli_object_find(cli, kind, args, &found, error))
        return false;
    wire_object_args call = {.object = found.object};
    if (!rv_client_call(cli->client, procedure, wire_object_args, &call, void, NULL, error))
        return false;
    rv_cli_object_report(cli, kind, &found.object, result, text);
    return true;
}

bool rv_cli_object_set_autostart(RvCli *cli, const RvCliObjectKind *kind, const RvArgs *args,
                                 wire_object_ret *ret, GError **error)
{
    if (!rv_cli_object_find(cli, kind, args, ret, error))
        return false;
    wire_object_set_autostart_args call = {
        .object = ret->object,
        .autostart = !rv_args_has(args, "disable"),
    };
    return rv_client_call(cli->client, kind->set_autostart, wire_object_set_autostart_args, &call,
                          void, NULL, error);
}

bool rv_cli_object_send_file(RvCli *cli, const RvArgs *args, unsigned procedure,
                             wire_object_ret *ret, GError **error)
{
    g_auto(RvDocument) document = {0};
    if (!rv_document_read(&document, rv_args_string(args, "file"), error))
        return false;
    wire_object_xml_flags_args call = {
        .xml = document.text,
        .flags = rv_args_has(args, "lenient") ? 0 : DEFINE_STRICT,
    };
    if (rv_client_call(cli->client, procedure, wire_object_xml_flags_args, &call, wire_object_ret,
                       ret, error))
        return true;
    g_prefix_error(error, "%s: ", document.file);
    return false;
}

/* ---- What there is --------------------------------------------------------------------------- */

bool rv_cli_object_dumpxml(RvCli *cli, const RvCliObjectKind *kind, const RvArgs *args,
                           GError **error)
{
    g_auto(wire_object_ret) found = {0};
    g_auto(wire_text_ret) ret = {0};
    if (!rv_cli_object_find(cli, kind, args, &found, error))
        return false;
    wire_object_flags_args call = {
        .object = found.object,
        .flags = rv_args_has(args, "inactive") ? XML_INACTIVE : 0,
    };
    if (!rv_client_call(cli->client, kind->get_xml, wire_object_flags_args, &call, wire_text_ret,
                        &ret, error))
        return false;
    rv_output_text(&cli->output, "%s", ret.text);
    print_with(cli, &found.object, "xml", ret.text);
    return true;
}

unsigned rv_cli_object_wanted(const RvArgs *args)
{
    return rv_args_has(args, "all")        ? RV_CLI_OBJECT_ACTIVE | RV_CLI_OBJECT_INACTIVE
           : rv_args_has(args, "inactive") ? RV_CLI_OBJECT_INACTIVE
                                           : RV_CLI_OBJECT_ACTIVE;
}

static int compare(const void *a, const void *b)
{
    return strcmp(((const wire_object *)a)->name, ((const wire_object *)b)->name);
}

bool rv_cli_object_list(RvCli *cli, unsigned procedure, unsigned flags,
                        wire_list_all_objects_ret *ret, GError **error)
{
    wire_list_all_objects_args call = {.need_results = 1, .flags = flags};
    if (!rv_client_call(cli->client, procedure, wire_list_all_objects_args, &call,
                        wire_list_all_objects_ret, ret, error))
        return false;
    if (ret->objects.objects_len)
        qsort(ret->objects.objects_val, ret->objects.objects_len, sizeof(wire_object), compare);
    return true;
}
