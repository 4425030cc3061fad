/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "drivers/driver.h"

/* See RvLifeOps. An emulator that does not answer within a second is not adopted yet. */
G_GNUC_WARN_UNUSED_RESULT bool kvm_adopt(RvGuest *guest, json_t *remembered, RvOperation *op,
                                         RvAdopted *ret, GError **error);
void kvm_cleanup(RvGuest *guest, json_t *remembered);
