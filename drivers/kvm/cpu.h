/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The CPU of a guest: what is asked for, what it comes to on this host, and what the emulator has
 * made of it. A live definition has the last, with check='full': it names each feature in which the
 * CPU differs from its model, so that a guest that is restored or moved gets the same or fails. What
 * was asked for is kept beside it, for a dump with RV_FORMAT_MIGRATABLE. All as libvirt does it, and
 * as libvirt on x86 only: elsewhere a CPU stays as it was asked for.
 */

#include <jansson.h>

#include "drivers/driver.h"
#include "drivers/kvm/emulator.h"
#include "drivers/kvm/qmp.h"

/* [job] What a CPU means on this host: a named model instead of mode host-model or match minimum,
 * and each feature that is optional is there or is not. */
G_GNUC_WARN_UNUSED_RESULT bool kvm_cpu_update(const RvDriverHost *host,
                                              const KvmEmulator *emulator, RvDomainDef *def,
                                              GError **error);

/* [job] The same for a guest that is to start, which is refused as far as check= says:
 * RV_ERR_CPU_INCOMPATIBLE. */
G_GNUC_WARN_UNUSED_RESULT bool kvm_cpu_prepare(const RvDriverHost *host,
                                               const KvmEmulator *emulator, RvDomainDef *def,
                                               GError **error);

/* Asks an emulator that was just started for its first CPU: a dozen calls, added to `calls`. None
 * where kvm_cpu_take() would not want to know. */
void kvm_cpu_ask(Qmp *qmp, const RvDomainDef *def, GPtrArray *calls);

/* From the answers (NULL where the emulator knows no such thing) to the live definition.
 * RV_ERR_OPERATION_FAILED: they are not what check='full' demands. *ret_asked: what was asked for,
 * where that is something else; for kvm_cpu_restore(). */
G_GNUC_WARN_UNUSED_RESULT bool kvm_cpu_take(RvDomainDef *def, GPtrArray *answers,
                                            json_t **ret_asked, GError **error);

/* Makes of a live definition's CPU the one that was asked for. */
void kvm_cpu_restore(RvDomainDef *def, json_t *asked);

/* What was asked for, for as long as the guest runs. `asked` is taken, NULL: as it got it. [any] */
void kvm_cpu_set_asked(const RvDriverHost *host, const RvUuid *uuid, json_t *asked);

/* A new reference, or NULL. */
json_t *kvm_cpu_asked(const RvDriverHost *host, const RvUuid *uuid);
