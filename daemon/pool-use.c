/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/pool-use.h"

#include "base/error.h"
#include "daemon/pool.h"
#include "model/filesystem.h"

static RvVolumeDef *find(RvCore *core, const char *pool, const char *volume, GError **error)
{
    g_autoptr(RvObjectView) view = rv_objects_get_view(core->objects, &rv_pool_kind, pool, error);
    if (view && !view->live) {
        rv_error_set(error, RV_ERR_OPERATION_INVALID, "storage pool '%s' is not active", pool);
        rv_error_remedy(error, "start it first: pool-start %s; or have it started with the host: "
                               "pool-autostart %s",
                        pool, pool);
    }
    RvVolumeDef *found =
        view && view->live ? rv_volume_look(view->live->def, volume, error) : NULL;
    if (!found)
        rv_error_source(error, RV_ERROR_SOURCE_STORAGE);
    return found;
}

bool rv_pool_resolve_disk(RvCore *core, RvDisk *disk, GError **error)
{
    RvDiskSource *source = &disk->source;
    if (source->type != RV_DISK_VOLUME)
        return true;
    g_clear_pointer(&source->path, g_free);
    if (!source->pool)
        return true; /* a drive without a medium */
    g_autoptr(RvVolumeDef) volume = find(core, source->pool, source->volume, error);
    if (!volume)
        return false;
    if (volume->type != RV_VOLUME_FILE && volume->type != RV_VOLUME_BLOCK) {
        rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED,
                     "volume '%s' of pool '%s' is a folder, which disk '%s' cannot be",
                     source->volume, source->pool, disk->target);
        return false;
    }
    source->path = g_strdup(volume->target.path);
    source->on_device = volume->type == RV_VOLUME_BLOCK;
    return true;
}

static bool resolve_filesystem(RvCore *core, RvFilesystem *filesystem, GError **error)
{
    if (filesystem->type != RV_FILESYSTEM_VOLUME)
        return true;
    g_autoptr(RvVolumeDef) volume = find(core, filesystem->pool, filesystem->volume, error);
    if (!volume)
        return false;
    g_free(filesystem->source);
    filesystem->source = g_strdup(volume->target.path);
    return true;
}

bool rv_pool_resolve(RvCore *core, RvDomainDef *def, GError **error)
{
    for (guint i = 0; i < def->disks->len; i++) {
        if (!rv_pool_resolve_disk(core, def->disks->pdata[i], error))
            return false;
    }
    for (guint i = 0; i < def->filesystems->len; i++) {
        if (!resolve_filesystem(core, def->filesystems->pdata[i], error))
            return false;
    }
    return true;
}
