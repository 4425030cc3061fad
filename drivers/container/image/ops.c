/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/image/ops.h"

#include "base/log.h"
#include "drivers/container/host.h"
#include "drivers/container/image/import.h"
#include "drivers/container/image/root.h"

RvImageStore *container_images_new(const RvDriverHost *host)
{
    g_autofree char *path = g_build_filename(host->state_dir, "images", NULL);
    return rv_image_store_new(path);
}

static RvImageStore *store_of(const RvDriverHost *host)
{
    return container_host(host)->images;
}

static char **names_of(const RvImage *image)
{
    GPtrArray *names = g_ptr_array_new();
    for (guint i = 0; i < image->names->len; i++)
        g_ptr_array_add(names, g_strdup(image->names->pdata[i]));
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(names, FALSE);
}

static RvImageInfo *tell(const RvImage *image)
{
    RvImageInfo *info = g_new0(RvImageInfo, 1);
    info->id = g_strdup(image->id);
    info->digest = g_strdup(image->digest);
    info->created = g_strdup(image->created);
    info->architecture = g_strdup(image->architecture);
    info->names = names_of(image);
    info->layers = image->layers->len;
    info->size = image->size;
    info->imported_us = image->imported_us;
    return info;
}

static void tell_progress(uint64_t done, uint64_t total, void *data)
{
    RvOperation *op = data;
    op->progress(op, done, total);
}

static RvImageInfo *import_image(const RvDriverHost *host, const RvImageSource *source,
                                 RvOperation *op, GError **error)
{
    RvImageImport import = {
        .source = source->source,
        .name = source->name,
        .insecure = source->insecure,
        .cancel = op->cancel,
        .progress = tell_progress,
        .data = op,
    };
    g_autoptr(RvImage) image = rv_image_import(store_of(host), &import, error);
    return image ? tell(image) : NULL;
}

static GPtrArray *list_images(const RvDriverHost *host, GError **error)
{
    g_autoptr(GPtrArray) images = rv_image_store_list(store_of(host), error);
    if (!images)
        return NULL;
    GPtrArray *list = g_ptr_array_new_with_free_func((GDestroyNotify)rv_image_info_free);
    for (guint i = 0; i < images->len; i++)
        g_ptr_array_add(list, tell(images->pdata[i]));
    return list;
}

static RvImageInfo *inspect_image(const RvDriverHost *host, const char *name, GError **error)
{
    g_autoptr(RvImage) image = rv_image_store_find(store_of(host), name, error);
    if (!image)
        return NULL;
    g_autoptr(RvImageInfo) info = tell(image);
    g_autoptr(RvImageConfig) config = rv_image_store_config(store_of(host), image->id,
                                                            &info->config, error);
    return config ? g_steal_pointer(&info) : NULL;
}

static bool remove_image(const RvDriverHost *host, const char *name, GError **error)
{
    return rv_image_store_remove(store_of(host), name, error);
}

static bool prune_images(const RvDriverHost *host, bool all, unsigned *ret_images,
                         uint64_t *ret_bytes, GError **error)
{
    return rv_image_store_prune(store_of(host), all, ret_images, ret_bytes, error);
}

static void forget(const RvDriverHost *host, const RvUuid *uuid)
{
    char owner[RV_UUID_STRING_LEN + 1];
    g_autoptr(GError) error = NULL;
    rv_uuid_format(uuid, owner);
    if (!rv_image_root_forget(store_of(host), owner, &error))
        rv_log_warning("container: %s", error->message);
}

const RvImageOps container_image_ops = {
    .import = import_image,
    .list = list_images,
    .inspect = inspect_image,
    .remove = remove_image,
    .prune = prune_images,
    .forget = forget,
};
