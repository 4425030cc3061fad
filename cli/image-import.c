/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Bringing an image in: the daemon does it and tells on a stream how far it is. Ending the stream
 * is the way to cancel. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "cli/cli.h"

enum { INSECURE = 1 << 0 };

typedef struct {
    RvCli *cli;
    GString *line; /* that has not come to its end yet */
    char *image;   /* id; NULL: not yet */
    bool shows;    /* progress on the terminal */
    bool ended;
    GError *error;
} Import;

static void import_clear(Import *import)
{
    g_string_free(import->line, TRUE);
    g_free(import->image);
    g_clear_error(&import->error);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Import, import_clear)

static void show(const Import *import, json_int_t done, json_int_t total)
{
    if (!import->shows || total <= 0)
        return;
    g_autofree char *size = rv_size_text((uint64_t)total);
    fprintf(stderr, "\r%3d%% of %s ", (int)(100.0 * (double)done / (double)total), size);
}

static void on_line(Import *import)
{
    json_auto_t *json = json_loadb(import->line->str, import->line->len, 0, NULL);
    const char *image = json_string_value(json_object_get(json, "image"));
    if (image) {
        g_free(import->image);
        import->image = g_strdup(image);
    } else {
        show(import, json_integer_value(json_object_get(json, "done")),
             json_integer_value(json_object_get(json, "total")));
    }
}

static void on_stream(const char *bytes, size_t len, const GError *error, void *data)
{
    Import *import = data;
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] == '\n') {
            on_line(import);
            g_string_truncate(import->line, 0);
        } else if (import->line->len < 4096) {
            g_string_append_c(import->line, bytes[i]);
        }
    }
    if (len == 0)
        import->ended = true;
    if (error && !import->error)
        import->error = g_error_copy(error);
}

static int open_signals(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    return signalfd(-1, &signals, SFD_CLOEXEC);
}

static bool wait_for_end(Import *import, int signal_fd, GError **error)
{
    RvClient *client = import->cli->client;
    while (!import->ended) {
        struct pollfd fds[] = {
            {.fd = rv_client_fd(client), .events = rv_client_poll_events(client)},
            {.fd = signal_fd, .events = POLLIN},
        };
        int n = poll(fds, G_N_ELEMENTS(fds), rv_client_poll_timeout(client));
        if (n < 0 && errno != EINTR) {
            rv_error_set_errno(error, errno, "cannot wait for the image");
            return false;
        }
        if (n > 0 && fds[1].revents) {
            if (rv_client_stream_finish(client, error))
                rv_error_set(error, RV_ERR_OPERATION_ABORTED, "it was cancelled");
            return false;
        }
        if (!rv_client_tick(client, error) || !rv_client_io(client, error))
            return false;
    }
    if (!import->error)
        return rv_client_stream_finish(client, error);
    g_propagate_error(error, g_steal_pointer(&import->error));
    return false;
}

static bool report(RvCli *cli, const char *id, GError **error)
{
    wire_reeve_image_args args = {.name = (char *)id};
    g_auto(wire_reeve_image_ret) ret = {0};
    if (!rv_client_call_reeve(cli->client, WIRE_REEVE_IMAGE, wire_reeve_image_args, &args,
                              wire_reeve_image_ret, &ret, error))
        return false;
    const wire_reeve_image *image = &ret.image;
    unsigned n = image->names.names_len;
    const char *name = n ? image->names.names_val[n - 1] : id;
    rv_output_extra(&cli->output, "Image %s imported: ", name);
    rv_output_text(&cli->output, "%.12s\n", image->id);
    rv_output_json(&cli->output, cli->command,
                   json_pack("{s:s, s:s, s:I}", "name", name, "id", image->id, "size",
                             (json_int_t)image->size));
    return true;
}

static bool import_from(RvCli *cli, const char *source, const RvArgs *args, unsigned flags,
                        GError **error)
{
    g_auto(Import) import = {
        .cli = cli,
        .line = g_string_new(NULL),
        .shows = isatty(STDERR_FILENO) && !cli->output.quiet && !cli->output.json,
    };
    wire_reeve_image_import_args call = {
        .source = (char *)source,
        .name = (char *)rv_args_string(args, "name"),
        .flags = flags,
    };
    rv_autofd int signal_fd = open_signals();
    if (!rv_client_open_stream(cli->client, WIRE_REEVE_PROGRAM, WIRE_REEVE_IMAGE_IMPORT,
                               (xdrproc_t)xdr_wire_reeve_image_import_args, &call, on_stream,
                               &import, error))
        return false;
    bool ok = wait_for_end(&import, signal_fd, error);
    if (import.shows)
        fprintf(stderr, "\r                        \r");
    if (ok && !import.image) {
        rv_error_set(error, RV_ERR_OPERATION_ABORTED, "it was cancelled");
        return false;
    }
    return ok && report(cli, import.image, error);
}

/* ---- Commands ---- */

/* The daemon has another working folder than we do. */
static char *make_absolute(const char *source)
{
    static const char *const prefixes[] = {"oci:", "oci-archive:", "docker-archive:"};
    if (strstr(source, "://"))
        return g_strdup(source);
    for (size_t i = 0; i < G_N_ELEMENTS(prefixes); i++) {
        if (g_str_has_prefix(source, prefixes[i])) {
            g_autofree char *path = g_canonicalize_filename(source + strlen(prefixes[i]), NULL);
            return g_strconcat(prefixes[i], path, NULL);
        }
    }
    return g_canonicalize_filename(source, NULL);
}

static bool run_import(RvCli *cli, const RvArgs *args, GError **error)
{
    g_autofree char *source = make_absolute(rv_args_string(args, "source"));
    return import_from(cli, source, args, 0, error);
}

static bool run_pull(RvCli *cli, const RvArgs *args, GError **error)
{
    const char *image = rv_args_string(args, "image");
    g_autofree char *source = strstr(image, "://") ? g_strdup(image)
                                                   : g_strconcat("docker://", image, NULL);
    unsigned flags = rv_args_has(args, "insecure") ? INSECURE : 0;
    return import_from(cli, source, args, flags, error);
}

static const RvKey keys[] = {
    {"name", "the image's name"},
    {"id", "the digest of its configuration"},
    {"size", "bytes of its files"},
    {NULL},
};

const RvCommand rv_command_image_import = {
    .name = "image-import",
    .summary = "take an image from a folder or a file",
    .description = "From a folder with an OCI layout, or an archive of one, or one that docker "
                   "save wrote. What the folder or archive holds is told by itself; oci:, "
                   "oci-archive: or docker-archive: before the path insist. A name behind the "
                   "path, after a colon, chooses among several images.",
    .options =
        (const RvOption[]){
            {.name = "source", .kind = RV_OPTION_STRING, .required = true,
             .completion = RV_COMPLETE_FILE, .value = "PATH", .text = "the folder or the file"},
            {.name = "name", .kind = RV_OPTION_STRING, .named = true, .value = "NAME",
             .text = "what to call it; if not given, as it calls itself"},
            {NULL},
        },
    .examples = (const RvExample[]){{"image import ./layout:latest --name web:1", "An OCI layout."},
                                    {"image import web.tar", "What docker save wrote."},
                                    {NULL}},
    .keys = keys,
    .run = run_import,
};

const RvCommand rv_command_image_pull = {
    .name = "image-pull",
    .summary = "fetch an image from a registry",
    .options =
        (const RvOption[]){
            {.name = "image", .kind = RV_OPTION_STRING, .required = true, .value = "IMAGE",
             .text = "its name there: HOST/NAME:TAG"},
            {.name = "name", .kind = RV_OPTION_STRING, .named = true, .value = "NAME",
             .text = "what to call it here; if not given, the same"},
            {.name = "insecure", .text = "believe whoever answers, with TLS or without"},
            {NULL},
        },
    .examples = (const RvExample[]){{"image pull registry.example/web:1", "By skopeo."}, {NULL}},
    .keys = keys,
    .run = run_pull,
};
