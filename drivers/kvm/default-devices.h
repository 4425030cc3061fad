/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Steps of kvm_defaults_fill(): devices that machines have though nobody asked for them, and what a
 * device is when its document does not say. */

#include "drivers/kvm/emulator.h"
#include "drivers/kvm/machine.h"
#include "model/domain-def.h"

G_GNUC_WARN_UNUSED_RESULT bool kvm_default_devices(RvDomainDef *def,
                                                   const KvmMachineFamily *family,
                                                   const KvmEmulator *emulator, GError **error);
G_GNUC_WARN_UNUSED_RESULT bool kvm_default_models(RvDomainDef *def,
                                                  const KvmMachineFamily *family,
                                                  const KvmEmulator *emulator, GError **error);
const char *kvm_default_video(const KvmMachineFamily *family, const KvmEmulator *emulator);

static inline void kvm_default_string(char **field, const char *value)
{
    if (!*field)
        *field = g_strdup(value);
}
