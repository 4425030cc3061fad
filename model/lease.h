/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A lock that the guest holds while it runs. */

#include <stdint.h>

typedef struct RvXmlType RvXmlType;

typedef struct {
    char *lockspace, *key;
    char *path;      /* of the file that holds it */
    uint64_t offset; /* bytes */
} RvLease;

extern const RvXmlType rv_lease_xml;
