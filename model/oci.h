/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a container has that libvirt's documents do not know: an OCI image as its root. In the
 * namespace urn:reeve:container. */

#include <stdbool.h>

typedef struct {
    char *image;    /* name or id */
    bool read_only; /* the container cannot write to its root */
} RvOci;
