/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * <cpu mode='host-model'>: the named model that is next to what an emulator can offer here at most,
 * with the features in which both differ. Which model is nearest we ask the emulator, which knows
 * them best; what it means is what libvirt means by its name, see cpu-map.h. On x86 only, as libvirt.
 */

#include "drivers/driver.h"
#include "drivers/kvm/emulator.h"

typedef struct {
    char *name, *vendor; /* "EPYC"; "AMD", or NULL where libvirt has no name for it */
    GPtrArray *features; /* RvCpuFeature, with policy "require" or "disable" */
    GHashTable *offered; /* set of rv_x86_features: all that a guest can have here */
} KvmHostModel;

void kvm_host_model_free(KvmHostModel *model);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(KvmHostModel, kvm_host_model_free)

/* [job] What it is for domains of a type (RV_VIRT_KVM or RV_VIRT_QEMU). The emulator is asked once;
 * that takes 0.2 s. Owned by the host; lives as long as it. NULL: RV_ERR_CONFIG_UNSUPPORTED where
 * there is none. */
G_GNUC_WARN_UNUSED_RESULT const KvmHostModel *kvm_host_model_get(const RvDriverHost *host,
                                                                 const KvmEmulator *emulator,
                                                                 RvVirtType virt, GError **error);

/* The nearest model: `most` is what can be offered, `models` (name to properties) are those to
 * choose from, all as QEMU expands them. NULL: there is none of its vendor. [any] */
KvmHostModel *kvm_host_model_choose(json_t *most, json_t *models);
