/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What kinds of machine there are, and what each brings along, as libvirt's driver knows them: of
 * all that QEMU 7.2 emulates. */

#include "model/domain-def.h"

typedef enum {
    KVM_CHIPSET_NONE,  /* no device of it has a fixed place */
    KVM_CHIPSET_PIIX3, /* i440fx */
    KVM_CHIPSET_ICH9,  /* q35 */
} KvmChipset;

/* How virtio devices without an address are plugged in. */
typedef enum { KVM_VIRTIO_PCI, KVM_VIRTIO_CCW, KVM_VIRTIO_MMIO } KvmVirtio;

typedef struct {
    const char *arches, *names; /* separated by blanks; "pc-q35-*": all that begin so; NULL: all */
    const char *root;           /* model of PCI controller 0; NULL: none */
    const char *root_needs;     /* device that an emulator with such a root has; NULL: any */
    const char *pci_bus;        /* what the emulator calls its bus */
    const char *usb;            /* model of the USB controller that is added, "" for the
                                   architecture's own; NULL: none is */
    const char *serial, *serial_model, *interface, *video, *scsi, *panic; /* defaults; NULL: none */
    KvmChipset chipset;
    KvmVirtio virtio;
    bool has_ide, has_sata;  /* built in */
    bool no_balloon;         /* none is added */
    bool has_panic;          /* one is added */
    bool has_gic, has_ps2, has_usb_inputs, many_roots;
    bool starts;             /* the driver can start guests of it */
} KvmMachineFamily;

/* Never NULL: there is one for all the rest. */
const KvmMachineFamily *kvm_machine_family(const char *arch, const char *machine);

static inline bool kvm_machine_has_pcie(const KvmMachineFamily *family)
{
    return family->root && family->root[3] == 'e';
}

bool kvm_arch_is_x86(const char *arch);
bool kvm_arch_is_ppc64(const char *arch);
bool kvm_arch_is_arm(const char *arch);  /* of 64 bits as well */
bool kvm_arch_is_s390(const char *arch);

/* Whether an emulator of one architecture runs guests of another, too: one of 32 bits. */
bool kvm_arch_runs(const char *emulator, const char *guest);

/* The machine that libvirt prefers for an architecture; NULL: the emulator's default. */
const char *kvm_arch_machine(const char *arch);

/* Whether guests of an architecture can be started. */
bool kvm_arch_is_supported(const char *arch);
