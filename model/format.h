/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a formatted document shall contain, the same for all nouns. */

typedef enum {
    RV_FORMAT_LIVE = 1 << 0,    /* with id=, aliases, tty paths and ports of the running guest */
    RV_FORMAT_SECRETS = 1 << 1, /* with passwords */
    RV_FORMAT_MIGRATABLE = 1 << 2, /* for another host: see RvDefinitionOps.adapt() */
    RV_FORMAT_UPDATE_CPU = 1 << 3, /* the CPU as this host makes it: see there as well */
} RvFormatFlags;
