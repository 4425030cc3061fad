/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/defaults.h"

#include <string.h>

#include "drivers/kvm/address.h"
#include "drivers/kvm/pci.h"
#include "drivers/kvm/usb.h"
#include "drivers/kvm/virtio-serial.h"

/*
 * The steps are those of libvirt's driver for QEMU, in its order, since the order of devices
 * decides about their addresses, and guests see those.
 */

/* ---- The machine -------------------------------------------------------------------------- */

void kvm_default_machine(RvDomainDef *def, const KvmEmulator *emulator)
{
    const char *preferred = def->os.machine ? def->os.machine : kvm_arch_machine(def->os.arch);
    const KvmMachine *machine = NULL;
    if (emulator && preferred)
        machine = kvm_emulator_machine(emulator, preferred);
    if (emulator && !def->os.machine && !machine)
        machine = kvm_emulator_machine(emulator, NULL);
    if (machine) {
        g_free(def->os.machine);
        def->os.machine = g_strdup(machine->name);
    }
    kvm_default_string(&def->os.machine, preferred ? preferred : "none");
}

/* ---- The CPU ------------------------------------------------------------------------------ */

/* The model of a machine's CPU, as libvirt calls it: "power9_v2.0" is a POWER9. */
static char *default_model(const RvDomainDef *def, const KvmEmulator *emulator)
{
    const KvmMachine *machine = emulator ? kvm_emulator_machine(emulator, def->os.machine) : NULL;
    if (!machine || !machine->cpu)
        return kvm_arch_is_x86(def->os.arch) ? g_strdup("qemu64") : NULL;
    if (!kvm_arch_is_ppc64(def->os.arch) || !g_str_has_prefix(machine->cpu, "power"))
        return g_strdup(machine->cpu);
    g_autofree char *stem = g_strndup(machine->cpu, strcspn(machine->cpu, "_"));
    return g_ascii_strup(stem, -1);
}

/* Only for architectures whose CPUs libvirt knows; of some only what emulation uses. */
static bool has_default_cpu(const RvDomainDef *def)
{
    const char *arch = def->os.arch;
    return kvm_arch_is_x86(arch) || kvm_arch_is_ppc64(arch) || kvm_arch_is_s390(arch) ||
           (kvm_arch_is_arm(arch) && def->virt == RV_VIRT_QEMU);
}

static void set_default_cpu(RvDomainDef *def, const KvmEmulator *emulator)
{
    g_autofree char *model = has_default_cpu(def) ? default_model(def, emulator) : NULL;
    if (!model)
        return;
    if (!strcmp(model, "host")) {
        def->cpu.mode =
            kvm_arch_is_s390(def->os.arch) ? RV_CPU_HOST_MODEL : RV_CPU_HOST_PASSTHROUGH;
        return;
    }
    def->cpu.mode = RV_CPU_CUSTOM;
    def->cpu.model = g_steal_pointer(&model);
    g_free(def->cpu.check);
    g_free(def->cpu.match);
    g_free(def->cpu.fallback);
    def->cpu.check = g_strdup("none");
    def->cpu.match = g_strdup("exact");
    def->cpu.fallback = g_strdup("forbid");
}

void kvm_default_cpu(RvDomainDef *def, const KvmEmulator *emulator)
{
    if (def->cpu.mode == RV_CPU_NONE || (def->cpu.mode == RV_CPU_CUSTOM && !def->cpu.model))
        set_default_cpu(def, emulator);
    if (def->cpu.mode == RV_CPU_NONE || (def->cpu.mode == RV_CPU_CUSTOM && !def->cpu.model))
        return;
    bool compares = def->cpu.mode == RV_CPU_HOST_MODEL ||
                    (def->cpu.mode == RV_CPU_CUSTOM && def->virt == RV_VIRT_KVM);
    kvm_default_string(&def->cpu.check, compares ? "partial" : "none");
    if (def->cpu.mode == RV_CPU_HOST_PASSTHROUGH && !def->cpu.migratable &&
        kvm_arch_is_x86(def->os.arch))
        def->cpu.migratable =
            !strcmp(def->os.arch, "x86_64") ? RV_TRISTATE_ON : RV_TRISTATE_OFF;
}

/* ---- Features ----------------------------------------------------------------------------- */

/* The emulated version 3 has no interrupts by messages, which PCI Express needs. */
static void set_gic(RvDomainDef *def, const KvmMachineFamily *family)
{
    if (!def->features.gic && family->has_gic)
        def->features.gic = g_new0(RvGic, 1);
    if (def->features.gic)
        kvm_default_string(&def->features.gic->version, "2");
}

/* ---- All of it ---------------------------------------------------------------------------- */

bool kvm_defaults_fill(RvDomainDef *def, const KvmEmulator *emulator, GError **error)
{
    kvm_default_machine(def, emulator);
    const KvmMachineFamily *family = kvm_machine_family(def->os.arch, def->os.machine);
    if (!kvm_default_devices(def, family, emulator, error))
        return false;
    kvm_default_cpu(def, emulator);
    set_gic(def, family);
    bool done = rv_domain_def_complete_common(def, kvm_default_video(family, emulator), error) &&
           kvm_default_models(def, family, emulator, error) &&
           kvm_virtio_serial_assign(def, error) &&
           kvm_address_assign(def, family, emulator, error) &&
           kvm_pci_assign(def, family, emulator, error) &&
           kvm_usb_assign(def, error);
    rv_domain_def_mirror_console(def); /* with its address */
    return done;
}
