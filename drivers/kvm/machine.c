/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/machine.h"

#include <string.h>

static const KvmMachineFamily families[] = {
    {
        .alias = "pc",
        .prefix = "pc-i440fx-",
        .root = "pci-root",
        .pci_bus = "pci.0",
        .usb = "piix3-uhci",
        .video_slot = 2,
        .has_ide = true,
    },
    {
        .alias = "q35",
        .prefix = "pc-q35-",
        .root = "pcie-root",
        .pci_bus = "pcie.0",
        .usb = "qemu-xhci",
        .video_slot = 1,
        .has_sata = true,
    },
};

const KvmMachineFamily *kvm_machine_family(const char *machine)
{
    for (size_t i = 0; machine && i < G_N_ELEMENTS(families); i++) {
        if (strcmp(machine, families[i].alias) == 0 ||
            g_str_has_prefix(machine, families[i].prefix))
            return &families[i];
    }
    return NULL;
}

bool kvm_arch_is_supported(const char *arch)
{
    return g_strcmp0(arch, "x86_64") == 0 || g_strcmp0(arch, "i686") == 0;
}
