/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/cpu-feature.h"

#include <glib.h>
#include <string.h>

static const struct {
    const char *ours, *qemu;
} names[] = {
    {"cmp_legacy", "cmp-legacy"},     {"ds_cpl", "ds-cpl"},         {"fxsr_opt", "fxsr-opt"},
    {"lahf_lm", "lahf-lm"},           {"nodeid_msr", "nodeid-msr"}, {"pclmuldq", "pclmulqdq"},
    {"perfctr_core", "perfctr-core"}, {"perfctr_nb", "perfctr-nb"}, {"tsc_adjust", "tsc-adjust"},
};

/* Beginnings of what libvirt 9.0 has no names for: what the hypervisor offers beside the CPU, what
 * only Zhaoxin and VIA make, and what a guest may see of nested virtualisation. */
static const char *const nameless[] = {"ace2", "full-width-write", "kvm",   "lmce", "phe", "pmm",
                                       "vmx-", "xcrypt",           "xstore"};

const char *kvm_cpu_feature_from_qemu(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(nameless); i++) {
        if (g_str_has_prefix(name, nameless[i]))
            return NULL;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (strcmp(name, names[i].qemu) == 0)
            return names[i].ours;
    }
    return name;
}

const char *kvm_cpu_feature_to_qemu(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (strcmp(name, names[i].ours) == 0)
            return names[i].qemu;
    }
    return name;
}
