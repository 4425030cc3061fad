/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A volume of a storage pool as its document says it, both when it is to be made and when it is
 * told. Only the backend of the pool fills in what is told. */

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/enum.h"
#include "model/diagnostics.h"
#include "model/pool.h"
#include "model/storage-permissions.h"
#include "model/storage-secret.h"

/* libvirt's virStorageVolType. */
typedef enum {
    RV_VOLUME_FILE,
    RV_VOLUME_BLOCK,
    RV_VOLUME_DIR,
    RV_VOLUME_NETWORK,
    RV_VOLUME_NETDIR,
    RV_VOLUME_PLOOP,
    RV_VOLUME_TYPE_LAST,
} RvVolumeType;
RV_ENUM_DECLARE(rv_volume_type, RvVolumeType);

#define RV_VOLUME_SIZE_NONE UINT64_MAX

/* The volume itself, or what it is an overlay of. */
typedef struct {
    char *path;
    char *format; /* "raw", "qcow2", "dir", ...; NULL: volumes of this pool have none */
    RvStoragePermissions permissions;
    char *atime, *mtime, *ctime, *btime; /* "SECONDS.NANOSECONDS"; told, never read */
    RvEncryption *encryption;
    char *compat; /* of qcow2: "0.10", "1.1" */
    bool nocow;
    uint64_t cluster_size; /* bytes; 0: not said */
    bool has_features, lazy_refcounts, extended_l2;
} RvVolumeImage;

/* A part of a device of the pool that the volume lies on. */
typedef struct {
    uint64_t start, end; /* bytes */
} RvVolumeExtent;

typedef struct {
    char *path;
    GPtrArray *extents; /* RvVolumeExtent */
} RvVolumeDevice;

typedef struct {
    RvVolumeType type;
    char *name, *key;
    GPtrArray *devices; /* RvVolumeDevice */
    uint64_t capacity, allocation; /* bytes; RV_VOLUME_SIZE_NONE: not said */
    uint64_t physical;             /* bytes; 0: not known. Told, never read */
    RvVolumeImage target;
    RvVolumeImage *backing; /* NULL: none */
} RvVolumeDef;

extern const RvXmlType rv_volume_xml;

typedef enum {
    RV_VOLUME_CAPACITY_NEEDED, /* it must be said, but by an overlay */
    RV_VOLUME_CAPACITY_OF_ORIGIN, /* a copy has that of what it is copied from */
} RvVolumeCapacity;

/* For a pool of this type. Completed with the format that its volumes have. */
G_GNUC_WARN_UNUSED_RESULT RvVolumeDef *rv_volume_def_parse(const char *text, size_t len,
                                                           RvPoolType pool,
                                                           RvVolumeCapacity capacity,
                                                           RvDiagnostics *diagnostics,
                                                           GError **error);
char *rv_volume_def_format(const RvVolumeDef *def);
RvVolumeDef *rv_volume_def_new(void);
RvVolumeDef *rv_volume_def_copy(const RvVolumeDef *def);
void rv_volume_def_free(RvVolumeDef *def);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RvVolumeDef, rv_volume_def_free)
RvVolumeImage *rv_volume_image_new(void); /* for `backing` */
void rv_volume_image_free(RvVolumeImage *image);

/* The formats that files can have, the default first; ended by NULL. */
extern const char *const rv_volume_file_formats[];
