/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "drivers/driver.h"
#include "drivers/kvm/emulator.h"
#include "drivers/kvm/machine.h"

/* Fills in what the document left out. `emulator` NULL: not known yet; then names of machines stay
 * as they are, and all else is as for the emulators we know. Idempotent. [any] */
G_GNUC_WARN_UNUSED_RESULT bool kvm_defaults_fill(RvDomainDef *def, const KvmEmulator *emulator,
                                                 GError **error);

/* Its steps: machine and CPU; the devices that machines have though nobody asked for them, in
 * default-devices.c; and what a device is when its document does not say. */
void kvm_default_machine(RvDomainDef *def, const KvmEmulator *emulator);
void kvm_default_cpu(RvDomainDef *def, const KvmEmulator *emulator);
G_GNUC_WARN_UNUSED_RESULT bool kvm_default_devices(RvDomainDef *def,
                                                   const KvmMachineFamily *family,
                                                   const KvmEmulator *emulator, GError **error);
G_GNUC_WARN_UNUSED_RESULT bool kvm_default_models(RvDomainDef *def,
                                                  const KvmMachineFamily *family,
                                                  const KvmEmulator *emulator, GError **error);
const char *kvm_default_video(const KvmMachineFamily *family, const KvmEmulator *emulator);

/* Whether the emulator has a device; one that is not known has all. */
static inline bool kvm_default_has(const KvmEmulator *emulator, const char *device)
{
    return !emulator || kvm_emulator_has_device(emulator, device);
}

static inline void kvm_default_string(char **field, const char *value)
{
    if (!*field)
        *field = g_strdup(value);
}
