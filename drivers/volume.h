/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Volumes of a pool that is started: mechanism only. The core sees to it that nobody changes a volume
 * that another works on. All of it may block: [job], a worker thread.
 */

#include "drivers/driver.h"
#include "model/pool.h"
#include "model/volume.h"

/* What a look at the pool's folder alone tells. */
typedef struct {
    RvVolumeType type;
    char *name;
} RvVolumeEntry;
void rv_volume_entry_free(RvVolumeEntry *entry);

/* All volumes (RvVolumeEntry). No file is opened. */
G_GNUC_WARN_UNUSED_RESULT GPtrArray *rv_volume_scan(const RvPoolDef *pool, GError **error);

/* One of them as it is now. RV_ERR_NO_STORAGE_VOL: there is none of that name. */
G_GNUC_WARN_UNUSED_RESULT RvVolumeDef *rv_volume_look(const RvPoolDef *pool, const char *name,
                                                      GError **error);

/* In bytes: what a guest sees, what is taken on the disk, how long the file is. */
typedef struct {
    uint64_t capacity, allocation, physical;
} RvVolumeSizes;

/* Of an image anywhere, for the domain that names it, of the format that it says. What the image
 * says of itself is believed for its capacity alone. RV_ERR_OPERATION_INVALID: it is neither a file
 * nor a block device. RV_ERR_SYSTEM: it cannot be read. */
G_GNUC_WARN_UNUSED_RESULT bool rv_volume_measure(const char *path, const char *format,
                                                 RvVolumeSizes *ret, GError **error);

typedef struct {
    bool preallocate; /* the tables of the format, too */
    bool reflink;     /* of a copy: share blocks, or fail */
    const char *const *folders; /* where what an image is an overlay of may lie; NULL-terminated */
} RvVolumeMake;

/* Makes one; it has its name when it is whole, and not before. */
G_GNUC_WARN_UNUSED_RESULT bool rv_volume_create(const RvPoolDef *pool, const RvVolumeDef *def,
                                                const RvVolumeMake *make, RvOperation *op,
                                                GError **error);
/* The same with the content of another, whose pool it need not be in. */
G_GNUC_WARN_UNUSED_RESULT bool rv_volume_copy(const RvPoolDef *pool, const RvVolumeDef *def,
                                              const RvPoolDef *from_pool, const char *from,
                                              const RvVolumeMake *make, RvOperation *op,
                                              GError **error);
/* One that is gone already is success. */
G_GNUC_WARN_UNUSED_RESULT bool rv_volume_delete(const RvPoolDef *pool, const char *name,
                                                GError **error);

typedef struct {
    uint64_t capacity; /* bytes */
    bool delta, shrink, allocate;
    const char *const *folders; /* as in RvVolumeMake */
} RvVolumeResize;
G_GNUC_WARN_UNUSED_RESULT bool rv_volume_resize(const RvPoolDef *pool, const char *name,
                                                const RvVolumeResize *resize, RvOperation *op,
                                                GError **error);

/* libvirt's virStorageVolWipeAlgorithm. */
G_GNUC_WARN_UNUSED_RESULT bool rv_volume_wipe(const RvPoolDef *pool, const char *name,
                                              unsigned algorithm, RvOperation *op, GError **error);

/* To be read from, or written to. */
G_GNUC_WARN_UNUSED_RESULT int rv_volume_open(const RvPoolDef *pool, const char *name, bool writes,
                                             GError **error);
