/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/kvm.h"

#include "drivers/kvm/console.h"
#include "drivers/kvm/definition.h"
#include "drivers/kvm/host-ops.h"
#include "drivers/kvm/life.h"
#include "drivers/kvm/stats.h"
#include "drivers/kvm/tune.h"

const RvDriver rv_kvm_driver = {
    .name = "kvm",
    .hypervisor = "QEMU",
    .error_source = 10, /* VIR_FROM_QEMU */
    .uri_schemes = (const char *const[]){"qemu", NULL},
    .virt_types = (const RvVirtType[]){RV_VIRT_KVM, RV_VIRT_QEMU, RV_VIRT_LAST},
    .uses_networks = true,
    .uses_volumes = true,
    .host = &kvm_host_ops,
    .definition = &kvm_definition_ops,
    .life = &kvm_life_ops,
    .console = &kvm_console_ops,
    .stats = &kvm_stats_ops,
    .tune = &kvm_tune_ops,
};
