/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What kinds of machine there are, as far as the driver builds guests of them. */

#include "model/domain-def.h"

typedef struct {
    const char *alias;     /* "pc": all names of the family are this, or begin with ... */
    const char *prefix;    /* ... "pc-i440fx-" */
    const char *root;      /* model of PCI controller 0 */
    const char *pci_bus;   /* what the emulator calls it */
    const char *usb;       /* model of the default USB controller */
    unsigned video_slot;   /* where the first video device goes */
    bool has_ide, has_sata; /* built in */
} KvmMachineFamily;

/* NULL: none that the driver knows, or no machine was named. */
const KvmMachineFamily *kvm_machine_family(const char *machine);

static inline bool kvm_machine_has_pcie(const KvmMachineFamily *family)
{
    return family && family->has_sata;
}

/* Whether guests of an architecture can be built. */
bool kvm_arch_is_supported(const char *arch);
