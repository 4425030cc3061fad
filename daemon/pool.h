/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The host's storage pools: what the kind of objects is besides what all have in common. Of its
 * volumes a pool keeps the names: everything else of them is looked at when it is asked for.
 *
 * What is done to a volume is no job of its pool: it claims the volume, and runs beside everything
 * else. So a refresh is never in the way of whatever is done to volumes, nor the other way round.
 */

#include "daemon/object.h"
#include "drivers/pool.h"
#include "drivers/volume.h"

extern const RvObjectKind rv_pool_kind;

/* Capacity, allocation, available: bytes, as of the last time that somebody measured; any thread. */
typedef struct {
    uint64_t capacity, allocation, available;
    RvStoragePermissions permissions; /* without a label */
} RvPoolFigures;
RvPoolFigures rv_pool_figures(const RvObject *pool);

/* [worker] Looks at all of an active pool again. */
G_GNUC_WARN_UNUSED_RESULT bool rv_pool_look(RvObject *pool, const RvPoolDef *def, GError **error);
/* [worker] Looks at its space again; that it cannot be measured is no fault. */
void rv_pool_measure_again(RvObject *pool, const RvPoolDef *def);

/* ---- Names of volumes (I/O thread) ---- */

GHashTable *rv_pool_volumes(RvObject *pool); /* name: RvVolumeType as a pointer; borrowed */
void rv_pool_add_volume(RvObject *pool, const char *name, RvVolumeType type);
void rv_pool_remove_volume(RvObject *pool, const char *name);

/* The active pools' volumes: which pool has this path in its folder; NULL: none. `ret_name` is the
 * rest of `path`. */
RvObject *rv_pool_of_path(struct RvCore *core, const char *path, const char **ret_name);
RvObject *rv_pool_of_target(struct RvCore *core, const char *path); /* by its folder; NULL: none */
/* The folders of all active pools; g_strfreev(). */
char **rv_pool_folders(struct RvCore *core);

/* ---- Who works on a volume (I/O thread) ---- */

typedef enum {
    RV_CLAIM_NEW,   /* makes it */
    RV_CLAIM_WRITE, /* changes or removes it */
    RV_CLAIM_READ,
} RvClaim;

/* RV_ERR_OPERATION_INVALID with libvirt's words where it is in use. To be given back. */
G_GNUC_WARN_UNUSED_RESULT bool rv_pool_claim(RvObject *pool, const char *name, RvClaim claim,
                                             GError **error);
void rv_pool_unclaim(RvObject *pool, const char *name, RvClaim claim);
/* Whether nobody works on any of its volumes; RV_ERR_OPERATION_INVALID. */
G_GNUC_WARN_UNUSED_RESULT bool rv_pool_check_idle(RvObject *pool, GError **error);
