/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/check-machine.h"

#include <string.h>

#include "base/error.h"
#include "drivers/kvm/host.h"

#define LAST_TIMESTAMP 253402300799 /* the end of the year 9999 */
#define MAX_APIC_CPUS 255           /* without extended interrupts */

typedef struct {
    const RvDomainDef *def;
    bool x86, q35, arm_virt, pseries;
} Machine;

static bool is_machine(const RvDomainDef *def, const char *name)
{
    size_t len = strlen(name);
    return def->os.machine && !strncmp(def->os.machine, name, len) &&
           (!def->os.machine[len] || def->os.machine[len] == '-');
}

static bool is_arch(const RvDomainDef *def, const char *a, const char *b, const char *c)
{
    const char *arch = def->os.arch;
    return !g_strcmp0(arch, a) || !g_strcmp0(arch, b) || !g_strcmp0(arch, c);
}

static Machine machine_of(const RvDomainDef *def)
{
    return (Machine){
        .def = def,
        .x86 = is_arch(def, "x86_64", "i686", NULL),
        .q35 = is_machine(def, "q35") || is_machine(def, "pc-q35"),
        .arm_virt = is_arch(def, "aarch64", "armv7l", "armv6l") && is_machine(def, "virt"),
        .pseries = is_arch(def, "ppc64", "ppc64le", "ppc64le") && is_machine(def, "pseries"),
    };
}

/* KVM runs what the host's processor runs: on x86_64, i686 as well. */
static bool kvm_of_others(const Machine *machine)
{
    const char *native = KVM_NATIVE_ARCH;
    const char *near = !strcmp(native, "x86_64") ? "i686" : native;
    return machine->def->virt == RV_VIRT_KVM && !is_arch(machine->def, native, near, near);
}

/* ---- Memory --------------------------------------------------------------------------------- */

static bool has_guarantee(const Machine *machine)
{
    return machine->def->memtune.min_guarantee;
}

static bool pages_on_demand(const Machine *machine)
{
    const RvMemoryBacking *backing = &machine->def->memory_backing;
    return backing->hugepages && backing->allocation == RV_MEMORY_ALLOCATION_ONDEMAND;
}

static bool pages_are_anonymous(const Machine *machine)
{
    const RvMemoryBacking *backing = &machine->def->memory_backing;
    return backing->hugepages && backing->source == RV_MEMORY_SOURCE_ANONYMOUS;
}

/* ---- Firmware ------------------------------------------------------------------------------- */

static bool has_efi(const RvDomainDef *def)
{
    return def->os.firmware == RV_FIRMWARE_EFI || !g_strcmp0(def->os.loader_type, "pflash");
}

static bool efi_lacks_acpi(const Machine *machine)
{
    return machine->x86 && has_efi(machine->def) && !machine->def->features.acpi;
}

static bool acpi_lacks_efi(const Machine *machine)
{
    return is_arch(machine->def, "aarch64", "aarch64", "aarch64") &&
           machine->def->features.acpi && !has_efi(machine->def);
}

static bool serial_of_others(const Machine *machine)
{
    return machine->def->os.use_serial == RV_TRISTATE_ON && !machine->x86;
}

static bool serial_is_missing(const Machine *machine)
{
    return machine->def->os.use_serial == RV_TRISTATE_ON && !machine->def->serials->len;
}

static bool is_secure(const Machine *machine)
{
    return machine->def->os.loader_secure == RV_TRISTATE_ON;
}

static bool secure_without_q35(const Machine *machine)
{
    return is_secure(machine) && !machine->q35;
}

static bool secure_without_64(const Machine *machine)
{
    return is_secure(machine) && g_strcmp0(machine->def->os.arch, "x86_64");
}

static bool secure_without_smm(const Machine *machine)
{
    const RvSmm *smm = machine->def->features.smm;
    return is_secure(machine) && !machine->def->os.firmware &&
           (!smm || smm->state != RV_TRISTATE_ON);
}

static bool nvram_is_odd(const Machine *machine)
{
    static const char *const good[] = {"file", "block", "network", NULL};
    const char *type = machine->def->os.nvram_type;
    return type && !g_strv_contains(good, type);
}

/* ---- CPU ------------------------------------------------------------------------------------ */

static bool address_of_others(const Machine *machine)
{
    return machine->def->cpu.address && !machine->x86;
}

static bool address_is_double(const Machine *machine)
{
    const RvCpuAddress *address = machine->def->cpu.address;
    return address && !strcmp(address->mode, "passthrough") && address->bits >= 0;
}

static bool address_is_open(const Machine *machine)
{
    const RvCpuAddress *address = machine->def->cpu.address;
    return address && !strcmp(address->mode, "emulate") && address->bits < 0;
}

static bool cache_of_others(const Machine *machine)
{
    return machine->def->cpu.cache && !machine->x86;
}

static bool cache_level_is_odd(const Machine *machine)
{
    const RvCpuCache *cache = machine->def->cpu.cache;
    return cache && (!strcmp(cache->mode, "emulate") ? cache->level != 3 : cache->level != -1);
}

static bool cache_is_not_there(const Machine *machine)
{
    const RvCpuCache *cache = machine->def->cpu.cache;
    RvCpuMode mode = machine->def->cpu.mode;
    return cache && !strcmp(cache->mode, "passthrough") && mode != RV_CPU_HOST_PASSTHROUGH &&
           mode != RV_CPU_MAXIMUM;
}

static bool core_is_broken(const Machine *machine)
{
    unsigned threads = machine->def->cpu.topology.sockets ? machine->def->cpu.topology.threads : 1;
    return machine->pseries && threads && machine->def->vcpus % threads;
}

static bool needs_q35(const Machine *machine)
{
    return machine->x86 && machine->def->max_vcpus > MAX_APIC_CPUS && !machine->q35;
}

static const RvVcpu *each_vcpu(const Machine *machine, unsigned id)
{
    const GPtrArray *list = machine->def->each_vcpu.list;
    return id < list->len ? list->pdata[id] : NULL;
}

static bool first_is_off(const Machine *machine)
{
    const RvVcpu *first = each_vcpu(machine, 0);
    return first && (first->enabled != RV_TRISTATE_ON || first->hotpluggable == RV_TRISTATE_ON ||
                     first->order > 1);
}

static bool order_is_partial(const Machine *machine)
{
    const RvVcpu *first = each_vcpu(machine, 0), *vcpu;
    for (unsigned id = 1; (vcpu = each_vcpu(machine, id)); id++) {
        if (vcpu->enabled == RV_TRISTATE_ON && !vcpu->order != !first->order)
            return true;
    }
    return false;
}

static bool order_is_wrong(const Machine *machine)
{
    const RvVcpu *before = each_vcpu(machine, 0), *vcpu;
    for (unsigned id = 1; (vcpu = each_vcpu(machine, id)); id++, before = vcpu) {
        if (vcpu->hotpluggable == RV_TRISTATE_OFF &&
            (before->hotpluggable == RV_TRISTATE_ON || before->order > vcpu->order))
            return true;
    }
    return false;
}

static bool resctrl_without_kvm(const Machine *machine)
{
    const RvCputune *tune = &machine->def->cputune;
    return machine->def->virt != RV_VIRT_KVM && (tune->caches->len || tune->memories->len);
}

/* ---- Clock ---------------------------------------------------------------------------------- */

static bool start_is_late(const Machine *machine)
{
    return machine->def->clock.offset == RV_CLOCK_ABSOLUTE &&
           machine->def->clock.start > LAST_TIMESTAMP;
}

static bool has_platform_timer(const Machine *machine)
{
    return rv_clock_find_timer(&machine->def->clock, RV_TIMER_PLATFORM);
}

static bool timer_of_x86(const Machine *machine)
{
    static const RvTimerName names[] = {RV_TIMER_TSC, RV_TIMER_KVMCLOCK, RV_TIMER_HYPERVCLOCK};
    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
        const RvGuestTimer *timer = rv_clock_find_timer(&machine->def->clock, names[i]);
        if (timer && !machine->x86 && timer->present == RV_TRISTATE_ON)
            return true;
    }
    return false;
}

static bool hpet_is_wanted(const Machine *machine)
{
    const RvGuestTimer *timer = rv_clock_find_timer(&machine->def->clock, RV_TIMER_HPET);
    return timer && timer->present == RV_TRISTATE_ON && !machine->x86;
}

static bool rtc_is_odd(const Machine *machine)
{
    const RvGuestTimer *timer = rv_clock_find_timer(&machine->def->clock, RV_TIMER_RTC);
    return timer && (timer->track == RV_TRACK_BOOT || timer->tick_policy == RV_TICK_MERGE ||
                     timer->tick_policy == RV_TICK_DISCARD);
}

static bool pit_merges(const Machine *machine)
{
    const RvGuestTimer *timer = rv_clock_find_timer(&machine->def->clock, RV_TIMER_PIT);
    return timer && timer->tick_policy == RV_TICK_MERGE;
}

static bool armvtimer_is_odd(const Machine *machine)
{
    const RvGuestTimer *timer = rv_clock_find_timer(&machine->def->clock, RV_TIMER_ARMVTIMER);
    return timer && (machine->def->virt != RV_VIRT_KVM || !machine->arm_virt ||
                     timer->present == RV_TRISTATE_OFF || timer->tick_policy == RV_TICK_MERGE ||
                     timer->tick_policy == RV_TICK_CATCHUP);
}

/* ---- Features ------------------------------------------------------------------------------- */

static bool ioapic_of_others(const Machine *machine)
{
    return machine->def->features.ioapic && !machine->x86;
}

static bool pseries_of_others(const Machine *machine)
{
    const RvFeatures *features = &machine->def->features;
    bool any = features->hpt_resizing || features->hpt_page_kib || features->htm ||
               features->nested_hv || features->ccf_assist || features->cfpc || features->sbbc ||
               features->ibs;
    return any && !machine->pseries;
}

static bool gic_of_others(const Machine *machine)
{
    return machine->def->features.gic && !machine->arm_virt;
}

static bool vmport_of_others(const Machine *machine)
{
    return machine->def->features.vmport && !machine->x86;
}

static bool eoi_of_others(const Machine *machine)
{
    const RvApic *apic = machine->def->features.apic;
    return apic && apic->eoi && !machine->x86;
}

static bool spinlock_of_others(const Machine *machine)
{
    return machine->def->features.pvspinlock && !machine->x86;
}

static bool hyperv_of_others(const Machine *machine)
{
    return machine->def->features.hyperv && !machine->x86 && !machine->arm_virt;
}

static bool pmu_cannot_go(const Machine *machine)
{
    return machine->def->features.pmu == RV_TRISTATE_OFF &&
           is_arch(machine->def, "ppc64", "ppc64le", "ppc64le");
}

static bool tcg_of_kvm(const Machine *machine)
{
    return machine->def->features.tcg_cache_kib && machine->def->virt != RV_VIRT_QEMU;
}

static bool tcg_is_broken(const Machine *machine)
{
    return machine->def->features.tcg_cache_kib % 1024;
}

static const RvSmm *protected_memory(const Machine *machine)
{
    const RvSmm *smm = machine->def->features.smm;
    return smm && smm->state == RV_TRISTATE_ON && smm->tseg ? smm : NULL;
}

static bool tseg_of_others(const Machine *machine)
{
    return protected_memory(machine) && !machine->q35;
}

static bool tseg_is_broken(const Machine *machine)
{
    const RvSmm *smm = protected_memory(machine);
    return smm && machine->q35 && smm->tseg % (1 << 20);
}

/* ---- All of it ------------------------------------------------------------------------------ */

static const struct {
    bool (*is_wrong)(const Machine *machine);
    const char *path, *message;
    int code; /* 0: RV_ERR_CONFIG_UNSUPPORTED */
} rules[] = {
    {kvm_of_others, "@type",
     "the host's processor runs no guests of this architecture: type 'qemu' emulates them"},
    {has_guarantee, "memtune/min_guarantee", "QEMU guarantees no memory"},
    {pages_on_demand, "memoryBacking/allocation/@mode", "huge pages cannot be taken on demand"},
    {pages_are_anonymous, "memoryBacking/source/@type", "huge pages are not anonymous memory"},
    {efi_lacks_acpi, "features", "UEFI needs <acpi/> on this architecture"},
    {acpi_lacks_efi, "features/acpi", "ACPI needs UEFI on this architecture"},
    {serial_of_others, "os/bios/@useserial", "only a PC's firmware writes to a serial port"},
    {serial_is_missing, "os/bios/@useserial", "there is no serial port", RV_ERR_XML},
    {secure_without_q35, "os/loader/@secure", "secure boot needs a machine of type q35"},
    {secure_without_64, "os/loader/@secure", "secure boot needs architecture x86_64"},
    {secure_without_smm, "os/loader/@secure", "secure boot needs the feature <smm state='on'/>"},
    {nvram_is_odd, "os/nvram/@type", "it can be a file, a block device or on the network"},
    {address_of_others, "cpu/maxphysaddr", "only x86 has it"},
    {address_is_double, "cpu/maxphysaddr/@bits", "mode 'passthrough' has no bits"},
    {address_is_open, "cpu/maxphysaddr", "mode 'emulate' needs bits"},
    {cache_of_others, "cpu/cache", "only x86 has it"},
    {cache_level_is_odd, "cpu/cache/@level", "mode 'emulate' is for level 3, others have none"},
    {cache_is_not_there, "cpu/cache/@mode",
     "'passthrough' needs a CPU of mode 'host-passthrough' or 'maximum'"},
    {core_is_broken, "vcpu/@current", "it must be whole cores on this machine"},
    {needs_q35, "vcpu", "more than 255 virtual CPUs need a machine of type q35"},
    {first_is_off, "vcpus", "virtual CPU 0 must be there first, and always"},
    {order_is_partial, "vcpus", "either all virtual CPUs have an order, or none"},
    {order_is_wrong, "vcpus", "those that cannot be unplugged come first, in ascending order"},
    {resctrl_without_kvm, "cputune", "parts of caches and bandwidth are for type 'kvm' only"},
    {start_is_late, "clock/@start", "it is after the year 9999"},
    {has_platform_timer, "clock/timer", "there is no platform timer"},
    {timer_of_x86, "clock/timer", "tsc, kvmclock and hypervclock are of x86"},
    {hpet_is_wanted, "clock/timer", "there is no hpet on this architecture"},
    {rtc_is_odd, "clock/timer",
     "the rtc follows guest, wall or realtime; its missed ticks are delayed or caught up"},
    {pit_merges, "clock/timer", "the pit cannot merge ticks"},
    {armvtimer_is_odd, "clock/timer",
     "the armvtimer is of KVM's ARM machines, is always there, and neither merges nor catches up"},
    {ioapic_of_others, "features/ioapic", "only x86 has it"},
    {pseries_of_others, "features", "hpt, htm and their like are of pseries machines only"},
    {gic_of_others, "features/gic", "only ARM's machine virt has it"},
    {vmport_of_others, "features/vmport", "only x86 has it"},
    {eoi_of_others, "features/apic/@eoi", "only x86 has it"},
    {spinlock_of_others, "features/pvspinlock", "only x86 has it"},
    {hyperv_of_others, "features/hyperv", "only x86 and ARM's machine virt have it"},
    {tseg_of_others, "features/smm/tseg", "only machines of type q35 have it"},
    {tseg_is_broken, "features/smm/tseg", "it must be whole MiB"},
    {pmu_cannot_go, "features/pmu", "it is always there on this architecture"},
    {tcg_of_kvm, "features/tcg", "it is for type 'qemu' only"},
    {tcg_is_broken, "features/tcg/tb-cache", "it must be whole MiB"},
};

void kvm_check_machine(const RvDomainDef *def, RvDiagnostics *diagnostics)
{
    const Machine machine = machine_of(def);
    for (unsigned i = 0; i < G_N_ELEMENTS(rules); i++) {
        if (!rules[i].is_wrong(&machine))
            continue;
        g_autofree char *path = g_strdup_printf("domain/%s", rules[i].path);
        rv_diagnostics_add(diagnostics, RV_DIAGNOSTIC_ERROR,
                           rules[i].code ? rules[i].code : RV_ERR_CONFIG_UNSUPPORTED, 0, 0, path,
                           NULL, "%s", rules[i].message);
    }
}
