/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/image/store.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "drivers/container/image/digest.h"

#define CATALOG "images.json"
#define CATALOG_MAX ((size_t)64 << 20)

struct RvImageStore {
    char *folder;
    GMutex lock;
    RvCatalog *catalog; /* NULL: not read yet */
    GHashTable *pins;   /* diff id -> how many need it */
    unsigned put_aside; /* how many layers have been */
};

RvImageStore *rv_image_store_new(const char *folder)
{
    RvImageStore *store = g_new0(RvImageStore, 1);
    store->folder = g_strdup(folder);
    store->pins = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_mutex_init(&store->lock);
    return store;
}

void rv_image_store_free(RvImageStore *store)
{
    if (!store)
        return;
    rv_catalog_free(store->catalog);
    g_hash_table_unref(store->pins);
    g_mutex_clear(&store->lock);
    g_free(store->folder);
    g_free(store);
}

char *rv_image_store_path(const RvImageStore *store, const char *folder, const char *name)
{
    return g_build_filename(store->folder, folder, name, NULL);
}

/* ---- Opening -------------------------------------------------------------------------------- */

typedef bool (*IsKept)(const RvCatalog *catalog, const char *name);

static bool keep_layer(const RvCatalog *catalog, const char *name)
{
    return g_hash_table_contains(catalog->layers, name);
}

static bool keep_config(const RvCatalog *catalog, const char *name)
{
    for (guint i = 0; i < catalog->images->len; i++)
        if (strcmp(((const RvImage *)catalog->images->pdata[i])->id, name) == 0)
            return true;
    return false;
}

static bool keep_nothing(const RvCatalog *catalog, const char *name)
{
    return false;
}

/* Removes what a daemon that was killed has left in one of the folders. */
static bool sweep(RvImageStore *store, const RvCatalog *catalog, const char *name, IsKept is_kept,
                  GError **error)
{
    g_autofree char *path = rv_image_store_path(store, name, NULL);
    g_autoptr(GDir) dir = rv_dir_create(path, 0700, error) ? g_dir_open(path, 0, error) : NULL;
    if (!dir)
        return false;
    for (const char *entry; (entry = g_dir_read_name(dir));) {
        g_autofree char *litter = g_build_filename(path, entry, NULL);
        if (!is_kept(catalog, entry) && !rv_dir_remove(litter, error))
            return false;
    }
    return true;
}

static RvCatalog *read_catalog(RvImageStore *store, GError **error)
{
    g_autofree char *path = rv_image_store_path(store, CATALOG, NULL);
    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        return rv_catalog_new();
    size_t len;
    g_autofree char *text = rv_file_read(path, CATALOG_MAX, &len, error);
    RvCatalog *catalog = text ? rv_catalog_parse(text, len, error) : NULL;
    if (!catalog)
        g_prefix_error(error, "'%s': ", path);
    return catalog;
}

/* With the lock. */
static bool load(RvImageStore *store, GError **error)
{
    if (store->catalog)
        return true;
    g_autoptr(RvCatalog) catalog =
        rv_dir_create(store->folder, 0700, error) ? read_catalog(store, error) : NULL;
    if (!catalog || !sweep(store, catalog, "tmp", keep_nothing, error) ||
        !sweep(store, catalog, "layers", keep_layer, error) ||
        !sweep(store, catalog, "configs", keep_config, error))
        return false;
    store->catalog = g_steal_pointer(&catalog);
    return true;
}

static bool open_store(RvImageStore *store, GError **error)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&store->lock);
    return load(store, error);
}

/* Changes are made to a copy: what cannot be written has not happened. */
static bool save(RvImageStore *store, RvCatalog **changed, GError **error)
{
    g_autofree char *path = rv_image_store_path(store, CATALOG, NULL);
    g_autofree char *text = rv_catalog_format(*changed);
    if (!rv_file_replace(path, 0600, text, strlen(text), error))
        return false;
    rv_catalog_free(store->catalog);
    store->catalog = g_steal_pointer(changed);
    return true;
}

/* ---- What there is -------------------------------------------------------------------------- */

static gint compare(gconstpointer a, gconstpointer b)
{
    const RvImage *one = *(const RvImage *const *)a, *two = *(const RvImage *const *)b;
    const char *first = one->names->len > 0 ? one->names->pdata[0] : "~";
    const char *second = two->names->len > 0 ? two->names->pdata[0] : "~";
    int order = strcmp(first, second);
    return order ? order : strcmp(one->id, two->id);
}

GPtrArray *rv_image_store_list(RvImageStore *store, GError **error)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&store->lock);
    if (!load(store, error))
        return NULL;
    GPtrArray *list = g_ptr_array_new_with_free_func((GDestroyNotify)rv_image_free);
    for (guint i = 0; i < store->catalog->images->len; i++)
        g_ptr_array_add(list, rv_image_copy(store->catalog->images->pdata[i]));
    g_ptr_array_sort(list, compare);
    return list;
}

RvImage *rv_image_store_find(RvImageStore *store, const char *name, GError **error)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&store->lock);
    const RvImage *image = load(store, error) ? rv_catalog_find(store->catalog, name, error) : NULL;
    return image ? rv_image_copy(image) : NULL;
}

RvImageConfig *rv_image_store_config(RvImageStore *store, const char *id, char **ret_text,
                                     GError **error)
{
    size_t len;
    g_autofree char *path = rv_image_store_path(store, "configs", id);
    g_autofree char *text = rv_file_read(path, RV_OCI_DOCUMENT_MAX, &len, error);
    RvImageConfig *config = text ? rv_oci_parse_config(text, len, error) : NULL;
    if (config && ret_text)
        *ret_text = g_steal_pointer(&text);
    return config;
}

/* ---- Making --------------------------------------------------------------------------------- */

char *rv_image_store_temporary(RvImageStore *store, GError **error)
{
    if (!open_store(store, error))
        return NULL;
    g_autofree char *template = rv_image_store_path(store, "tmp", "XXXXXX");
    if (!g_mkdtemp_full(template, 0700)) {
        rv_error_set_errno(error, errno, "cannot make a folder in '%s/tmp'", store->folder);
        return NULL;
    }
    return g_steal_pointer(&template);
}

void rv_image_store_pin(RvImageStore *store, const char *diff_id)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&store->lock);
    guint n = GPOINTER_TO_UINT(g_hash_table_lookup(store->pins, diff_id));
    g_hash_table_replace(store->pins, g_strdup(diff_id), GUINT_TO_POINTER(n + 1));
}

void rv_image_store_unpin(RvImageStore *store, const char *diff_id)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&store->lock);
    guint n = GPOINTER_TO_UINT(g_hash_table_lookup(store->pins, diff_id));
    if (n > 1)
        g_hash_table_replace(store->pins, g_strdup(diff_id), GUINT_TO_POINTER(n - 1));
    else
        g_hash_table_remove(store->pins, diff_id);
}

bool rv_image_store_has_layer(RvImageStore *store, const char *diff_id, uint64_t *ret_bytes)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&store->lock);
    const uint64_t *bytes = g_hash_table_lookup(store->catalog->layers, diff_id);
    if (bytes)
        *ret_bytes = *bytes;
    return bytes;
}

bool rv_image_store_put_layer(RvImageStore *store, const char *diff_id, uint64_t bytes,
                              const char *unpacked, GError **error)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&store->lock);
    if (g_hash_table_contains(store->catalog->layers, diff_id))
        return true; /* somebody else was faster */
    g_autofree char *path = rv_image_store_path(store, "layers", diff_id);
    if (rename(unpacked, path) < 0) {
        rv_error_set_errno(error, errno, "cannot rename '%s' to '%s'", unpacked, path);
        return false;
    }
    rv_catalog_add_layer(store->catalog, diff_id, bytes);
    return true;
}

static bool sync_all(RvImageStore *store, GError **error)
{
    rv_autofd int fd = open(store->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0 && syncfs(fd) == 0)
        return true;
    rv_error_set_errno(error, errno, "cannot sync '%s'", store->folder);
    return false;
}

bool rv_image_store_put(RvImageStore *store, const RvImage *image, const char *name,
                        const char *config_text, GError **error)
{
    g_autofree char *path = rv_image_store_path(store, "configs", image->id);
    if (!sync_all(store, error))
        return false;
    /* From here on alone: others may bring the same image, or sweep what no image has. */
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&store->lock);
    if (!rv_file_replace(path, 0600, config_text, strlen(config_text), error))
        return false;
    g_autoptr(RvCatalog) changed = rv_catalog_copy(store->catalog);
    rv_catalog_add(changed, image, name);
    return save(store, &changed, error);
}

/* The image that a container has once claimed is noted beside what it writes. */
RvImage *rv_image_store_claim(RvImageStore *store, const char *owner, const char *name,
                              GError **error)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&store->lock);
    if (!load(store, error))
        return NULL;
    g_autofree char *folder = rv_image_store_path(store, "writable", owner);
    g_autofree char *path = g_build_filename(folder, "image", NULL);
    g_autofree char *id = rv_file_read(path, RV_DIGEST_LEN, NULL, NULL);
    const RvImage *image = rv_catalog_find(store->catalog, id ? id : name, error);
    if (!image || (!id && (!rv_dir_create(folder, 0700, error) ||
                           !rv_file_replace(path, 0600, image->id, RV_DIGEST_LEN, error))))
        return NULL;
    return rv_image_copy(image);
}

/* ---- Removing ------------------------------------------------------------------------------- */

/* The container that has written upon an image, or NULL. */
static char *find_user(RvImageStore *store, const char *id)
{
    g_autofree char *path = rv_image_store_path(store, "writable", NULL);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    for (const char *entry; dir && (entry = g_dir_read_name(dir));) {
        g_autofree char *file = g_build_filename(path, entry, "image", NULL);
        g_autofree char *text = rv_file_read(file, RV_DIGEST_LEN, NULL, NULL);
        if (g_strcmp0(text, id) == 0)
            return g_strdup(entry);
    }
    return NULL;
}

static bool check_unused(RvImageStore *store, const RvImage *image, GError **error)
{
    g_autofree char *user = find_user(store, image->id);
    if (!user)
        return true;
    rv_error_set(error, RV_ERR_RESOURCE_BUSY, "the image %.12s is used by the container %s",
                 image->id, user);
    rv_error_remedy(error, "undefine that container first; what it has written goes with it");
    return false;
}

/* Takes layers that nobody needs out of the catalog; returns their ids. */
static GPtrArray *drop_layers(const RvImageStore *store, RvCatalog *catalog, uint64_t *ret_bytes)
{
    g_autoptr(GHashTable) needed = rv_catalog_needed(catalog);
    GPtrArray *dropped = g_ptr_array_new_with_free_func(g_free);
    GHashTableIter iter;
    gpointer diff_id, bytes;
    g_hash_table_iter_init(&iter, catalog->layers);
    while (g_hash_table_iter_next(&iter, &diff_id, &bytes)) {
        if (g_hash_table_contains(needed, diff_id) || g_hash_table_contains(store->pins, diff_id))
            continue;
        *ret_bytes += *(uint64_t *)bytes;
        g_ptr_array_add(dropped, g_strdup(diff_id));
        g_hash_table_iter_remove(&iter);
    }
    return dropped;
}

/* With the lock. Layers can have so many files that it takes a minute to remove them: they are put out
 * of the way, and removed without it. Returns their paths. */
static GPtrArray *put_aside(RvImageStore *store, const GPtrArray *layers)
{
    GPtrArray *litter = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < layers->len; i++) {
        const char *diff_id = layers->pdata[i];
        g_autofree char *path = rv_image_store_path(store, "layers", diff_id);
        g_autofree char *name = g_strdup_printf("%s-%u", diff_id, store->put_aside++);
        g_autofree char *aside = rv_image_store_path(store, "tmp", name);
        g_ptr_array_add(litter, g_strdup(rename(path, aside) == 0 ? aside : path));
    }
    return litter;
}

/* With the lock. The catalog first: what it does not know is litter, whenever we are killed. Returns what
 * is to be removed yet. */
static GPtrArray *collect(RvImageStore *store, RvCatalog **changed, uint64_t *ret_bytes,
                          GError **error)
{
    g_autoptr(GPtrArray) layers = drop_layers(store, *changed, ret_bytes);
    return save(store, changed, error) &&
                   sweep(store, store->catalog, "configs", keep_config, error)
               ? put_aside(store, layers)
               : NULL;
}

/* Without the lock. */
static bool remove_all(const GPtrArray *litter, GError **error)
{
    for (guint i = 0; litter && i < litter->len; i++)
        if (!rv_dir_remove(litter->pdata[i], error))
            return false;
    return litter;
}

/* The catalog in the file does not know of them. */
bool rv_image_store_tidy(RvImageStore *store, GError **error)
{
    uint64_t bytes = 0;
    g_mutex_lock(&store->lock);
    g_autoptr(GPtrArray) layers = drop_layers(store, store->catalog, &bytes);
    g_autoptr(GPtrArray) litter = put_aside(store, layers);
    g_mutex_unlock(&store->lock);
    return remove_all(litter, error);
}

/* An image, or one of its names; with *ret_litter, which is to be removed without the lock. */
static bool take_out(RvImageStore *store, const char *name, GPtrArray **ret_litter, GError **error)
{
    guint at;
    uint64_t bytes = 0;
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&store->lock);
    g_autoptr(RvCatalog) changed = load(store, error) ? rv_catalog_copy(store->catalog) : NULL;
    RvImage *image = changed ? rv_catalog_find(changed, name, error) : NULL;
    if (!image)
        return false;
    g_autofree char *full = rv_image_name(name, NULL);
    bool named = full && g_ptr_array_find_with_equal_func(image->names, full, g_str_equal, &at);
    if (named && image->names->len > 1) {
        g_ptr_array_remove_index(image->names, at);
        *ret_litter = g_ptr_array_new();
        return save(store, &changed, error);
    }
    if (!check_unused(store, image, error))
        return false;
    g_ptr_array_remove(changed->images, image);
    *ret_litter = collect(store, &changed, &bytes, error);
    return *ret_litter;
}

bool rv_image_store_remove(RvImageStore *store, const char *name, GError **error)
{
    g_autoptr(GPtrArray) litter = NULL;
    return take_out(store, name, &litter, error) && remove_all(litter, error);
}

static GPtrArray *take_out_unused(RvImageStore *store, bool all, unsigned *ret_images,
                                  uint64_t *ret_bytes, GError **error)
{
    *ret_images = 0;
    *ret_bytes = 0;
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&store->lock);
    g_autoptr(RvCatalog) changed = load(store, error) ? rv_catalog_copy(store->catalog) : NULL;
    if (!changed)
        return NULL;
    for (guint i = changed->images->len; i > 0; i--) {
        RvImage *image = changed->images->pdata[i - 1];
        g_autofree char *user = find_user(store, image->id);
        if (user || (!all && image->names->len > 0))
            continue;
        g_ptr_array_remove_index(changed->images, i - 1);
        ++*ret_images;
    }
    return collect(store, &changed, ret_bytes, error);
}

bool rv_image_store_prune(RvImageStore *store, bool all, unsigned *ret_images, uint64_t *ret_bytes,
                          GError **error)
{
    g_autoptr(GPtrArray) litter = take_out_unused(store, all, ret_images, ret_bytes, error);
    return remove_all(litter, error);
}
