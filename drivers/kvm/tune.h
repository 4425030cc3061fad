/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "drivers/driver.h"

/* [job] Of a new cgroup, before the emulator is in it: sets what the definition limits. */
G_GNUC_WARN_UNUSED_RESULT bool kvm_tune_start(const RvGuest *guest, GError **error);

extern const RvTuneOps kvm_tune_ops;
