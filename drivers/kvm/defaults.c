/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/defaults.h"

#include <string.h>

#include "drivers/kvm/address.h"
#include "drivers/kvm/default-devices.h"
#include "drivers/kvm/pci.h"
#include "drivers/kvm/usb.h"
#include "drivers/kvm/virtio-serial.h"
#include "model/cpuset.h"

/*
 * The steps are those of libvirt's driver for QEMU, in its order, since the order of devices
 * decides about their addresses, and guests see those.
 */

#define NVRAM_FOLDER "/var/lib/libvirt/qemu/nvram"

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

/* The variables of a firmware that is split in two have a file for each guest; it is where libvirt has
 * it, since a guest comes and goes with its path. */
static void set_nvram(RvDomainDef *def)
{
    bool is_split = !g_strcmp0(def->os.loader_type, "pflash") &&
                    def->os.loader_readonly == RV_TRISTATE_ON && !def->os.firmware;
    if (is_split && !def->os.nvram && !def->os.nvram_type &&
        def->os.loader_stateless != RV_TRISTATE_ON)
        def->os.nvram = g_strdup_printf(NVRAM_FOLDER "/%s_VARS.fd", def->name);
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

/* ---- Memory ------------------------------------------------------------------------------- */

#define PPC64_BLOCK_KIB (256 * 1024)

/* Modules of ppc64 have whole blocks of memory; a file below one is not grown for that. */
static uint64_t aligned_size(const RvMemory *memory)
{
    if (memory->model != RV_MEMORY_NVDIMM)
        return (memory->size + PPC64_BLOCK_KIB - 1) / PPC64_BLOCK_KIB * PPC64_BLOCK_KIB;
    if (memory->size < memory->label_size + PPC64_BLOCK_KIB)
        return memory->size;
    return (memory->size - memory->label_size) / PPC64_BLOCK_KIB * PPC64_BLOCK_KIB +
           memory->label_size;
}

static void align_memory(RvDomainDef *def)
{
    for (guint i = 0; kvm_arch_is_ppc64(def->os.arch) && i < def->memories->len; i++) {
        RvMemory *memory = g_ptr_array_index(def->memories, i);
        uint64_t size = aligned_size(memory);
        if (def->numa.cells->len)
            def->max_memory_kib += size - memory->size;
        memory->size = size;
    }
}

static bool slot_is_free(const RvDomainDef *def, unsigned slot)
{
    for (guint i = 0; i < def->memories->len; i++) {
        const RvMemory *memory = g_ptr_array_index(def->memories, i);
        if (memory->device.address.type == RV_ADDRESS_DIMM &&
            memory->device.address.dimm.slot == slot)
            return false;
    }
    return true;
}

static void place_memory(RvDomainDef *def)
{
    unsigned slot = 0; /* none below is free */
    for (guint i = 0; i < def->memories->len; i++) {
        RvMemory *memory = g_ptr_array_index(def->memories, i);
        RvAddress *address = &memory->device.address;
        bool is_module = memory->model == RV_MEMORY_DIMM || memory->model == RV_MEMORY_NVDIMM;
        if (!is_module || address->type != RV_ADDRESS_NONE)
            continue;
        while (slot < def->memory_slots && !slot_is_free(def, slot))
            slot++;
        if (slot < def->memory_slots)
            *address = (RvAddress){.type = RV_ADDRESS_DIMM, .dimm.slot = slot};
    }
}

/* CPUs that no NUMA node has are on the first one. */
static void fill_numa(RvDomainDef *def)
{
    if (!def->numa.cells->len)
        return;
    RvCpuset first = {0}, others = {0}, cpus;
    for (guint i = 0; i < def->numa.cells->len; i++) {
        const RvNumaCell *cell = g_ptr_array_index(def->numa.cells, i);
        RvCpuset *into = i == 0 ? &first : &others;
        if (!cell->cpus || !rv_cpuset_parse(cell->cpus, &cpus))
            continue;
        for (int cpu = -1; (cpu = rv_cpuset_next(&cpus, cpu)) >= 0;)
            rv_cpuset_put(into, (unsigned)cpu);
    }
    unsigned max = MAX(def->max_vcpus, 1);
    if (rv_cpuset_count(&first) + rv_cpuset_count(&others) >= max)
        return;
    for (unsigned cpu = 0; cpu < max; cpu++) {
        if (!rv_cpuset_has(&others, cpu))
            rv_cpuset_put(&first, cpu);
    }
    RvNumaCell *cell = g_ptr_array_index(def->numa.cells, 0);
    g_free(cell->cpus);
    cell->cpus = rv_cpuset_format(&first);
}

/* ---- All of it ---------------------------------------------------------------------------- */

bool kvm_defaults_fill(RvDomainDef *def, const KvmEmulator *emulator, GError **error)
{
    kvm_default_machine(def, emulator);
    set_nvram(def);
    const KvmMachineFamily *family = kvm_machine_family(def->os.arch, def->os.machine);
    if (!kvm_default_devices(def, family, emulator, error))
        return false;
    kvm_default_cpu(def, emulator);
    align_memory(def);
    fill_numa(def);
    place_memory(def);
    set_gic(def, family);
    bool done = rv_domain_def_complete_common(def, kvm_default_video(family, emulator), error) &&
           kvm_default_models(def, family, emulator, error) &&
           kvm_virtio_serial_assign(def, error) &&
           kvm_address_assign(def, family, emulator, error) &&
           kvm_pci_assign(def, family, emulator, error) &&
           kvm_address_identify(def, emulator, error) &&
           kvm_usb_assign(def, error);
    rv_domain_def_mirror_console(def); /* with its address */
    return done;
}
