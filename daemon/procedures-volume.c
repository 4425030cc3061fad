/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/volume-call.h"
#include "daemon/procedures.h"

#include <string.h>

#include "base/error.h"
#include "base/fd.h"
#include "daemon/transfer.h"

/* libvirt's flags. */
enum { CREATE_PREALLOCATE = 1 << 0, CREATE_REFLINK = 1 << 1, CREATE_VALIDATE = 1 << 2 };
enum { RESIZE_ALLOCATE = 1 << 0, RESIZE_DELTA = 1 << 1, RESIZE_SHRINK = 1 << 2 };
enum { INFO_PHYSICAL = 1 << 0 };
enum { WIPE_ZERO = 0 };

/* ---- Look-ups --------------------------------------------------------------------------------- */

/* [worker] */
static bool look(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    RvVolumeCall *volume = call->data;
    volume->found = rv_volume_look(rv_volume_call_pool(volume), volume->name, error);
    return volume->found;
}

/* A name that is known is told at once; one that is not is looked for by itself. */
static bool look_up(RvCall *call, RvObject *pool, const char *name, wire_volume *ret,
                    GError **error)
{
    RvVolumeCall *volume = call->data;
    if (!volume) {
        volume = rv_volume_call_begin(call, pool, name, error);
        if (!volume)
            return false;
        if (!g_hash_table_contains(rv_pool_volumes(pool), name)) {
            rv_call_prepare(call, look);
            return true;
        }
    }
    if (volume->found)
        rv_pool_add_volume(pool, name, volume->found->type);
    *ret = rv_volume_call_told(call);
    return true;
}

static bool look_up_name(RvCall *call, const void *args, void *ret, GError **error)
{
    const wire_volume_lookup_args *wish = args;
    RvUuid uuid;
    memcpy(uuid.bytes, wish->pool.uuid, sizeof(uuid.bytes));
    RvObject *pool = rv_objects_by_uuid(call->core->objects, &rv_pool_kind, &uuid, error);
    return pool &&
           look_up(call, pool, wish->name, &((wire_volume_ret *)ret)->volume, error);
}

static bool look_up_path_as(RvCall *call, const char *what, const char *path, wire_volume_ret *ret,
                            GError **error)
{
    const char *name;
    g_autofree char *clean = rv_storage_path(path);
    RvObject *pool = rv_pool_of_path(call->core, clean, &name);
    if (pool)
        return look_up(call, pool, name, &ret->volume, error);
    rv_error_set(error, RV_ERR_NO_STORAGE_VOL, "no storage vol with matching %s '%s'", what, path);
    rv_error_source(error, RV_ERROR_SOURCE_STORAGE);
    return false;
}

static bool look_up_path(RvCall *call, const void *args, void *ret, GError **error)
{
    return look_up_path_as(call, "path", ((const wire_named_args *)args)->name, ret, error);
}

static bool look_up_key(RvCall *call, const void *args, void *ret, GError **error)
{
    return look_up_path_as(call, "key", ((const wire_named_args *)args)->name, ret, error);
}

/* ---- Reads ------------------------------------------------------------------------------------ */

static bool begin(RvCall *call, const void *args, void *ret, GError **error)
{
    return rv_volume_call_begin_named(call, &((const wire_volume_args *)args)->volume, error);
}

static bool get_path(RvCall *call, const void *args, void *ret, GError **error)
{
    if (!begin(call, args, ret, error))
        return false;
    ((wire_text_ret *)ret)->text = rv_volume_call_told(call).key;
    return true;
}

static bool tell_info(RvCall *call, const void *args, void *ret, GError **error)
{
    const RvVolumeDef *found = ((const RvVolumeCall *)call->data)->found;
    *(wire_volume_info_ret *)ret = (wire_volume_info_ret){
        .type = (char)found->type,
        .capacity = found->capacity,
        .allocation = rv_call_flags(call) & INFO_PHYSICAL ? found->physical : found->allocation,
    };
    return true;
}

static bool tell_xml(RvCall *call, const void *args, void *ret, GError **error)
{
    const RvVolumeDef *found = ((const RvVolumeCall *)call->data)->found;
    ((wire_text_ret *)ret)->text = rv_call_take(call, rv_volume_def_format(found));
    return true;
}

/* ---- Makes ------------------------------------------------------------------------------------ */

/* [worker] A document says what is to be made, and for what kind of pool. */
static bool read_wish(RvCall *call, const char *xml, bool copies, GError **error)
{
    RvVolumeCall *volume = call->data;
    g_autoptr(RvDiagnostics) diagnostics = rv_diagnostics_new();
    RvVolumeCapacity capacity = copies ? RV_VOLUME_CAPACITY_OF_ORIGIN : RV_VOLUME_CAPACITY_NEEDED;
    volume->wish = rv_volume_def_parse(xml, strlen(xml), rv_volume_call_pool(volume)->type,
                                       capacity, diagnostics, error);
    if (!volume->wish)
        return false;
    if (rv_call_flags(call) & CREATE_VALIDATE) {
        g_autoptr(GPtrArray) warnings = NULL;
        rv_warnings_add(&warnings, diagnostics);
        if (warnings)
            return rv_warnings_refuse(warnings, error);
    }
    if (!copies && volume->wish->allocation == RV_VOLUME_SIZE_NONE)
        volume->wish->allocation = volume->wish->capacity;
    return true;
}

static bool read_created(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    return read_wish(call, ((const wire_volume_create_xml_args *)args)->xml, false, error);
}

static bool read_copied(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    return read_wish(call, ((const wire_volume_create_xml_from_args *)args)->xml, true, error);
}

static bool begin_in(RvCall *call, const wire_object *named, RvWork read, GError **error)
{
    RvUuid uuid;
    memcpy(uuid.bytes, named->uuid, sizeof(uuid.bytes));
    RvObject *pool = rv_objects_by_uuid(call->core->objects, &rv_pool_kind, &uuid, error);
    if (!pool || !rv_volume_call_begin(call, pool, NULL, error))
        return false;
    rv_call_prepare(call, read);
    return true;
}

/* The name that was read is ours from now on. */
static bool claim_new(RvCall *call, int code, GError **error)
{
    RvVolumeCall *volume = call->data;
    volume->name = g_strdup(volume->wish->name);
    if (g_hash_table_contains(rv_pool_volumes(volume->pool), volume->name)) {
        rv_error_set(error, (RvErrorCode)code,
                     code == RV_ERR_STORAGE_VOL_EXIST
                         ? "'%s'"
                         : "storage volume name '%s' already in use.",
                     volume->name);
        g_clear_pointer(&volume->name, g_free);
        return false;
    }
    volume->folders = rv_pool_folders(call->core);
    return rv_volume_call_claim(call, RV_CLAIM_NEW, error);
}

static bool begin_create(RvCall *call, const void *args, void *ret, GError **error)
{
    const wire_volume_create_xml_args *wish = args;
    return call->data ? claim_new(call, RV_ERR_STORAGE_VOL_EXIST, error)
                      : begin_in(call, &wish->pool, read_created, error);
}

static RvVolumeMake make_of(const RvCall *call)
{
    unsigned flags = rv_call_flags(call);
    return (RvVolumeMake){
        .preallocate = flags & CREATE_PREALLOCATE,
        .reflink = flags & CREATE_REFLINK,
        .folders = (const char *const *)((const RvVolumeCall *)call->data)->folders,
    };
}

/* [worker] */
static bool create(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    RvVolumeCall *volume = call->data;
    const RvVolumeMake make = make_of(call);
    const RvPoolDef *pool = rv_volume_call_pool(volume);
    if (!rv_volume_create(pool, volume->wish, &make, op, error))
        return false;
    rv_pool_measure_again(volume->pool, pool);
    return true;
}

static bool begin_copy(RvCall *call, const void *args, void *ret, GError **error)
{
    const wire_volume_create_xml_from_args *wish = args;
    if (!call->data)
        return begin_in(call, &wish->pool, read_copied, error);
    return claim_new(call, RV_ERR_INTERNAL, error) &&
           rv_volume_call_claim_origin(call, &wish->origin, error);
}

/* [worker] */
static bool copy(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    RvVolumeCall *volume = call->data;
    const RvVolumeMake make = make_of(call);
    const RvPoolDef *pool = rv_volume_call_pool(volume);
    if (!rv_volume_copy(pool, volume->wish, volume->origin_live->def, volume->origin_name, &make,
                        op, error))
        return false;
    rv_pool_measure_again(volume->pool, pool);
    return true;
}

static bool made(RvCall *call, const void *args, void *ret, GError **error)
{
    RvVolumeCall *volume = call->data;
    bool is_folder = !g_strcmp0(volume->wish->target.format, "dir");
    rv_pool_volumes(volume->pool);
    rv_pool_add_volume(volume->pool, volume->name, is_folder ? RV_VOLUME_DIR : RV_VOLUME_FILE);
    ((wire_volume_ret *)ret)->volume = rv_volume_call_told(call);
    return true;
}

/* ---- Changes ---------------------------------------------------------------------------------- */

static bool begin_change(RvCall *call, const void *args, void *ret, GError **error)
{
    if (!begin(call, args, ret, error))
        return false;
    ((RvVolumeCall *)call->data)->folders = rv_pool_folders(call->core);
    return rv_volume_call_claim(call, RV_CLAIM_WRITE, error);
}

/* [worker] */
static bool delete(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    RvVolumeCall *volume = call->data;
    const RvPoolDef *pool = rv_volume_call_pool(volume);
    if (!rv_volume_delete(pool, volume->name, error))
        return false;
    rv_pool_measure_again(volume->pool, pool);
    return true;
}

static bool deleted(RvCall *call, const void *args, void *ret, GError **error)
{
    const RvVolumeCall *volume = call->data;
    rv_pool_remove_volume(volume->pool, volume->name);
    return true;
}

/* [worker] */
static bool resize(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    RvVolumeCall *volume = call->data;
    unsigned flags = rv_call_flags(call);
    const RvPoolDef *pool = rv_volume_call_pool(volume);
    const RvVolumeResize wish = {
        .capacity = ((const wire_volume_resize_args *)args)->capacity,
        .delta = flags & RESIZE_DELTA,
        .shrink = flags & RESIZE_SHRINK,
        .allocate = flags & RESIZE_ALLOCATE,
        .folders = (const char *const *)volume->folders,
    };
    if (!rv_volume_resize(pool, volume->name, &wish, op, error))
        return false;
    rv_pool_measure_again(volume->pool, pool);
    return true;
}

static bool wipe_by(RvCall *call, unsigned algorithm, RvOperation *op, GError **error)
{
    RvVolumeCall *volume = call->data;
    return rv_volume_wipe(rv_volume_call_pool(volume), volume->name, algorithm, op, error);
}

static bool wipe(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    return wipe_by(call, WIPE_ZERO, op, error);
}

static bool wipe_pattern(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    return wipe_by(call, ((const wire_volume_wipe_pattern_args *)args)->algorithm, op, error);
}

/* ---- Content ---------------------------------------------------------------------------------- */

static bool begin_download(RvCall *call, const void *args, void *ret, GError **error)
{
    return begin(call, args, ret, error) && rv_volume_call_claim(call, RV_CLAIM_READ, error);
}

static bool check_range(const wire_volume_transfer_args *wish, GError **error)
{
    bool good = wish->offset <= INT64_MAX && wish->length <= (uint64_t)INT64_MAX - wish->offset;
    if (!good)
        rv_error_set(error, RV_ERR_INVALID_ARG, "no volume is so large");
    return good;
}

/* [worker] */
static bool open_volume(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    RvVolumeCall *volume = call->data;
    if (!check_range(args, error))
        return false;
    volume->fd = rv_volume_open(rv_volume_call_pool(volume), volume->name,
                                volume->claim == RV_CLAIM_WRITE, error);
    return volume->fd >= 0;
}

static bool transfer(RvCall *call, const void *args, void *ret, GError **error)
{
    RvVolumeCall *volume = call->data;
    const wire_volume_transfer_args *wish = args;
    const RvTransferSpec spec = {
        .upload = volume->claim == RV_CLAIM_WRITE,
        .offset = wish->offset,
        .length = wish->length,
    };
    return rv_transfer_begin(call, &spec, rv_fd_steal(&volume->fd), error);
}

#define READ .kind = &rv_pool_kind, .right = RV_RIGHT_READ
#define WRITE .kind = &rv_pool_kind, .right = RV_RIGHT_WRITE

static const RvProcedure rows[] = {
    {.number = WIRE_VOLUME_CREATE_XML, .name = "storage-vol-create-xml",
     RV_PROC_ARGS(wire_volume_create_xml_args),
     RV_PROC_FLAGS(wire_volume_create_xml_args, CREATE_PREALLOCATE | CREATE_VALIDATE),
     RV_PROC_RET(wire_volume_ret), WRITE, .answer = begin_create, .work = create, .finish = made},

    {.number = WIRE_VOLUME_DELETE, .name = "storage-vol-delete",
     RV_PROC_ARGS(wire_volume_flags_args), RV_PROC_FLAGS(wire_volume_flags_args, 0), WRITE,
     .answer = begin_change, .work = delete, .finish = deleted},

    {.number = WIRE_VOLUME_LOOKUP_BY_NAME, .name = "storage-vol-lookup-by-name",
     RV_PROC_ARGS(wire_volume_lookup_args), RV_PROC_RET(wire_volume_ret), READ,
     .answer = look_up_name},

    {.number = WIRE_VOLUME_LOOKUP_BY_KEY, .name = "storage-vol-lookup-by-key",
     RV_PROC_ARGS(wire_named_args), RV_PROC_RET(wire_volume_ret), READ, .answer = look_up_key},

    {.number = WIRE_VOLUME_LOOKUP_BY_PATH, .name = "storage-vol-lookup-by-path",
     RV_PROC_ARGS(wire_named_args), RV_PROC_RET(wire_volume_ret), READ, .answer = look_up_path},

    {.number = WIRE_VOLUME_GET_INFO, .name = "storage-vol-get-info", RV_PROC_ARGS(wire_volume_args),
     RV_PROC_RET(wire_volume_info_ret), READ, .answer = begin, .work = look, .finish = tell_info},

    {.number = WIRE_VOLUME_GET_XML_DESC, .name = "storage-vol-get-xml-desc",
     RV_PROC_ARGS(wire_volume_flags_args), RV_PROC_FLAGS(wire_volume_flags_args, 0),
     RV_PROC_RET(wire_text_ret), READ, .answer = begin, .work = look, .finish = tell_xml},

    {.number = WIRE_VOLUME_GET_PATH, .name = "storage-vol-get-path", RV_PROC_ARGS(wire_volume_args),
     RV_PROC_RET(wire_text_ret), READ, .answer = get_path},

    {.number = WIRE_VOLUME_CREATE_XML_FROM, .name = "storage-vol-create-xml-from",
     RV_PROC_ARGS(wire_volume_create_xml_from_args),
     RV_PROC_FLAGS(wire_volume_create_xml_from_args, 7), RV_PROC_RET(wire_volume_ret), WRITE,
     .answer = begin_copy, .work = copy, .finish = made},

    {.number = WIRE_VOLUME_WIPE, .name = "storage-vol-wipe", RV_PROC_ARGS(wire_volume_flags_args),
     RV_PROC_FLAGS(wire_volume_flags_args, 0), WRITE, .answer = begin_change, .work = wipe},

    {.number = WIRE_VOLUME_UPLOAD, .name = "storage-vol-upload",
     RV_PROC_ARGS(wire_volume_transfer_args), RV_PROC_FLAGS(wire_volume_transfer_args, 0), WRITE,
     .answer = begin_change, .work = open_volume, .finish = transfer},

    {.number = WIRE_VOLUME_DOWNLOAD, .name = "storage-vol-download",
     RV_PROC_ARGS(wire_volume_transfer_args), RV_PROC_FLAGS(wire_volume_transfer_args, 0), WRITE,
     .answer = begin_download, .work = open_volume, .finish = transfer},

    {.number = WIRE_VOLUME_WIPE_PATTERN, .name = "storage-vol-wipe-pattern",
     RV_PROC_ARGS(wire_volume_wipe_pattern_args), RV_PROC_FLAGS(wire_volume_wipe_pattern_args, 0),
     WRITE, .answer = begin_change, .work = wipe_pattern},

    {.number = WIRE_VOLUME_RESIZE, .name = "storage-vol-resize",
     RV_PROC_ARGS(wire_volume_resize_args), RV_PROC_FLAGS(wire_volume_resize_args, 7), WRITE,
     .answer = begin_change, .work = resize},

    {.number = WIRE_VOLUME_GET_INFO_FLAGS, .name = "storage-vol-get-info-flags",
     RV_PROC_ARGS(wire_volume_flags_args), RV_PROC_FLAGS(wire_volume_flags_args, INFO_PHYSICAL),
     RV_PROC_RET(wire_volume_info_ret), READ, .answer = begin, .work = look,
     .finish = tell_info},
};
const RvProcedureTable rv_procedures_volume = RV_PROCEDURE_TABLE(rows);
