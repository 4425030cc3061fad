/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What a container may use of the host, as its definition says: memory, CPUs, block devices, NUMA
 * nodes. All of it is written to its cgroup here, when it starts and when it is changed, so that
 * both are the same with every runtime, and with cgroups of v1 and v2.
 */

#include "drivers/driver.h"

/* [job] After the runtime has made it: sets what its definition limits. */
G_GNUC_WARN_UNUSED_RESULT bool container_limits_start(const RvGuest *guest, GError **error);

extern const RvTuneOps container_tune_ops;
