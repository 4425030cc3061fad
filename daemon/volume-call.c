/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/volume-call.h"

#include "base/error.h"
#include "base/fd.h"
#include "daemon/core.h"

static void volume_call_free(void *data)
{
    RvVolumeCall *volume = data;
    if (volume->claimed)
        rv_pool_unclaim(volume->pool, volume->name, volume->claim);
    if (volume->origin_name)
        rv_pool_unclaim(volume->origin_pool, volume->origin_name, RV_CLAIM_READ);
    rv_object_unref(volume->pool);
    rv_object_unref(volume->origin_pool);
    rv_object_def_unref(volume->live);
    rv_object_def_unref(volume->origin_live);
    rv_volume_def_free(volume->wish);
    rv_volume_def_free(volume->found);
    g_strfreev(volume->folders);
    rv_fd_close(&volume->fd);
    g_free(volume->name);
    g_free(volume->origin_name);
    g_free(volume);
}

static bool check_active(const RvObject *pool, GError **error)
{
    if (pool->view->live)
        return true;
    rv_error_set(error, RV_ERR_OPERATION_INVALID, "storage pool '%s' is not active", pool->name);
    rv_error_source(error, RV_ERROR_SOURCE_STORAGE);
    return false;
}

RvVolumeCall *rv_volume_call_begin(RvCall *call, RvObject *pool, const char *name, GError **error)
{
    if (!check_active(pool, error))
        return NULL;
    RvVolumeCall *volume = g_new0(RvVolumeCall, 1);
    volume->pool = rv_object_ref(pool);
    volume->live = rv_object_def_ref(pool->view->live);
    volume->name = g_strdup(name);
    volume->fd = -1;
    call->data = volume;
    call->free_data = volume_call_free;
    return volume;
}

bool rv_volume_call_begin_named(RvCall *call, const wire_volume *named, GError **error)
{
    RvObject *pool = rv_objects_by_name(call->core->objects, &rv_pool_kind, named->pool, error);
    return pool && rv_volume_call_begin(call, pool, named->name, error);
}

bool rv_volume_call_claim(RvCall *call, RvClaim claim, GError **error)
{
    RvVolumeCall *volume = call->data;
    volume->claim = claim;
    volume->claimed = rv_pool_claim(volume->pool, volume->name, claim, error);
    return volume->claimed;
}

bool rv_volume_call_claim_origin(RvCall *call, const wire_volume *named, GError **error)
{
    RvVolumeCall *volume = call->data;
    RvObject *pool = rv_objects_by_name(call->core->objects, &rv_pool_kind, named->pool, error);
    if (!pool || !check_active(pool, error) ||
        !rv_pool_claim(pool, named->name, RV_CLAIM_READ, error))
        return false;
    volume->origin_pool = rv_object_ref(pool);
    volume->origin_live = rv_object_def_ref(pool->view->live);
    volume->origin_name = g_strdup(named->name);
    return true;
}

void rv_volume_call_keep_claim(RvCall *call)
{
    ((RvVolumeCall *)call->data)->claimed = false;
}

const RvPoolDef *rv_volume_call_pool(const RvVolumeCall *volume)
{
    return volume->live->def;
}

wire_volume rv_volume_call_told(RvCall *call)
{
    const RvVolumeCall *volume = call->data;
    const char *folder = rv_volume_call_pool(volume)->target;
    return (wire_volume){
        .pool = volume->pool->name,
        .name = volume->name,
        .key = rv_call_take(call, g_strdup_printf("%s/%s", folder, volume->name)),
    };
}
