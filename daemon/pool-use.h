/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What guests and storage pools have to do with each other. */

#include <glib.h>
#include <stdbool.h>

#include "daemon/core.h"
#include "model/domain-def.h"

/* [job] Writes into what is to run where the volumes are that its disks and file systems name: no
 * driver looks for a pool. libvirt's errors where one is not there, or its pool not active. */
G_GNUC_WARN_UNUSED_RESULT bool rv_pool_resolve(RvCore *core, RvDomainDef *def, GError **error);
/* [worker] The same for one disk, of a domain that need not run. */
G_GNUC_WARN_UNUSED_RESULT bool rv_pool_resolve_disk(RvCore *core, RvDisk *disk, GError **error);
