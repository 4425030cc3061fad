/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "drivers/driver.h"

/* [job] After the runtime has made its cgroup: sets what its definition limits. */
G_GNUC_WARN_UNUSED_RESULT bool container_tune_start(const RvGuest *guest, GError **error);

extern const RvTuneOps container_tune_ops;
