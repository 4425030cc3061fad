/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/image/layout.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "drivers/container/image/digest.h"
#include "drivers/container/image/tree.h"

static void layer_free(void *data)
{
    RvLayoutLayer *layer = data;
    g_free(layer->path);
    g_free(layer->digest);
    g_free(layer->diff_id);
    g_free(layer);
}

void rv_layout_free(RvLayout *layout)
{
    if (!layout)
        return;
    g_free(layout->id);
    g_free(layout->digest);
    g_free(layout->name);
    g_free(layout->config_text);
    rv_image_config_free(layout->config);
    g_clear_pointer(&layout->layers, g_ptr_array_unref);
    g_free(layout);
}

const char *rv_layout_architecture(void)
{
    static const struct {
        const char *machine, *architecture;
    } names[] = {
        {"x86_64", "amd64"},   {"aarch64", "arm64"}, {"armv7l", "arm"},
        {"ppc64le", "ppc64le"}, {"s390x", "s390x"},  {"riscv64", "riscv64"},
    };
    struct utsname host;
    if (uname(&host) == 0)
        for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
            if (strcmp(names[i].machine, host.machine) == 0)
                return names[i].architecture;
    return "unknown";
}

static bool refuse(GError **error, const char *why)
{
    rv_error_set(error, RV_ERR_OPERATION_FAILED, "%s", why);
    return false;
}

/* ---- Blobs ---------------------------------------------------------------------------------- */

static char *blob_path(const char *digest)
{
    return g_strconcat("blobs/sha256/", digest, NULL);
}

/* A document that a descriptor names: read once, of the size and digest it should have. */
static char *read_blob(int folder, const RvOciDescriptor *descriptor, const char *what,
                       size_t *ret_len, GError **error)
{
    g_autofree char *path = blob_path(descriptor->digest);
    g_autofree char *text = rv_tree_read(folder, path, RV_OCI_DOCUMENT_MAX, ret_len, error);
    if (!text) {
        g_prefix_error(error, "%s: ", what);
        return NULL;
    }
    g_autofree char *digest = rv_digest_of(text, *ret_len);
    if (*ret_len != descriptor->size || strcmp(digest, descriptor->digest) != 0) {
        rv_error_set(error, RV_ERR_OPERATION_FAILED,
                     "%s is not what its name says: %zu bytes with the digest sha256:%s", what,
                     *ret_len, digest);
        rv_error_remedy(error, "the image is damaged: fetch or build it again");
        return NULL;
    }
    return g_steal_pointer(&text);
}

static bool find_file(int folder, const char *path, uint64_t *ret_size, GError **error)
{
    struct stat st;
    rv_autofd int fd = rv_tree_open(folder, path, O_PATH | O_NOFOLLOW, 0);
    if (fd < 0 || fstat(fd, &st) < 0) {
        rv_error_set_errno(error, errno, "the layer '%.200s' cannot be found", path);
        return false;
    }
    *ret_size = (uint64_t)st.st_size;
    return S_ISREG(st.st_mode) || refuse(error, "a layer is not a regular file");
}

/* ---- Choosing ------------------------------------------------------------------------------- */

/* "busybox:latest" also answers to "latest", as tools name images within a layout. */
static bool is_called(const char *own, const char *wanted)
{
    const char *colon = strrchr(own, ':');
    return strcmp(own, wanted) == 0 || (colon && strcmp(colon + 1, wanted) == 0);
}

static bool fits_here(const RvOciDescriptor *descriptor)
{
    return (!descriptor->os || strcmp(descriptor->os, "linux") == 0) &&
           (!descriptor->architecture ||
            strcmp(descriptor->architecture, rv_layout_architecture()) == 0);
}

static RvOciDescriptor *choose(const GPtrArray *list, const char *name, GError **error)
{
    RvOciDescriptor *chosen = NULL;
    unsigned of_name = 0;
    for (guint i = 0; i < list->len; i++) {
        RvOciDescriptor *descriptor = list->pdata[i];
        if (descriptor->kind == RV_OCI_OTHER ||
            (name && !(descriptor->name && is_called(descriptor->name, name))))
            continue;
        of_name++;
        if (!fits_here(descriptor))
            continue;
        if (chosen && strcmp(chosen->digest, descriptor->digest) != 0) {
            rv_error_set(error, RV_ERR_OPERATION_FAILED, "there is more than one image: '%.100s'"
                         " and '%.100s'", chosen->name ? chosen->name : chosen->digest,
                         descriptor->name ? descriptor->name : descriptor->digest);
            rv_error_remedy(error, "say which one: behind the path, after a colon");
            return NULL;
        }
        chosen = descriptor;
    }
    if (!chosen && of_name > 0)
        rv_error_set(error, RV_ERR_OPERATION_FAILED, "the image is not for linux on %s",
                     rv_layout_architecture());
    else if (!chosen)
        rv_error_set(error, RV_ERR_OPERATION_FAILED, "there is no image%s%.100s%s",
                     name ? " called '" : "", name ? name : "", name ? "'" : "");
    return chosen;
}

/* ---- OCI ------------------------------------------------------------------------------------ */

static bool check_fit(const RvLayout *layout, size_t n_layers, GError **error)
{
    const RvImageConfig *config = layout->config;
    if (config->diff_ids->len != n_layers)
        return refuse(error, "the image's configuration names another number of layers than its "
                             "manifest");
    if (strcmp(config->os, "linux") == 0 &&
        strcmp(config->architecture, rv_layout_architecture()) == 0)
        return true;
    rv_error_set(error, RV_ERR_OPERATION_FAILED,
                 "the image is for %.50s on %.50s, and this host is linux on %s", config->os,
                 config->architecture, rv_layout_architecture());
    return false;
}

static bool add_layers(RvLayout *layout, int folder, const RvOciManifest *manifest, GError **error)
{
    for (guint i = 0; i < manifest->layers->len; i++) {
        const RvOciDescriptor *descriptor = manifest->layers->pdata[i];
        RvLayoutLayer *layer = g_new0(RvLayoutLayer, 1);
        g_ptr_array_add(layout->layers, layer);
        layer->path = blob_path(descriptor->digest);
        layer->digest = g_strdup(descriptor->digest);
        layer->format = descriptor->format;
        layer->diff_id = g_strdup(layout->config->diff_ids->pdata[i]);
        if (!find_file(folder, layer->path, &layer->size, error))
            return false;
        if (layer->size != descriptor->size)
            return refuse(error, "a layer is not of the size that the manifest says");
    }
    return true;
}

/* The manifest, behind one index within the index at most: that is what images for several
 * machines have. */
static char *read_manifest(int folder, const RvOciDescriptor *descriptor, RvLayout *layout,
                           size_t *ret_len, GError **error)
{
    if (descriptor->kind == RV_OCI_MANIFEST) {
        layout->digest = g_strdup(descriptor->digest);
        return read_blob(folder, descriptor, "the manifest", ret_len, error);
    }
    size_t len;
    g_autofree char *text = read_blob(folder, descriptor, "the image's index", &len, error);
    g_autoptr(GPtrArray) list = text ? rv_oci_parse_index(text, len, error) : NULL;
    const RvOciDescriptor *inner = list ? choose(list, NULL, error) : NULL;
    if (!inner)
        return NULL;
    if (inner->kind != RV_OCI_MANIFEST) {
        refuse(error, "the image's index names another index");
        return NULL;
    }
    layout->digest = g_strdup(inner->digest);
    return read_blob(folder, inner, "the manifest", ret_len, error);
}

static bool read_oci(RvLayout *layout, int folder, const char *index, size_t index_len,
                     const char *name, GError **error)
{
    g_autoptr(GPtrArray) list = rv_oci_parse_index(index, index_len, error);
    const RvOciDescriptor *descriptor = list ? choose(list, name, error) : NULL;
    if (!descriptor)
        return false;
    layout->name = g_strdup(descriptor->name);
    size_t len;
    g_autofree char *text = read_manifest(folder, descriptor, layout, &len, error);
    g_autoptr(RvOciManifest) manifest = text ? rv_oci_parse_manifest(text, len, error) : NULL;
    if (!manifest)
        return false;
    layout->id = g_strdup(manifest->config->digest);
    layout->config_text = read_blob(folder, manifest->config, "the image's configuration", &len,
                                    error);
    layout->config = layout->config_text ? rv_oci_parse_config(layout->config_text, len, error)
                                         : NULL;
    return layout->config && check_fit(layout, manifest->layers->len, error) &&
           add_layers(layout, folder, manifest, error);
}

/* ---- docker save ---------------------------------------------------------------------------- */

static RvDockerImage *choose_docker(const GPtrArray *images, const char *name, GError **error)
{
    for (guint i = 0; i < images->len && name; i++) {
        RvDockerImage *image = images->pdata[i];
        for (guint j = 0; image->names && j < image->names->len; j++)
            if (is_called(image->names->pdata[j], name))
                return image;
    }
    if (!name && images->len == 1)
        return images->pdata[0];
    if (name) {
        rv_error_set(error, RV_ERR_OPERATION_FAILED, "there is no image called '%.100s'", name);
    } else {
        refuse(error, "there is more than one image");
        rv_error_remedy(error, "say which one: behind the path, after a colon");
    }
    return NULL;
}

static bool add_docker_layers(RvLayout *layout, int folder, const RvDockerImage *image,
                              GError **error)
{
    for (guint i = 0; i < image->layers->len; i++) {
        RvLayoutLayer *layer = g_new0(RvLayoutLayer, 1);
        g_ptr_array_add(layout->layers, layer);
        layer->path = rv_tree_clean(image->layers->pdata[i], error);
        layer->diff_id = g_strdup(layout->config->diff_ids->pdata[i]);
        if (!layer->path || !find_file(folder, layer->path, &layer->size, error))
            return false;
    }
    return true;
}

static bool read_docker(RvLayout *layout, int folder, const char *name, GError **error)
{
    size_t len;
    g_autofree char *text = rv_tree_read(folder, "manifest.json", RV_OCI_DOCUMENT_MAX, &len, error);
    g_autoptr(GPtrArray) images = text ? rv_docker_parse_manifest(text, len, error) : NULL;
    const RvDockerImage *image = images ? choose_docker(images, name, error) : NULL;
    g_autofree char *path = image ? rv_tree_clean(image->config, error) : NULL;
    if (!path)
        return false;
    if (image->names && image->names->len > 0)
        layout->name = g_strdup(image->names->pdata[0]);
    layout->config_text = rv_tree_read(folder, path, RV_OCI_DOCUMENT_MAX, &len, error);
    if (!layout->config_text)
        return false;
    layout->id = rv_digest_of(layout->config_text, len);
    layout->config = rv_oci_parse_config(layout->config_text, len, error);
    return layout->config && check_fit(layout, image->layers->len, error) &&
           add_docker_layers(layout, folder, image, error);
}

RvLayout *rv_layout_read(int folder, const char *name, GError **error)
{
    g_autoptr(RvLayout) layout = g_new0(RvLayout, 1);
    layout->layers = g_ptr_array_new_with_free_func(layer_free);
    size_t len;
    g_autoptr(GError) fault = NULL;
    g_autofree char *index = rv_tree_read(folder, "index.json", RV_OCI_DOCUMENT_MAX, &len, &fault);
    bool docker = !index && faccessat(folder, "manifest.json", F_OK, AT_SYMLINK_NOFOLLOW) == 0;
    if (!index && !docker) {
        g_propagate_prefixed_error(error, g_steal_pointer(&fault),
                                   "this is neither an OCI layout nor an archive of docker save: ");
        return NULL;
    }
    bool ok = index ? read_oci(layout, folder, index, len, name, error)
                    : read_docker(layout, folder, name, error);
    return ok ? g_steal_pointer(&layout) : NULL;
}
