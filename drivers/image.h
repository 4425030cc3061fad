/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What is told of an image: a root file system that containers are made from. */

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    char *id;           /* digest of its configuration, 64 hexadecimal digits */
    char *digest;       /* of its manifest, or NULL */
    char *created;      /* RFC 3339, as the image says, or NULL */
    char *architecture; /* "amd64" */
    char **names;       /* "busybox:latest"; ended by NULL */
    unsigned layers;
    uint64_t size;      /* bytes of its files */
    int64_t imported_us; /* wall clock */
    char *config;       /* its configuration as JSON; NULL: not asked for */
} RvImageInfo;

void rv_image_info_free(RvImageInfo *info);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RvImageInfo, rv_image_info_free)

/* Where an image is to come from. */
typedef struct {
    const char *source; /* "oci:PATH", "docker://NAME", ...: see drivers/container/image/import.h */
    const char *name;   /* NULL: as it calls itself */
    bool insecure;      /* whoever answers for the registry is believed */
} RvImageSource;
