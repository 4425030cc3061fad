/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/device.h"

typedef enum {
    RV_FILESYSTEM_MOUNT,
    RV_FILESYSTEM_BLOCK,
    RV_FILESYSTEM_FILE,
    RV_FILESYSTEM_TEMPLATE,
    RV_FILESYSTEM_RAM,
    RV_FILESYSTEM_BIND,
    RV_FILESYSTEM_VOLUME,
    RV_FILESYSTEM_LAST,
} RvFilesystemType;
RV_ENUM_DECLARE(rv_filesystem_type, RvFilesystemType);

typedef enum {
    RV_FILESYSTEM_DRIVER_DEFAULT,
    RV_FILESYSTEM_DRIVER_PATH,
    RV_FILESYSTEM_DRIVER_HANDLE,
    RV_FILESYSTEM_DRIVER_LOOP,
    RV_FILESYSTEM_DRIVER_NBD,
    RV_FILESYSTEM_DRIVER_PLOOP,
    RV_FILESYSTEM_DRIVER_VIRTIOFS,
    RV_FILESYSTEM_DRIVER_LAST,
} RvFilesystemDriver;
RV_ENUM_DECLARE(rv_filesystem_driver, RvFilesystemDriver);

typedef struct {
    RvDevice device;
    RvFilesystemType type;
    char *access_mode; /* "passthrough", "mapped", "squash" */
    char *model, *multidevs;
    char *fmode, *dmode; /* octal, four digits */
    RvFilesystemDriver driver;
    char *format, *write_policy;
    uint64_t queue;
    RvVirtioOptions virtio;
    char *binary, *xattr, *cache, *sandbox, *lock_posix, *lock_flock; /* virtiofs */
    int threads; /* virtiofs; -1: not said */
    char *source;          /* folder, file, device or template */
    char *pool, *volume;
    char *socket;          /* of a virtiofsd that runs already */
    uint64_t usage;        /* ram: KiB */
    char *usage_units;
    char *target;
    bool read_only;
    uint64_t hard_limit, soft_limit; /* bytes */
} RvFilesystem;

extern const RvXmlType rv_filesystem_xml;
