/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Storage pools: mechanism only. The core looks pools up, takes the jobs, keeps what is active, and
 * tells of it. All of it may block: [job], a worker thread.
 *
 * Volumes of all pools that can be started here are what is in a folder: the pool's own (dir), or
 * one that a file system is mounted on (fs, netfs).
 */

#include "drivers/driver.h"
#include "model/pool.h"

/* Pools of other types can be defined, but not started. False sets RV_ERR_NO_SUPPORT, which names
 * the type. */
G_GNUC_WARN_UNUSED_RESULT bool rv_pool_is_supported(const RvPoolDef *def, GError **error);

typedef enum {
    RV_POOL_BUILD_FOLDER,       /* its folder alone */
    RV_POOL_BUILD_NO_OVERWRITE, /* a new file system, where there is none */
    RV_POOL_BUILD_OVERWRITE,    /* a new file system, whatever there is */
} RvPoolBuild;

/* Makes its folder, with all folders around it; one that is there gets the permissions that the
 * definition asks for. */
G_GNUC_WARN_UNUSED_RESULT bool rv_pool_build(const RvPoolDef *def, RvPoolBuild how, RvOperation *op,
                                             GError **error);
/* Makes its volumes reachable; doing so twice is no error. */
G_GNUC_WARN_UNUSED_RESULT bool rv_pool_start(const RvPoolDef *def, RvOperation *op, GError **error);
G_GNUC_WARN_UNUSED_RESULT bool rv_pool_stop(const RvPoolDef *def, RvOperation *op, GError **error);
/* Whether what start does is still so. */
bool rv_pool_is_started(const RvPoolDef *def);
/* Removes its folder, which must be empty. */
G_GNUC_WARN_UNUSED_RESULT bool rv_pool_remove(const RvPoolDef *def, GError **error);

/* How it is now: fills in its sizes and permissions. */
G_GNUC_WARN_UNUSED_RESULT bool rv_pool_measure(RvPoolDef *def, GError **error);
