/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Whether this host can really run guests under KVM: the device opens, speaks the version we know,
 * and, on x86, the processor says that it has SVM or VMX. A device alone is not enough: where the
 * host is itself a guest it may be there and let ordinary kernels hang.
 */

#include <glib.h>
#include <stdbool.h>

typedef struct {
    GMutex lock;
    int has_flags; /* of the processor: -1 not looked up yet, 0, 1 */
    const char *device;   /* "/dev/kvm"; tests set others */
    const char *cpuinfo;  /* "/proc/cpuinfo" */
} KvmAccelerator;

void kvm_accelerator_init(KvmAccelerator *accelerator);
void kvm_accelerator_clear(KvmAccelerator *accelerator);

/* [job] RV_ERR_CONFIG_UNSUPPORTED says why not, with a remedy. */
G_GNUC_WARN_UNUSED_RESULT bool kvm_accelerator_check(KvmAccelerator *accelerator, GError **error);
