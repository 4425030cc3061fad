/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/machine.h"

#include <string.h>

#define X86 "i686 x86_64"
#define ARM "armv6l armv7l aarch64"
#define PPC64 "ppc64 ppc64le"
#define RISCV "riscv32 riscv64"
#define S390 "s390 s390x"
#define MIPS "mips mipsel mips64 mips64el"

#define ISA_SERIAL .serial = "isa-serial", .serial_model = "isa-serial"
#define VIRT                                                                                       \
    .root = "pcie-root", .root_needs = "gpex-pcihost", .pci_bus = "pcie.0", .interface = "virtio", \
    .video = "virtio", .serial = "system-serial"

/* The first that fits. */
static const KvmMachineFamily families[] = {
    {
        .arches = X86,
        .names = "pc pc-0.* pc-1.* pc-i440fx-* rhel*",
        .chipset = KVM_CHIPSET_PIIX3,
        .root = "pci-root",
        .pci_bus = "pci.0",
        .usb = "",
        ISA_SERIAL,
        .has_ide = true,
        .has_ps2 = true,
        .starts = true,
    },
    {
        .arches = X86,
        .names = "q35 pc-q35-*",
        .chipset = KVM_CHIPSET_ICH9,
        .root = "pcie-root",
        .pci_bus = "pcie.0",
        .usb = "qemu-xhci",
        ISA_SERIAL,
        .has_sata = true,
        .has_ps2 = true,
        .starts = true,
    },
    {.arches = X86, .names = "isapc", .has_ps2 = true, ISA_SERIAL},
    {.arches = X86, .usb = "", .has_ps2 = true, ISA_SERIAL}, /* microvm and others */
    {.arches = ARM,
     .names = "virt virt-*",
     VIRT,
     .serial_model = "pl011",
     .no_balloon = true,
     .has_gic = true},
    {.arches = ARM, .names = "vexpress-*", .virtio = KVM_VIRTIO_MMIO, .interface = "lan9118",
     .no_balloon = true},
    {.arches = ARM, .names = "versatilepb", .root = "pci-root", .pci_bus = "pci",
     .interface = "smc91c111", .no_balloon = true},
    {.arches = ARM, .interface = "lan9118", .no_balloon = true},
    {.arches = PPC64,
     .names = "pseries pseries-*",
     .root = "pci-root",
     .pci_bus = "pci.0",
     .usb = "",
     .serial = "spapr-vio-serial",
     .serial_model = "spapr-vty",
     .video = "vga",
     .scsi = "ibmvscsi",
     .panic = "pseries",
     .has_panic = true,
     .has_usb_inputs = true,
     .many_roots = true},
    {.arches = PPC64, .root = "pci-root", .pci_bus = "pci", .usb = "", .video = "vga",
     .has_usb_inputs = true},
    {.arches = "ppc", .names = "g3beige", .root = "pci-root", .pci_bus = "pci", .usb = "",
     .has_ide = true},
    {.arches = "alpha ppc ppcemb sh4 sh4eb", .root = "pci-root", .pci_bus = "pci", .usb = ""},
    {.arches = RISCV, .names = "virt virt-*", VIRT, .serial_model = "16550a"},
    {.arches = RISCV},
    {.arches = S390,
     .root = "pci-root",
     .root_needs = "zpci",
     .pci_bus = "pci.0",
     .serial = "sclp-serial",
     .serial_model = "sclpconsole",
     .interface = "virtio",
     .video = "virtio",
     .scsi = "virtio-scsi",
     .panic = "s390",
     .virtio = KVM_VIRTIO_CCW,
     .has_panic = true},
    {.arches = "sparc", .no_balloon = true, .scsi = "ncr53c90"},
    {.arches = "sparc64", .names = "sun4u", .root = "pci-root", .pci_bus = "pci", .usb = "",
     .has_ide = true},
    {.arches = "sparc64", .root = "pci-root", .pci_bus = "pci", .usb = ""},
    {.arches = MIPS, .names = "malta", .root = "pci-root", .pci_bus = "pci", .usb = "",
     .has_ide = true},
    {.arches = NULL, .usb = ""},
};

static bool matches(const char *list, const char *name)
{
    if (!list)
        return true;
    for (size_t len; *list; list += len + (list[len] == ' ')) {
        len = strcspn(list, " ");
        bool prefix = list[len - 1] == '*';
        size_t fixed = len - prefix;
        if (!strncmp(list, name, fixed) && (prefix || !name[fixed]))
            return true;
    }
    return false;
}

const KvmMachineFamily *kvm_machine_family(const char *arch, const char *machine)
{
    const KvmMachineFamily *family = families;
    while (!matches(family->arches, arch ? arch : "") ||
           !matches(family->names, machine ? machine : ""))
        family++;
    return family;
}

bool kvm_arch_is_x86(const char *arch)
{
    return matches(X86, arch);
}

bool kvm_arch_is_ppc64(const char *arch)
{
    return matches(PPC64, arch);
}

bool kvm_arch_is_arm(const char *arch)
{
    return matches(ARM, arch);
}

bool kvm_arch_is_s390(const char *arch)
{
    return matches(S390, arch);
}

bool kvm_arch_runs(const char *emulator, const char *guest)
{
    static const struct {
        const char *emulator, *guests;
    } rows[] = {
        {"x86_64", X86},
        {"aarch64", ARM},
        {"ppc64", PPC64},
    };
    for (size_t i = 0; emulator && i < G_N_ELEMENTS(rows); i++) {
        if (strcmp(rows[i].emulator, emulator) == 0)
            return matches(rows[i].guests, guest);
    }
    return g_strcmp0(emulator, guest) == 0;
}

const char *kvm_arch_machine(const char *arch)
{
    static const struct {
        const char *arches, *machine;
    } rows[] = {
        {X86, "pc"},
        {ARM, "integratorcp"},
        {PPC64, "pseries"},
        {"s390x", "s390-ccw-virtio"},
        {MIPS, "malta"},
        {RISCV, "spike_v1.10"},
        {"alpha", "clipper"},
        {"cris", "axis-dev88"},
        {"m68k", "mcf5208evb"},
        {"microblaze microblazeel", "petalogix-s3adsp1800"},
        {"or32", "or1k-sim"},
        {"ppc ppcle", "g3beige"},
        {"ppcemb", "bamboo"},
        {"sh4 sh4eb", "shix"},
        {"sparc", "SS-5"},
        {"sparc64", "sun4u"},
        {"xtensa xtensaeb", "sim"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (matches(rows[i].arches, arch))
            return rows[i].machine;
    }
    return NULL;
}

bool kvm_arch_is_supported(const char *arch)
{
    return arch && kvm_arch_is_x86(arch);
}
