/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/image/catalog.h"

#include <string.h>

#include "base/error.h"
#include "drivers/container/image/digest.h"
#include "drivers/container/image/json-reader.h"

#define CATALOG_MAX ((size_t)64 << 20)
#define NAME_MAX_LEN 255
#define ID_PREFIX_MIN 6

RvImage *rv_image_new(void)
{
    RvImage *image = g_new0(RvImage, 1);
    image->names = g_ptr_array_new_with_free_func(g_free);
    image->layers = g_ptr_array_new_with_free_func(g_free);
    return image;
}

static GPtrArray *copy_texts(const GPtrArray *texts)
{
    GPtrArray *copy = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < texts->len; i++)
        g_ptr_array_add(copy, g_strdup(texts->pdata[i]));
    return copy;
}

RvImage *rv_image_copy(const RvImage *image)
{
    RvImage *copy = g_new0(RvImage, 1);
    *copy = (RvImage){
        .id = g_strdup(image->id),
        .digest = g_strdup(image->digest),
        .created = g_strdup(image->created),
        .architecture = g_strdup(image->architecture),
        .imported_us = image->imported_us,
        .names = copy_texts(image->names),
        .layers = copy_texts(image->layers),
        .size = image->size,
    };
    return copy;
}

void rv_image_free(RvImage *image)
{
    if (!image)
        return;
    g_free(image->id);
    g_free(image->digest);
    g_free(image->created);
    g_free(image->architecture);
    g_clear_pointer(&image->names, g_ptr_array_unref);
    g_clear_pointer(&image->layers, g_ptr_array_unref);
    g_free(image);
}

RvCatalog *rv_catalog_new(void)
{
    RvCatalog *catalog = g_new0(RvCatalog, 1);
    catalog->images = g_ptr_array_new_with_free_func((GDestroyNotify)rv_image_free);
    catalog->layers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return catalog;
}

RvCatalog *rv_catalog_copy(const RvCatalog *catalog)
{
    RvCatalog *copy = rv_catalog_new();
    GHashTableIter iter;
    gpointer diff_id, bytes;
    for (guint i = 0; i < catalog->images->len; i++)
        g_ptr_array_add(copy->images, rv_image_copy(catalog->images->pdata[i]));
    g_hash_table_iter_init(&iter, catalog->layers);
    while (g_hash_table_iter_next(&iter, &diff_id, &bytes))
        rv_catalog_add_layer(copy, diff_id, *(uint64_t *)bytes);
    return copy;
}

void rv_catalog_free(RvCatalog *catalog)
{
    if (!catalog)
        return;
    g_ptr_array_unref(catalog->images);
    g_hash_table_unref(catalog->layers);
    g_free(catalog);
}

/* ---- Text ----------------------------------------------------------------------------------- */

static RvImage *read_image(RvJsonReader *reader, const json_t *json)
{
    g_autoptr(RvImage) image = rv_image_new();
    int64_t size = 0;
    if (!rv_json_text(reader, json, "id", RV_JSON_REQUIRED, &image->id) ||
        !rv_json_text(reader, json, "digest", RV_JSON_OPTIONAL, &image->digest) ||
        !rv_json_text(reader, json, "created", RV_JSON_OPTIONAL, &image->created) ||
        !rv_json_text(reader, json, "architecture", RV_JSON_REQUIRED, &image->architecture) ||
        !rv_json_number(reader, json, "imported", RV_JSON_REQUIRED, 0, INT64_MAX,
                        &image->imported_us) ||
        !rv_json_number(reader, json, "size", RV_JSON_REQUIRED, 0, INT64_MAX, &size) ||
        !rv_json_texts(reader, json, "names", RV_JSON_REQUIRED, &image->names) ||
        !rv_json_texts(reader, json, "layers", RV_JSON_REQUIRED, &image->layers))
        return NULL;
    image->size = (uint64_t)size;
    if (!rv_digest_is_valid(image->id)) {
        rv_json_refuse(reader, "id", "is not a digest");
        return NULL;
    }
    for (guint i = 0; i < image->layers->len; i++) {
        if (!rv_digest_is_valid(image->layers->pdata[i])) {
            rv_json_refuse(reader, "layers", "has a member that is not a digest");
            return NULL;
        }
    }
    return g_steal_pointer(&image);
}

static bool read_layers(RvJsonReader *reader, RvCatalog *catalog, json_t *layers)
{
    const char *diff_id;
    json_t *value;
    json_object_foreach(layers, diff_id, value) {
        int64_t bytes;
        if (!rv_json_number(reader, layers, diff_id, RV_JSON_REQUIRED, 0, INT64_MAX, &bytes))
            return false;
        rv_catalog_add_layer(catalog, diff_id, (uint64_t)bytes);
    }
    return true;
}

RvCatalog *rv_catalog_parse(const char *text, size_t len, GError **error)
{
    RvJsonReader reader = {"the list of images", error};
    json_auto_t *json = rv_json_load(&reader, text, len, CATALOG_MAX);
    json_t *images, *layers, *item;
    size_t i;
    if (!json ||
        !rv_json_get(&reader, json, "images", JSON_ARRAY, RV_JSON_REQUIRED, &images) ||
        !rv_json_get(&reader, json, "layers", JSON_OBJECT, RV_JSON_REQUIRED, &layers))
        return NULL;
    g_autoptr(RvCatalog) catalog = rv_catalog_new();
    json_array_foreach(images, i, item) {
        RvImage *image = read_image(&reader, item);
        if (!image)
            return NULL;
        g_ptr_array_add(catalog->images, image);
    }
    return read_layers(&reader, catalog, layers) ? g_steal_pointer(&catalog) : NULL;
}

static json_t *texts_to_json(const GPtrArray *texts)
{
    json_t *list = json_array();
    for (guint i = 0; i < texts->len; i++)
        json_array_append_new(list, json_string(texts->pdata[i]));
    return list;
}

GHashTable *rv_catalog_needed(const RvCatalog *catalog)
{
    GHashTable *needed = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < catalog->images->len; i++) {
        const RvImage *image = catalog->images->pdata[i];
        for (guint j = 0; j < image->layers->len; j++)
            g_hash_table_add(needed, image->layers->pdata[j]);
    }
    return needed;
}

char *rv_catalog_format(const RvCatalog *catalog)
{
    g_autoptr(GHashTable) needed = rv_catalog_needed(catalog);
    json_t *images = json_array(), *layers = json_object();
    for (guint i = 0; i < catalog->images->len; i++) {
        const RvImage *image = catalog->images->pdata[i];
        json_array_append_new(
            images, json_pack("{s:s, s:s?, s:s?, s:s, s:I, s:I, s:o, s:o}", "id", image->id,
                              "digest", image->digest, "created", image->created, "architecture",
                              image->architecture, "imported", (json_int_t)image->imported_us,
                              "size", (json_int_t)image->size, "names",
                              texts_to_json(image->names), "layers",
                              texts_to_json(image->layers)));
    }
    GHashTableIter iter;
    gpointer diff_id, bytes;
    g_hash_table_iter_init(&iter, catalog->layers);
    while (g_hash_table_iter_next(&iter, &diff_id, &bytes))
        if (g_hash_table_contains(needed, diff_id))
            json_object_set_new(layers, diff_id, json_integer((json_int_t)*(uint64_t *)bytes));
    json_auto_t *json = json_pack("{s:o, s:o}", "images", images, "layers", layers);
    return json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
}

/* ---- Names ---------------------------------------------------------------------------------- */

char *rv_image_name(const char *text, GError **error)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                  "._-/:@";
    size_t len = strlen(text);
    if (len == 0 || len > NAME_MAX_LEN || strspn(text, allowed) != len ||
        !g_ascii_isalnum(*text) || !g_ascii_isalnum(text[len - 1])) {
        rv_error_set(error, RV_ERR_INVALID_ARG, "'%.100s' cannot be the name of an image", text);
        rv_error_remedy(error, "names are letters, digits and ._-/:@, as in busybox:1.36");
        return NULL;
    }
    const char *slash = strrchr(text, '/');
    bool tagged = strpbrk(slash ? slash : text, ":@");
    return g_strconcat(text, tagged ? "" : ":latest", NULL);
}

static bool has_name(const RvImage *image, const char *name)
{
    return g_ptr_array_find_with_equal_func(image->names, name, g_str_equal, NULL);
}

static RvImage *find_by_id(const RvCatalog *catalog, const char *prefix, GError **error)
{
    RvImage *found = NULL;
    for (guint i = 0; i < catalog->images->len; i++) {
        RvImage *image = catalog->images->pdata[i];
        if (!g_str_has_prefix(image->id, prefix))
            continue;
        if (found) {
            rv_error_set(error, RV_ERR_OPERATION_FAILED, "several images begin with '%s'", prefix);
            return NULL;
        }
        found = image;
    }
    return found;
}

RvImage *rv_catalog_find(const RvCatalog *catalog, const char *name, GError **error)
{
    g_autoptr(GError) fault = NULL;
    g_autofree char *full = rv_image_name(name, NULL);
    for (guint i = 0; i < catalog->images->len && full; i++)
        if (has_name(catalog->images->pdata[i], full))
            return catalog->images->pdata[i];
    const char *hex = g_str_has_prefix(name, "sha256:") ? name + strlen("sha256:") : name;
    if (strlen(hex) >= ID_PREFIX_MIN && strspn(hex, "0123456789abcdef") == strlen(hex)) {
        RvImage *image = find_by_id(catalog, hex, &fault);
        if (image)
            return image;
    }
    if (fault) {
        g_propagate_error(error, g_steal_pointer(&fault));
        return NULL;
    }
    rv_error_set(error, RV_ERR_OPERATION_FAILED, "there is no image '%.255s'", name);
    rv_error_remedy(error, "`reeve image list` lists those that there are, "
                           "`reeve image pull` and `reeve image import` bring others");
    return NULL;
}

static void take_name_away(RvCatalog *catalog, const char *name)
{
    guint at;
    for (guint i = 0; i < catalog->images->len; i++) {
        RvImage *image = catalog->images->pdata[i];
        if (g_ptr_array_find_with_equal_func(image->names, name, g_str_equal, &at))
            g_ptr_array_remove_index(image->names, at);
    }
}

void rv_catalog_add(RvCatalog *catalog, const RvImage *image, const char *name)
{
    RvImage *own = find_by_id(catalog, image->id, NULL);
    if (!own) {
        own = rv_image_copy(image);
        g_ptr_array_add(catalog->images, own);
    }
    if (name && !has_name(own, name)) {
        take_name_away(catalog, name);
        g_ptr_array_add(own->names, g_strdup(name));
    }
}

void rv_catalog_add_layer(RvCatalog *catalog, const char *diff_id, uint64_t bytes)
{
    uint64_t *value = g_new(uint64_t, 1);
    *value = bytes;
    g_hash_table_replace(catalog->layers, g_strdup(diff_id), value);
}
