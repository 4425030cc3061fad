/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Images that containers are made from. */
#include "base/error.h"
#include "cli/cli.h"
#include "cli/table.h"

static json_t *names_to_json(const wire_reeve_image *image)
{
    json_t *names = json_array();
    for (unsigned i = 0; i < image->names.names_len; i++)
        json_array_append_new(names, json_string(image->names.names_val[i]));
    return names;
}

static json_t *image_to_json(const wire_reeve_image *image)
{
    return json_pack("{s:s, s:o, s:s?, s:o, s:s, s:i, s:I, s:f}", "id", image->id, "names",
                     names_to_json(image), "digest", image->digest, "created",
                     rv_json_text(image->created), "architecture", image->architecture, "layers",
                     (int)image->layers, "size", (json_int_t)image->size, "imported",
                     (double)image->imported / 1e6);
}

static char *time_text(int64_t us)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_local(us / G_USEC_PER_SEC);
    return time ? g_date_time_format(time, "%Y-%m-%d %H:%M") : g_strdup("-");
}

static void add_row(RvTable *table, const wire_reeve_image *image, const char *name)
{
    g_autofree char *id = g_strndup(image->id, 12);
    g_autofree char *size = rv_size_text(image->size), *time = time_text(image->imported);
    rv_table_add(table, name, id, image->architecture, size, time, NULL);
}

static bool run_list(RvCli *cli, const RvArgs *args, GError **error)
{
    g_auto(wire_reeve_images_ret) ret = {0};
    if (!rv_client_call_reeve(cli->client, WIRE_REEVE_IMAGES, void, NULL, wire_reeve_images_ret,
                              &ret, error))
        return false;
    g_autoptr(RvTable) table = rv_table_new("Name", "Id", "Architecture", "Size", "Imported", NULL);
    json_t *list = json_array();
    for (unsigned i = 0; i < ret.images.images_len; i++) {
        const wire_reeve_image *image = &ret.images.images_val[i];
        for (unsigned j = 0; j < image->names.names_len; j++)
            add_row(table, image, image->names.names_val[j]);
        if (image->names.names_len == 0)
            add_row(table, image, "-");
        json_array_append_new(list, image_to_json(image));
    }
    rv_table_print(table, &cli->output);
    rv_output_json(&cli->output, cli->command, list);
    return true;
}

static bool run_inspect(RvCli *cli, const RvArgs *args, GError **error)
{
    wire_reeve_image_args call = {.name = (char *)rv_args_string(args, "image")};
    g_auto(wire_reeve_image_ret) ret = {0};
    if (!rv_client_call_reeve(cli->client, WIRE_REEVE_IMAGE, wire_reeve_image_args, &call,
                              wire_reeve_image_ret, &ret, error))
        return false;
    json_t *json = image_to_json(&ret.image);
    json_object_set_new(json, "config", json_loads(ret.config, 0, NULL));
    g_autofree char *text = json_dumps(json, JSON_INDENT(2));
    rv_output_text(&cli->output, "%s\n", text);
    rv_output_json(&cli->output, cli->command, json);
    return true;
}

static bool run_remove(RvCli *cli, const RvArgs *args, GError **error)
{
    const char *name = rv_args_string(args, "image");
    wire_reeve_image_args call = {.name = (char *)name};
    if (!rv_client_call_reeve(cli->client, WIRE_REEVE_IMAGE_REMOVE, wire_reeve_image_args, &call,
                              void, NULL, error))
        return false;
    rv_output_extra(&cli->output, "Image %s removed\n", name);
    rv_output_json(&cli->output, cli->command,
                   json_pack("{s:s, s:s}", "name", name, "result", "removed"));
    return true;
}

static bool run_prune(RvCli *cli, const RvArgs *args, GError **error)
{
    wire_reeve_image_prune_args call = {.flags = rv_args_has(args, "all") ? 1 : 0};
    wire_reeve_image_prune_ret ret = {0};
    if (!rv_client_call_reeve(cli->client, WIRE_REEVE_IMAGE_PRUNE, wire_reeve_image_prune_args,
                              &call, wire_reeve_image_prune_ret, &ret, error))
        return false;
    g_autofree char *size = rv_size_text(ret.bytes);
    rv_output_text(&cli->output, "%u images removed, %s\n", ret.images, size);
    rv_output_json(&cli->output, cli->command,
                   json_pack("{s:i, s:I}", "images", (int)ret.images, "bytes",
                             (json_int_t)ret.bytes));
    return true;
}

static bool run_jobs(RvCli *cli, const RvArgs *args, GError **error)
{
    g_auto(wire_reeve_imports_ret) ret = {0};
    if (!rv_client_call_reeve(cli->client, WIRE_REEVE_IMPORTS, void, NULL, wire_reeve_imports_ret,
                              &ret, error))
        return false;
    g_autoptr(RvTable) table = rv_table_new("Id", "From", "State", "Since", "Owner", NULL);
    json_t *list = json_array();
    for (unsigned i = 0; i < ret.imports.imports_len; i++) {
        const wire_reeve_import *import = &ret.imports.imports_val[i];
        double age = (double)MAX(g_get_real_time() - import->started, 0) / 1e6;
        double part = import->total ? 100.0 * (double)import->done / (double)import->total : 0;
        g_autofree char *id = g_strdup_printf("%u", import->id);
        g_autofree char *since = g_strdup_printf("%.1fs", age);
        g_autofree char *state = import->cancelled ? g_strdup("being cancelled")
                                 : import->total   ? g_strdup_printf("%.0f%%", part)
                                                   : g_strdup("runs");
        rv_table_add(table, id, import->source, state, since, import->owner, NULL);
        json_array_append_new(
            list, json_pack("{s:i, s:o, s:o, s:f, s:I, s:I, s:b}", "id", (int)import->id,
                            "source", rv_json_text(import->source), "owner",
                            rv_json_text(import->owner), "started", (double)import->started / 1e6,
                            "done", (json_int_t)import->done, "total",
                            (json_int_t)import->total, "cancelled", import->cancelled));
    }
    rv_table_print(table, &cli->output);
    rv_output_json(&cli->output, cli->command, list);
    return true;
}

static bool run_cancel(RvCli *cli, const RvArgs *args, GError **error)
{
    wire_reeve_import_args call = {.id = (u_int)rv_args_int(args, "job", 0)};
    if (!rv_client_call_reeve(cli->client, WIRE_REEVE_IMPORT_CANCEL, wire_reeve_import_args, &call,
                              void, NULL, error))
        return false;
    rv_output_extra(&cli->output, "Import %u cancelled\n", call.id);
    rv_output_json(&cli->output, cli->command,
                   json_pack("{s:i, s:s}", "id", (int)call.id, "result", "cancelled"));
    return true;
}

/* ---- Tables ---- */

#define OPTION_IMAGE                                                                               \
    {                                                                                              \
        .name = "image", .kind = RV_OPTION_STRING, .required = true, .value = "IMAGE",             \
        .text = "its name, its id, or how that begins"                                             \
    }

#define IMAGE_KEYS                                                                                 \
    {"id", "the digest of its configuration"}, {"names", "a list of its names"},                   \
        {"digest", "that of its manifest, or null"},                                               \
        {"created", "when it was made, as it says itself, or null"},                               \
        {"architecture", "amd64, ..."}, {"layers", "how many it has"},                             \
        {"size", "bytes of its files"}, {"imported", "when it came, seconds since 1970"}

static const RvCommand image_cancel = {
    .name = "image-cancel",
    .summary = "cancel an import",
    .options = (const RvOption[]){{.name = "job", .kind = RV_OPTION_INT, .required = true,
                                   .value = "ID", .text = "as `reeve image jobs` lists it"},
                                  {NULL}},
    .examples = (const RvExample[]){{"image cancel 3", "Nothing of that image stays."}, {NULL}},
    .keys = (const RvKey[]){{"id", "the number"}, {"result", "cancelled"}, {NULL}},
    .run = run_cancel,
};

static const RvCommand image_inspect = {
    .name = "image-inspect",
    .summary = "print all that is known of an image",
    .options = (const RvOption[]){OPTION_IMAGE, {NULL}},
    .examples = (const RvExample[]){{"image inspect busybox", "Its configuration as well."},
                                    {NULL}},
    .keys = (const RvKey[]){IMAGE_KEYS, {"config", "its configuration, an object"}, {NULL}},
    .run = run_inspect,
};

static const RvCommand image_jobs = {
    .name = "image-jobs",
    .summary = "list the images that are on their way in",
    .examples = (const RvExample[]){{"image jobs", "With how far they are."}, {NULL}},
    .keys = (const RvKey[]){{"id", "the number of the job"},
                            {"source", "where it comes from"},
                            {"owner", "who asked for it"},
                            {"started", "when, seconds since 1970"},
                            {"done", "bytes read"},
                            {"total", "of so many; 0: not known"},
                            {"cancelled", "whether it was cancelled, and ends soon"},
                            {NULL}},
    .run = run_jobs,
};

static const RvCommand image_list = {
    .name = "image-list",
    .summary = "list images",
    .examples = (const RvExample[]){{"image list", "By name."}, {NULL}},
    .keys = (const RvKey[]){IMAGE_KEYS, {NULL}},
    .run = run_list,
};

static const RvCommand image_prune = {
    .name = "image-prune",
    .summary = "remove images that nobody needs",
    .description = "Those whose name another image has taken, and that no container uses.",
    .options = (const RvOption[]){{.name = "all", .text = "those that have a name, too"}, {NULL}},
    .examples = (const RvExample[]){{"image prune --all", "All that no container uses."}, {NULL}},
    .keys = (const RvKey[]){{"images", "how many went"}, {"bytes", "of their layers"}, {NULL}},
    .run = run_prune,
};

static const RvCommand image_remove = {
    .name = "image-remove",
    .summary = "remove an image",
    .description = "By a name, that name; with its last name the image goes. One that a container "
                   "uses stays.",
    .options = (const RvOption[]){OPTION_IMAGE, {NULL}},
    .examples = (const RvExample[]){{"image remove web:1", "The layers go that no other has."},
                                    {NULL}},
    .keys = (const RvKey[]){{"name", "as it was given"}, {"result", "removed"}, {NULL}},
    .run = run_remove,
};

const RvFamily rv_family_image = {
    .name = "image",
    .title = "Images of containers",
    .commands = (const RvCommand *const[]){&image_cancel, &rv_command_image_import, &image_inspect,
                                           &image_jobs, &image_list, &image_prune,
                                           &rv_command_image_pull, &image_remove, NULL},
};
