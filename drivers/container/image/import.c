/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/image/import.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/log.h"
#include "base/process.h"
#include "drivers/container/image/inflate.h"
#include "drivers/container/image/layout.h"
#include "drivers/container/image/stage.h"
#include "drivers/container/image/tree.h"

#define FETCH_MS (3600 * 1000)
#define FETCH_OUTPUT_MAX (1u << 20)
#define STAGED_NAME "image"

typedef enum { FROM_ANY, FROM_FOLDER, FROM_ARCHIVE, FROM_REGISTRY } Kind;

static const struct {
    const char *prefix;
    Kind kind;
} kinds[] = {
    {"oci:", FROM_FOLDER},
    {"oci-archive:", FROM_ARCHIVE},
    {"docker-archive:", FROM_ARCHIVE},
    {"docker://", FROM_REGISTRY},
    {"/", FROM_ANY},
};

typedef struct {
    const RvImageImport *job;
    RvImageStore *store;
    Kind kind;
    char *path;       /* of the host, or the name at the registry */
    char *wanted;     /* the name within the layout, or NULL */
    char *temporary;
    int folder;       /* with the layout */
    RvLayout *layout;
    GPtrArray *pinned; /* char *: diff ids */
    uint64_t done, total;
} Import;

static void import_clear(Import *import)
{
    for (guint i = 0; import->pinned && i < import->pinned->len; i++)
        rv_image_store_unpin(import->store, import->pinned->pdata[i]);
    g_clear_pointer(&import->pinned, g_ptr_array_unref);
    g_clear_pointer(&import->layout, rv_layout_free);
    rv_fd_close(&import->folder);
    g_autoptr(GError) error = NULL;
    if (import->temporary && (!rv_dir_remove(import->temporary, &error) ||
                              !rv_image_store_tidy(import->store, &error)))
        rv_log_warning("image: %s", error->message);
    g_free(import->temporary);
    g_free(import->path);
    g_free(import->wanted);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Import, import_clear)

static void add_progress(uint64_t bytes, void *data)
{
    Import *import = data;
    import->done += bytes;
    if (import->job->progress)
        import->job->progress(MIN(import->done, import->total), import->total, import->job->data);
}

/* ---- Where from ----------------------------------------------------------------------------- */

static bool refuse_source(const char *source, GError **error)
{
    rv_error_set(error, RV_ERR_INVALID_ARG, "'%.200s' is no place to take an image from", source);
    rv_error_remedy(error, "name an absolute path, or begin with oci:, oci-archive:, "
                           "docker-archive: (and a path) or docker:// (and a name)");
    return false;
}

/* "/srv/layout:name": the name begins behind the first colon of the last component. */
static void split_name(Import *import)
{
    char *slash = strrchr(import->path, '/');
    char *colon = strchr(slash ? slash : import->path, ':');
    if (!colon || g_file_test(import->path, G_FILE_TEST_EXISTS))
        return;
    import->wanted = g_strdup(colon + 1);
    *colon = '\0';
}

static bool parse_source(Import *import, GError **error)
{
    const char *source = import->job->source;
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (!g_str_has_prefix(source, kinds[i].prefix))
            continue;
        import->kind = kinds[i].kind;
        const char *rest = source + (import->kind == FROM_ANY ? 0 : strlen(kinds[i].prefix));
        import->path = g_strdup(rest);
        if (import->kind == FROM_REGISTRY) {
            g_autofree char *name = rv_image_name(rest, error);
            return name;
        }
        if (*rest != '/')
            break;
        split_name(import);
        return true;
    }
    return refuse_source(source, error);
}

/* ---- Getting the layout --------------------------------------------------------------------- */

static int make_stage(Import *import, GError **error)
{
    g_autofree char *path = g_build_filename(import->temporary, "stage", NULL);
    if (!rv_dir_create(path, 0700, error))
        return -1;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        rv_error_set_errno(error, errno, "cannot open '%s'", path);
    return fd;
}

/* skopeo parses what strangers say without any capability, and is believed nothing: what it has
 * written is read as any layout is. */
static bool fetch(Import *import, GError **error)
{
    const RvImageImport *job = import->job;
    g_autoptr(RvSpawn) skopeo = rv_spawn_new("skopeo");
    rv_spawn_arg(skopeo, "--override-os=linux");
    rv_spawn_arg_format(skopeo, "--tmpdir=%s", import->temporary);
    rv_spawn_arg(skopeo, "copy");
    rv_spawn_arg(skopeo, "--quiet");
    rv_spawn_arg_format(skopeo, "--src-tls-verify=%s", job->insecure ? "false" : "true");
    rv_spawn_arg_format(skopeo, "docker://%s", import->path);
    rv_spawn_arg_format(skopeo, "oci:%s/stage:" STAGED_NAME, import->temporary);
    rv_spawn_env(skopeo, "HOME", import->temporary);
    rv_spawn_env(skopeo, "XDG_RUNTIME_DIR", import->temporary);
    rv_spawn_confine(skopeo);
    rv_spawn_limit(skopeo, RLIMIT_FSIZE,
                   (job->limits ? job->limits : &rv_unpack_limits)->max_bytes);
    g_autofree char *output = rv_spawn_run(skopeo, FETCH_OUTPUT_MAX, FETCH_MS, job->cancel, error);
    if (!output) {
        g_prefix_error(error, "cannot fetch '%s': ", import->path);
        rv_error_remedy(error, "see that skopeo is installed, and that the registry can be reached"
                               " from here");
        return false;
    }
    import->wanted = g_strdup(STAGED_NAME);
    import->folder = make_stage(import, error);
    return import->folder >= 0;
}

static bool open_archive(Import *import, int archive, uint64_t size, GError **error)
{
    const RvImageImport *job = import->job;
    import->folder = make_stage(import, error);
    import->total = size;
    RvStage stage = {
        .archive = archive,
        .folder = import->folder,
        .max_bytes = (job->limits ? job->limits : &rv_unpack_limits)->max_bytes,
        .cancel = job->cancel,
        .progress = add_progress,
        .data = import,
    };
    return import->folder >= 0 && rv_stage_archive(&stage, error);
}

static bool open_file(Import *import, GError **error)
{
    struct stat st;
    /* A FIFO would keep us waiting. */
    rv_autofd int fd = open(import->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) < 0) {
        rv_error_set_errno(error, errno, "cannot open '%s'", import->path);
        return false;
    }
    bool folder = S_ISDIR(st.st_mode), file = S_ISREG(st.st_mode);
    if (folder && import->kind != FROM_ARCHIVE) {
        import->folder = rv_fd_steal(&fd);
        return true;
    }
    if (file && import->kind != FROM_FOLDER)
        return open_archive(import, fd, (uint64_t)st.st_size, error);
    rv_error_set(error, RV_ERR_INVALID_ARG, "'%s' is %s", import->path,
                 folder ? "a folder, and no archive" : "no folder");
    return false;
}

/* ---- Layers --------------------------------------------------------------------------------- */

static bool check_digests(const RvLayoutLayer *layer, const RvUnpacked *got, const char *label,
                          GError **error)
{
    const char *what = NULL;
    if (layer->digest && (strcmp(layer->digest, got->digest) != 0 || layer->size != got->size))
        what = "manifest";
    else if (strcmp(layer->diff_id, got->diff_id) != 0)
        what = "configuration";
    if (!what)
        return true;
    rv_error_set(error, RV_ERR_OPERATION_FAILED, "%s is not the one that the image's %s names",
                 label, what);
    rv_error_remedy(error, "the image is damaged: fetch or build it again");
    return false;
}

static int make_root(const char *path, GError **error)
{
    if (!rv_dir_create(path, 0755, error))
        return -1;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fchmod(fd, 0755) < 0) {
        rv_error_set_errno(error, errno, "cannot make '%s'", path);
        rv_fd_close(&fd);
    }
    return fd;
}

static bool unpack(Import *import, const RvLayoutLayer *layer, const char *label,
                   const char *path, uint64_t *ret_bytes, GError **error)
{
    const RvImageImport *job = import->job;
    rv_autofd int archive = rv_tree_open(import->folder, layer->path, O_RDONLY | O_NOFOLLOW, 0);
    if (archive < 0) {
        rv_error_set_errno(error, errno, "cannot open %s", label);
        return false;
    }
    rv_autofd int root = make_root(path, error);
    RvUnpack task = {
        .archive = archive,
        .label = label,
        .format = layer->digest ? layer->format : rv_inflate_guess(archive),
        .root = root,
        .limits = job->limits ? job->limits : &rv_unpack_limits,
        .cancel = job->cancel,
        .progress = add_progress,
        .data = import,
    };
    g_auto(RvUnpacked) got = {0};
    if (root < 0 || !rv_unpack_layer(&task, &got, error) ||
        !check_digests(layer, &got, label, error))
        return false;
    if (got.devices > 0)
        rv_log_info("image: %s: %u device nodes were left out", label, got.devices);
    *ret_bytes = got.bytes;
    return true;
}

static bool take_layer(Import *import, guint i, uint64_t *ret_bytes, GError **error)
{
    const RvLayoutLayer *layer = import->layout->layers->pdata[i];
    g_ptr_array_add(import->pinned, g_strdup(layer->diff_id));
    rv_image_store_pin(import->store, layer->diff_id);
    if (rv_image_store_has_layer(import->store, layer->diff_id, ret_bytes)) {
        add_progress(layer->size, import);
        return true;
    }
    g_autofree char *label = g_strdup_printf("layer %u of %u", i + 1, import->layout->layers->len);
    g_autofree char *path = g_strdup_printf("%s/layer-%u", import->temporary, i);
    return unpack(import, layer, label, path, ret_bytes, error) &&
           rv_image_store_put_layer(import->store, layer->diff_id, *ret_bytes, path, error);
}

/* ---- The whole ------------------------------------------------------------------------------ */

/* Within a layout images are often called by their tags alone: then by the file's name as well. */
static char *choose_name(const Import *import, GError **error)
{
    const char *own = import->kind == FROM_REGISTRY ? import->path : import->layout->name;
    if (import->job->name)
        return rv_image_name(import->job->name, error);
    if (import->kind == FROM_REGISTRY || (own && strpbrk(own, ":/")))
        return rv_image_name(own, error);
    g_autofree char *base = g_path_get_basename(import->path);
    char *dot = strchr(base, '.');
    if (dot && dot != base)
        *dot = '\0';
    g_autofree char *name = g_strconcat(base, own ? ":" : "", own, NULL);
    return rv_image_name(name, error);
}

static RvImage *describe(const Import *import, uint64_t size)
{
    const RvLayout *layout = import->layout;
    RvImage *image = rv_image_new();
    image->id = g_strdup(layout->id);
    image->digest = g_strdup(layout->digest);
    image->created = g_strdup(layout->config->created);
    image->architecture = g_strdup(layout->config->architecture);
    image->imported_us = g_get_real_time();
    image->size = size;
    for (guint i = 0; i < layout->layers->len; i++)
        g_ptr_array_add(image->layers,
                        g_strdup(((const RvLayoutLayer *)layout->layers->pdata[i])->diff_id));
    return image;
}

static RvImage *take_image(Import *import, GError **error)
{
    uint64_t size = 0;
    g_autofree char *name = choose_name(import, error);
    if (!name)
        return NULL;
    for (guint i = 0; i < import->layout->layers->len; i++)
        import->total += ((const RvLayoutLayer *)import->layout->layers->pdata[i])->size;
    for (guint i = 0; i < import->layout->layers->len; i++) {
        uint64_t bytes;
        if (!take_layer(import, i, &bytes, error))
            return NULL;
        size += bytes;
    }
    g_autoptr(RvImage) image = describe(import, size);
    if (!rv_image_store_put(import->store, image, name, import->layout->config_text, error))
        return NULL;
    return rv_image_store_find(import->store, image->id, error);
}

RvImage *rv_image_import(RvImageStore *store, const RvImageImport *job, GError **error)
{
    g_auto(Import) import = {.job = job, .store = store, .folder = -1};
    import.pinned = g_ptr_array_new_with_free_func(g_free);
    if (!parse_source(&import, error))
        return NULL;
    import.temporary = rv_image_store_temporary(store, error);
    if (!import.temporary)
        return NULL;
    bool there = import.kind == FROM_REGISTRY ? fetch(&import, error) : open_file(&import, error);
    import.layout = there ? rv_layout_read(import.folder, import.wanted, error) : NULL;
    RvImage *image = import.layout ? take_image(&import, error) : NULL;
    if (!image && import.kind != FROM_REGISTRY)
        g_prefix_error(error, "cannot import '%s': ", import.path);
    return image;
}
