/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What a guest may use of the host, as its definition says: memory, CPUs, block devices, NUMA nodes.
 * It is written to the guest's cgroup when it starts and when it is changed, so that both are the
 * same, and with cgroups of v1 and v2.
 */

#include "drivers/driver.h"

/* Bits of RvTuneWhat that belong together. */
enum {
    RV_LIMITS_MEMORY = 1 << RV_TUNE_MEMORY | 1 << RV_TUNE_MEMORY_LIMITS,
    RV_LIMITS_CPU = 1 << RV_TUNE_CPU,
    RV_LIMITS_NUMA = 1 << RV_TUNE_NUMA,
    RV_LIMITS_BLOCK_IO = 1 << RV_TUNE_BLOCK_IO,
};

/* Where the guest's cgroup is. */
typedef struct {
    bool v2;
    /* Its folder that has this controller, to be freed; NULL: there is none. */
    char *(*folder)(const void *data, const char *controller);
    const void *data;
} RvLimitsPlace;

/* [job] Of a new cgroup: sets what the definition limits, of the parts in `what`. */
G_GNUC_WARN_UNUSED_RESULT bool rv_limits_start(const RvLimitsPlace *place, const RvDomainDef *def,
                                               unsigned what, GError **error);

/* [job] Makes one part what `to` says; until then it is what `from` says, and again after an
 * error. */
G_GNUC_WARN_UNUSED_RESULT bool rv_limits_change(const RvLimitsPlace *place, const RvDomainDef *from,
                                                const RvDomainDef *to, RvTuneWhat what,
                                                GError **error);
