/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Who may touch what a pool or a volume is: the same part of both documents. */

#include <stdint.h>

typedef struct RvXmlType RvXmlType;

typedef struct {
    int mode;             /* -1: not said */
    int64_t owner, group; /* -1: not said */
    char *label;          /* of SELinux or the like; NULL: none */
} RvStoragePermissions;

extern const RvXmlType rv_storage_permissions_xml;

/* A path without slashes that say nothing: none at its end, no two in a row but two at its
 * beginning. NULL for NULL. */
char *rv_storage_path(const char *path);
