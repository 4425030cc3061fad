/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/image/oci.h"

#include <string.h>

#include "base/error.h"
#include "drivers/container/image/digest.h"
#include "drivers/container/image/json-reader.h"

#define REF_NAME "org.opencontainers.image.ref.name"
#define DESCRIPTORS_MAX 1024

static const struct {
    const char *type;
    RvOciKind kind;
} kinds[] = {
    {"application/vnd.oci.image.index.v1+json", RV_OCI_INDEX},
    {"application/vnd.docker.distribution.manifest.list.v2+json", RV_OCI_INDEX},
    {"application/vnd.oci.image.manifest.v1+json", RV_OCI_MANIFEST},
    {"application/vnd.docker.distribution.manifest.v2+json", RV_OCI_MANIFEST},
};

static const struct {
    const char *type;
    RvLayerFormat format;
} formats[] = {
    {"application/vnd.oci.image.layer.v1.tar", RV_LAYER_PLAIN},
    {"application/vnd.oci.image.layer.v1.tar+gzip", RV_LAYER_GZIP},
    {"application/vnd.oci.image.layer.v1.tar+zstd", RV_LAYER_ZSTD},
    {"application/vnd.docker.image.rootfs.diff.tar", RV_LAYER_PLAIN},
    {"application/vnd.docker.image.rootfs.diff.tar.gzip", RV_LAYER_GZIP},
    {"application/vnd.docker.image.rootfs.diff.tar.zstd", RV_LAYER_ZSTD},
};

static const char *const config_types[] = {
    "application/vnd.oci.image.config.v1+json",
    "application/vnd.docker.container.image.v1+json",
};

void rv_oci_descriptor_free(RvOciDescriptor *descriptor)
{
    if (!descriptor)
        return;
    g_free(descriptor->media_type);
    g_free(descriptor->digest);
    g_free(descriptor->name);
    g_free(descriptor->os);
    g_free(descriptor->architecture);
    g_free(descriptor);
}

void rv_oci_manifest_free(RvOciManifest *manifest)
{
    if (!manifest)
        return;
    rv_oci_descriptor_free(manifest->config);
    g_clear_pointer(&manifest->layers, g_ptr_array_unref);
    g_free(manifest);
}

void rv_docker_image_free(RvDockerImage *image)
{
    if (!image)
        return;
    g_free(image->config);
    g_clear_pointer(&image->layers, g_ptr_array_unref);
    g_clear_pointer(&image->names, g_ptr_array_unref);
    g_free(image);
}

void rv_image_config_free(RvImageConfig *config)
{
    if (!config)
        return;
    GPtrArray **const lists[] = {&config->diff_ids, &config->entrypoint, &config->cmd,
                                 &config->env,      &config->volumes,    &config->ports,
                                 &config->health.test};
    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++)
        g_clear_pointer(lists[i], g_ptr_array_unref);
    g_free(config->os);
    g_free(config->architecture);
    g_free(config->created);
    g_free(config->user);
    g_free(config->working_dir);
    g_free(config->stop_signal);
    g_free(config);
}

/* ---- Descriptors ---------------------------------------------------------------------------- */

/* "sha256:HEX" to HEX, in place. */
static bool take_digest(RvJsonReader *reader, const char *field, char **digest)
{
    const char *hex = g_str_has_prefix(*digest, "sha256:") ? *digest + strlen("sha256:") : NULL;
    if (!rv_digest_is_valid(hex))
        return rv_json_refuse(reader, field, "is not a SHA-256 digest");
    char *taken = g_strdup(hex);
    g_free(*digest);
    *digest = taken;
    return true;
}

static RvOciKind kind_of(const char *media_type)
{
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (g_strcmp0(kinds[i].type, media_type) == 0)
            return kinds[i].kind;
    return RV_OCI_OTHER;
}

static RvOciDescriptor *read_descriptor(RvJsonReader *reader, const json_t *object)
{
    g_autoptr(RvOciDescriptor) descriptor = g_new0(RvOciDescriptor, 1);
    json_t *annotations, *platform;
    int64_t size = 0;
    if (!json_is_object(object)) {
        rv_json_refuse(reader, "descriptor", "is not an object");
        return NULL;
    }
    if (!rv_json_text(reader, object, "mediaType", RV_JSON_OPTIONAL, &descriptor->media_type) ||
        !rv_json_text(reader, object, "digest", RV_JSON_REQUIRED, &descriptor->digest) ||
        !take_digest(reader, "digest", &descriptor->digest) ||
        !rv_json_number(reader, object, "size", RV_JSON_REQUIRED, 0, INT64_MAX, &size) ||
        !rv_json_get(reader, object, "annotations", JSON_OBJECT, RV_JSON_OPTIONAL, &annotations) ||
        !rv_json_text(reader, annotations, REF_NAME, RV_JSON_OPTIONAL, &descriptor->name) ||
        !rv_json_get(reader, object, "platform", JSON_OBJECT, RV_JSON_OPTIONAL, &platform) ||
        !rv_json_text(reader, platform, "os", RV_JSON_OPTIONAL, &descriptor->os) ||
        !rv_json_text(reader, platform, "architecture", RV_JSON_OPTIONAL,
                      &descriptor->architecture))
        return NULL;
    descriptor->size = (uint64_t)size;
    descriptor->kind = kind_of(descriptor->media_type);
    return g_steal_pointer(&descriptor);
}

static bool check_schema(RvJsonReader *reader, const json_t *json)
{
    int64_t version = 2;
    if (!json_is_object(json))
        return rv_json_refuse(reader, "document", "is not an object");
    if (!rv_json_number(reader, json, "schemaVersion", RV_JSON_OPTIONAL, 1, INT_MAX, &version))
        return false;
    return version == 2 || rv_json_refuse(reader, "schemaVersion", "is not 2");
}

GPtrArray *rv_oci_parse_index(const char *text, size_t len, GError **error)
{
    RvJsonReader reader = {"the index", error};
    json_auto_t *json = rv_json_load(&reader, text, len, RV_OCI_DOCUMENT_MAX);
    json_t *manifests, *item;
    size_t i;
    if (!json || !check_schema(&reader, json) ||
        !rv_json_get(&reader, json, "manifests", JSON_ARRAY, RV_JSON_REQUIRED, &manifests))
        return NULL;
    if (json_array_size(manifests) > DESCRIPTORS_MAX) {
        rv_json_refuse(&reader, "manifests", "has too many members");
        return NULL;
    }
    g_autoptr(GPtrArray) list =
        g_ptr_array_new_with_free_func((GDestroyNotify)rv_oci_descriptor_free);
    json_array_foreach(manifests, i, item) {
        RvOciDescriptor *descriptor = read_descriptor(&reader, item);
        if (!descriptor)
            return NULL;
        g_ptr_array_add(list, descriptor);
    }
    return g_steal_pointer(&list);
}

/* ---- Manifest ------------------------------------------------------------------------------- */

static bool take_layer(RvJsonReader *reader, GPtrArray *layers, const json_t *item)
{
    g_autoptr(RvOciDescriptor) layer = read_descriptor(reader, item);
    if (!layer)
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++) {
        if (g_strcmp0(formats[i].type, layer->media_type) == 0) {
            layer->format = formats[i].format;
            g_ptr_array_add(layers, g_steal_pointer(&layer));
            return true;
        }
    }
    rv_error_set(reader->error, RV_ERR_OPERATION_UNSUPPORTED,
                 "the manifest: a layer is of the unknown type '%.100s'",
                 layer->media_type ? layer->media_type : "");
    rv_error_remedy(reader->error, "layers can be tar, tar+gzip or tar+zstd, and not encrypted");
    return false;
}

static bool check_config_type(RvJsonReader *reader, const RvOciDescriptor *config)
{
    for (size_t i = 0; i < G_N_ELEMENTS(config_types); i++)
        if (g_strcmp0(config_types[i], config->media_type) == 0)
            return true;
    rv_error_set(
        reader->error, RV_ERR_OPERATION_UNSUPPORTED,
        "the manifest: a configuration of the type '%.100s' is none of a container's image",
        config->media_type ? config->media_type : "");
    return false;
}

RvOciManifest *rv_oci_parse_manifest(const char *text, size_t len, GError **error)
{
    RvJsonReader reader = {"the manifest", error};
    json_auto_t *json = rv_json_load(&reader, text, len, RV_OCI_DOCUMENT_MAX);
    json_t *config, *layers, *item;
    size_t i;
    if (!json || !check_schema(&reader, json) ||
        !rv_json_get(&reader, json, "config", JSON_OBJECT, RV_JSON_REQUIRED, &config) ||
        !rv_json_get(&reader, json, "layers", JSON_ARRAY, RV_JSON_REQUIRED, &layers))
        return NULL;
    if (json_array_size(layers) > RV_OCI_LAYERS_MAX || json_array_size(layers) == 0) {
        rv_json_refuse(&reader, "layers", "has none, or more than 127");
        return NULL;
    }
    g_autoptr(RvOciManifest) manifest = g_new0(RvOciManifest, 1);
    manifest->layers = g_ptr_array_new_with_free_func((GDestroyNotify)rv_oci_descriptor_free);
    manifest->config = read_descriptor(&reader, config);
    if (!manifest->config || !check_config_type(&reader, manifest->config))
        return NULL;
    json_array_foreach(layers, i, item)
        if (!take_layer(&reader, manifest->layers, item))
            return NULL;
    return g_steal_pointer(&manifest);
}

/* ---- Configuration -------------------------------------------------------------------------- */

static bool check_absolute(RvJsonReader *reader, const char *field, const char *path)
{
    return !path || *path == '/' || rv_json_refuse(reader, field, "is not an absolute path");
}

static bool read_diff_ids(RvJsonReader *reader, const json_t *json, RvImageConfig *config)
{
    json_t *rootfs;
    if (!rv_json_get(reader, json, "rootfs", JSON_OBJECT, RV_JSON_REQUIRED, &rootfs) ||
        !rv_json_texts(reader, rootfs, "diff_ids", RV_JSON_REQUIRED, &config->diff_ids))
        return false;
    for (guint i = 0; i < config->diff_ids->len; i++)
        if (!take_digest(reader, "diff_ids", (char **)&config->diff_ids->pdata[i]))
            return false;
    return true;
}

static bool read_health(RvJsonReader *reader, const json_t *run, RvImageHealth *health)
{
    json_t *check;
    int64_t retries = 0;
    if (!rv_json_get(reader, run, "Healthcheck", JSON_OBJECT, RV_JSON_OPTIONAL, &check) ||
        !rv_json_texts(reader, check, "Test", RV_JSON_OPTIONAL, &health->test) ||
        !rv_json_number(reader, check, "Interval", RV_JSON_OPTIONAL, 0, INT64_MAX,
                        &health->interval) ||
        !rv_json_number(reader, check, "Timeout", RV_JSON_OPTIONAL, 0, INT64_MAX,
                        &health->timeout) ||
        !rv_json_number(reader, check, "StartPeriod", RV_JSON_OPTIONAL, 0, INT64_MAX,
                        &health->start_period) ||
        !rv_json_number(reader, check, "Retries", RV_JSON_OPTIONAL, 0, INT_MAX, &retries))
        return false;
    health->retries = (int)retries;
    return true;
}

static bool check_env(RvJsonReader *reader, const GPtrArray *env)
{
    for (guint i = 0; i < env->len; i++) {
        const char *equals = strchr(env->pdata[i], '=');
        if (!equals || equals == env->pdata[i])
            return rv_json_refuse(reader, "Env", "has a member that is not NAME=VALUE");
    }
    return true;
}

static bool read_run(RvJsonReader *reader, const json_t *json, RvImageConfig *config)
{
    json_t *run;
    if (!rv_json_get(reader, json, "config", JSON_OBJECT, RV_JSON_OPTIONAL, &run) ||
        !rv_json_texts(reader, run, "Entrypoint", RV_JSON_OPTIONAL, &config->entrypoint) ||
        !rv_json_texts(reader, run, "Cmd", RV_JSON_OPTIONAL, &config->cmd) ||
        !rv_json_texts(reader, run, "Env", RV_JSON_OPTIONAL, &config->env) ||
        !check_env(reader, config->env) ||
        !rv_json_text(reader, run, "User", RV_JSON_OPTIONAL, &config->user) ||
        !rv_json_text(reader, run, "WorkingDir", RV_JSON_OPTIONAL, &config->working_dir) ||
        !rv_json_text(reader, run, "StopSignal", RV_JSON_OPTIONAL, &config->stop_signal) ||
        !rv_json_keys(reader, run, "Volumes", &config->volumes) ||
        !rv_json_keys(reader, run, "ExposedPorts", &config->ports) ||
        !read_health(reader, run, &config->health))
        return false;
    if (config->working_dir && !*config->working_dir)
        g_clear_pointer(&config->working_dir, g_free);
    for (guint i = 0; i < config->volumes->len; i++)
        if (!check_absolute(reader, "Volumes", config->volumes->pdata[i]))
            return false;
    return check_absolute(reader, "WorkingDir", config->working_dir);
}

RvImageConfig *rv_oci_parse_config(const char *text, size_t len, GError **error)
{
    RvJsonReader reader = {"the image's configuration", error};
    json_auto_t *json = rv_json_load(&reader, text, len, RV_OCI_DOCUMENT_MAX);
    if (!json)
        return NULL;
    if (!json_is_object(json)) {
        rv_json_refuse(&reader, "document", "is not an object");
        return NULL;
    }
    g_autoptr(RvImageConfig) config = g_new0(RvImageConfig, 1);
    if (!rv_json_text(&reader, json, "os", RV_JSON_REQUIRED, &config->os) ||
        !rv_json_text(&reader, json, "architecture", RV_JSON_REQUIRED, &config->architecture) ||
        !rv_json_text(&reader, json, "created", RV_JSON_OPTIONAL, &config->created) ||
        !read_diff_ids(&reader, json, config) || !read_run(&reader, json, config))
        return NULL;
    return g_steal_pointer(&config);
}

/* ---- docker save ---------------------------------------------------------------------------- */

static RvDockerImage *read_docker_image(RvJsonReader *reader, const json_t *item)
{
    g_autoptr(RvDockerImage) image = g_new0(RvDockerImage, 1);
    if (!json_is_object(item)) {
        rv_json_refuse(reader, "document", "is not an array of objects");
        return NULL;
    }
    if (!rv_json_text(reader, item, "Config", RV_JSON_REQUIRED, &image->config) ||
        !rv_json_texts(reader, item, "Layers", RV_JSON_REQUIRED, &image->layers) ||
        !rv_json_texts(reader, item, "RepoTags", RV_JSON_OPTIONAL, &image->names))
        return NULL;
    if (image->layers->len == 0 || image->layers->len > RV_OCI_LAYERS_MAX) {
        rv_json_refuse(reader, "Layers", "has none, or more than 127");
        return NULL;
    }
    return g_steal_pointer(&image);
}

GPtrArray *rv_docker_parse_manifest(const char *text, size_t len, GError **error)
{
    RvJsonReader reader = {"manifest.json", error};
    json_auto_t *json = rv_json_load(&reader, text, len, RV_OCI_DOCUMENT_MAX);
    json_t *item;
    size_t i;
    if (!json)
        return NULL;
    if (!json_is_array(json) || json_array_size(json) == 0 ||
        json_array_size(json) > DESCRIPTORS_MAX) {
        rv_json_refuse(&reader, "document", "is not an array of images");
        return NULL;
    }
    g_autoptr(GPtrArray) images =
        g_ptr_array_new_with_free_func((GDestroyNotify)rv_docker_image_free);
    json_array_foreach(json, i, item) {
        RvDockerImage *image = read_docker_image(&reader, item);
        if (!image)
            return NULL;
        g_ptr_array_add(images, image);
    }
    return g_steal_pointer(&images);
}
