/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/check.h"

#include <string.h>

#include "base/error.h"
#include "drivers/kvm/check-devices.h"
#include "drivers/kvm/check-machine.h"
#include "drivers/kvm/machine.h"

static void check_os(const RvDomainDef *def, const KvmEmulator *emulator,
                     RvDiagnostics *diagnostics)
{
    if (def->os.type != RV_OS_HVM)
        kvm_complain(diagnostics, "domain/os/type", "hvm",
                     "QEMU runs full machines, not guests of type '%s'",
                     rv_os_type_to_string(def->os.type));
    if (!emulator)
        return;
    if (!kvm_arch_runs(emulator->arch, def->os.arch))
        kvm_complain(diagnostics, "domain/devices/emulator", NULL,
                     "'%s' emulates %s, the guest is of architecture %s", emulator->path,
                     emulator->arch, def->os.arch);
    else if (!kvm_emulator_machine(emulator, def->os.machine))
        kvm_complain(diagnostics, "domain/os/type/@machine", NULL, "'%s' has no machine '%s'",
                     emulator->path, def->os.machine);
}

static void check_vcpus(const RvDomainDef *def, const KvmEmulator *emulator,
                        RvDiagnostics *diagnostics)
{
    const KvmMachine *machine = emulator ? kvm_emulator_machine(emulator, def->os.machine) : NULL;
    const RvCpuTopology *topology = &def->cpu.topology;
    if (machine && def->max_vcpus > machine->max_cpus)
        kvm_complain(diagnostics, "domain/vcpu", NULL,
                     "%u virtual CPUs are more than the %u that machine '%s' can have",
                     def->max_vcpus, machine->max_cpus, machine->name);
    uint64_t product = (uint64_t)topology->sockets * topology->dies * topology->cores;
    if (topology->sockets &&
        (product > def->max_vcpus || product * topology->threads != def->max_vcpus))
        kvm_complain(diagnostics, "domain/cpu/topology", NULL,
                     "CPU topology doesn't match maximum vcpu count (%u)", def->max_vcpus);
}

static void check_lifecycle(const RvDomainDef *def, const KvmEmulator *emulator,
                            RvDiagnostics *diagnostics)
{
    const struct {
        const char *path;
        RvLifecycleAction action;
    } rows[] = {
        {"domain/on_poweroff", def->on_poweroff},
        {"domain/on_reboot", def->on_reboot},
        {"domain/on_crash", def->on_crash},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        bool is_crash = strcmp(rows[i].path, "domain/on_crash") == 0;
        bool known = rows[i].action == RV_LIFECYCLE_DESTROY ||
                     rows[i].action == RV_LIFECYCLE_RESTART ||
                     (is_crash && rows[i].action != RV_LIFECYCLE_RENAME_RESTART);
        if (!known)
            kvm_complain(diagnostics, rows[i].path, "destroy", "'%s' is not supported here",
                         rv_lifecycle_action_to_string(rows[i].action));
    }
    if (def->on_poweroff == RV_LIFECYCLE_RESTART && def->on_reboot == RV_LIFECYCLE_DESTROY)
        kvm_complain(diagnostics, "domain/on_reboot", NULL,
                     "a guest cannot restart on power-off and end on reboot");
}

typedef void (*Check)(const RvDomainDef *def, const KvmEmulator *emulator,
                      RvDiagnostics *diagnostics);

void kvm_check(const RvDomainDef *def, const KvmEmulator *emulator, RvDiagnostics *diagnostics)
{
    static const Check checks[] = {check_os, check_vcpus, check_lifecycle};
    for (size_t i = 0; i < G_N_ELEMENTS(checks); i++)
        checks[i](def, emulator, diagnostics);
    kvm_check_machine(def, diagnostics);
    kvm_check_devices(def, emulator, diagnostics);
}
