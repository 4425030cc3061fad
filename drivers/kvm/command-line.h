/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The emulator's arguments for a guest. The guest sees the same hardware as one that libvirt starts
 * from the same definition: device models, ids, addresses. Nothing secret is among them, and as
 * few paths as possible: what the emulator uses is handed to it as descriptors.
 */

#include <glib.h>

#include "drivers/kvm/line.h"

/* `def` is complete, checked and has aliases. Strings without the program's own name first. */
G_GNUC_WARN_UNUSED_RESULT GPtrArray *kvm_command_line(const RvDomainDef *def,
                                                      const KvmLaunch *launch, GError **error);
