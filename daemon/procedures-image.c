/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/procedures.h"

#include "base/error.h"
#include "daemon/driver-set.h"
#include "daemon/import.h"
#include "wire/reeve.h"

enum { IMPORT_INSECURE = 1 << 0 };
enum { PRUNE_ALL = 1 << 0 };

/* The driver of the session's URI, or for all of them the one that knows images. */
static const RvDriver *find_driver(const RvCall *call, GError **error)
{
    const RvDriver *own = rv_call_driver(call);
    const RvDriver *const *list = rv_driver_set_list(call->core->drivers);
    for (; !own && *list; list++)
        if ((*list)->images)
            return *list;
    if (own && own->images)
        return own;
    rv_error_set(error, RV_ERR_NO_SUPPORT, "%s: the driver %s knows no images",
                 call->procedure->name, own ? own->name : "for containers, which is not there,");
    rv_error_remedy(error, "connect to reeve:///system or lxc:///system");
    return NULL;
}

/* [worker] The driver's host, when it can work here. */
static const RvDriverHost *get_host(const RvCall *call, const RvDriver **ret_driver,
                                    GError **error)
{
    *ret_driver = find_driver(call, error);
    if (!*ret_driver || !rv_driver_set_probe(call->core->drivers, *ret_driver, error))
        return NULL;
    return rv_driver_set_host(call->core->drivers, *ret_driver);
}

static wire_reeve_image tell(const RvImageInfo *info)
{
    return (wire_reeve_image){
        .id = info->id,
        .digest = info->digest,
        .created = info->created,
        .architecture = info->architecture,
        .names = {MIN(g_strv_length(info->names), WIRE_IMAGE_NAMES_MAX), info->names},
        .layers = info->layers,
        .size = info->size,
        .imported = info->imported_us,
    };
}

/* ---- Looking -------------------------------------------------------------------------------- */

static void list_free(void *list)
{
    if (list)
        g_ptr_array_unref(list);
}

/* [worker] */
static bool read_list(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    const RvDriver *driver;
    const RvDriverHost *host = get_host(call, &driver, error);
    call->data = host ? driver->images->list(host, error) : NULL;
    call->free_data = list_free;
    return call->data;
}

static bool tell_list(RvCall *call, const void *args, void *ret, GError **error)
{
    const GPtrArray *images = call->data;
    wire_reeve_images_ret *list = ret;
    guint n = MIN(images->len, WIRE_IMAGES_MAX);
    list->images.images_len = n;
    list->images.images_val = rv_call_alloc(call, n, sizeof(wire_reeve_image));
    for (guint i = 0; i < n; i++)
        list->images.images_val[i] = tell(images->pdata[i]);
    return true;
}

static void info_free(void *info)
{
    rv_image_info_free(info);
}

/* [worker] */
static bool read_image(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    const RvDriver *driver;
    const RvDriverHost *host = get_host(call, &driver, error);
    const char *name = ((const wire_reeve_image_args *)args)->name;
    call->data = host ? driver->images->inspect(host, name, error) : NULL;
    call->free_data = info_free;
    return call->data;
}

static bool tell_image(RvCall *call, const void *args, void *ret, GError **error)
{
    const RvImageInfo *info = call->data;
    wire_reeve_image_ret *told = ret;
    told->image = tell(info);
    told->config = info->config;
    return true;
}

/* ---- Changing ------------------------------------------------------------------------------- */

static bool import_image(RvCall *call, const void *args, void *ret, GError **error)
{
    const wire_reeve_image_import_args *wish = args;
    const RvDriver *driver = find_driver(call, error);
    RvImageSource source = {wish->source, wish->name, wish->flags & IMPORT_INSECURE};
    return driver && rv_import_begin(call, driver, &source, error);
}

/* [worker] */
static bool remove_image(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    const RvDriver *driver;
    const RvDriverHost *host = get_host(call, &driver, error);
    return host &&
           driver->images->remove(host, ((const wire_reeve_image_args *)args)->name, error);
}

/* [worker] */
static bool prune_images(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    const RvDriver *driver;
    const RvDriverHost *host = get_host(call, &driver, error);
    unsigned images;
    uint64_t bytes;
    if (!host || !driver->images->prune(host, rv_call_flags(call) & PRUNE_ALL, &images, &bytes,
                                        error))
        return false;
    wire_reeve_image_prune_ret *told = g_new(wire_reeve_image_prune_ret, 1);
    *told = (wire_reeve_image_prune_ret){images, bytes};
    call->data = told;
    call->free_data = g_free;
    return true;
}

static bool tell_pruned(RvCall *call, const void *args, void *ret, GError **error)
{
    *(wire_reeve_image_prune_ret *)ret = *(const wire_reeve_image_prune_ret *)call->data;
    return true;
}

/* ---- On their way in ------------------------------------------------------------------------ */

static bool list_imports(RvCall *call, const void *args, void *ret, GError **error)
{
    g_autoptr(GArray) imports = rv_import_list();
    wire_reeve_imports_ret *list = ret;
    guint n = MIN(imports->len, WIRE_JOBS_MAX);
    list->imports.imports_len = n;
    list->imports.imports_val = rv_call_alloc(call, n, sizeof(wire_reeve_import));
    for (guint i = 0; i < n; i++) {
        const RvImportInfo *info = &g_array_index(imports, RvImportInfo, i);
        list->imports.imports_val[i] = (wire_reeve_import){
            .id = info->id,
            .source = (char *)info->source,
            .owner = (char *)info->owner,
            .started = info->started_us,
            .done = info->done,
            .total = info->total,
            .cancelled = info->cancelled,
        };
    }
    return true;
}

static bool cancel_import(RvCall *call, const void *args, void *ret, GError **error)
{
    unsigned id = ((const wire_reeve_import_args *)args)->id;
    if (rv_import_cancel(id))
        return true;
    rv_error_set(error, RV_ERR_OPERATION_INVALID, "no image is on its way in under the number %u",
                 id);
    rv_error_remedy(error, "`reeve image jobs` lists those that are");
    return false;
}

static const RvProcedure rows[] = {
    {.number = WIRE_REEVE_IMAGES, .name = "reeve-images", RV_PROC_RET(wire_reeve_images_ret),
     .right = RV_RIGHT_READ, .work = read_list, .finish = tell_list},

    {.number = WIRE_REEVE_IMAGE, .name = "reeve-image", RV_PROC_ARGS(wire_reeve_image_args),
     RV_PROC_RET(wire_reeve_image_ret), .right = RV_RIGHT_READ, .work = read_image,
     .finish = tell_image},

    {.number = WIRE_REEVE_IMAGE_IMPORT, .name = "reeve-image-import",
     RV_PROC_ARGS(wire_reeve_image_import_args),
     RV_PROC_FLAGS(wire_reeve_image_import_args, IMPORT_INSECURE), .right = RV_RIGHT_WRITE,
     .answer = import_image},

    {.number = WIRE_REEVE_IMAGE_REMOVE, .name = "reeve-image-remove",
     RV_PROC_ARGS(wire_reeve_image_args), .right = RV_RIGHT_WRITE, .work = remove_image},

    {.number = WIRE_REEVE_IMAGE_PRUNE, .name = "reeve-image-prune",
     RV_PROC_ARGS(wire_reeve_image_prune_args), RV_PROC_RET(wire_reeve_image_prune_ret),
     RV_PROC_FLAGS(wire_reeve_image_prune_args, PRUNE_ALL), .right = RV_RIGHT_WRITE,
     .work = prune_images, .finish = tell_pruned},

    {.number = WIRE_REEVE_IMPORTS, .name = "reeve-imports", RV_PROC_RET(wire_reeve_imports_ret),
     .right = RV_RIGHT_READ, .answer = list_imports},

    {.number = WIRE_REEVE_IMPORT_CANCEL, .name = "reeve-import-cancel",
     RV_PROC_ARGS(wire_reeve_import_args), .right = RV_RIGHT_WRITE, .answer = cancel_import},
};
const RvProcedureTable rv_procedures_image = RV_PROCEDURE_TABLE(rows);
