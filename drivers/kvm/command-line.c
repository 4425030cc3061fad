/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/command-line.h"

#include <string.h>

#include "base/error.h"
#include "drivers/x86-feature.h"

static void append_switch(GString *text, const char *name, RvTristate state)
{
    if (state)
        g_string_append_printf(text, ",%s=%s", name, rv_tristate_switch_to_string(state));
}

static void add_machine(KvmLine *line)
{
    const RvDomainDef *def = line->def;
    g_autofree char *name = kvm_line_escape(def->name);
    kvm_line_add(line, "-name", "guest=%s,debug-threads=on", name);
    kvm_line_add(line, "-S", NULL);
    g_autoptr(GString) machine = g_string_new(def->os.machine);
    g_string_append_printf(machine, ",usb=off,dump-guest-core=off,memory-backend=pc.ram%s",
                           def->features.acpi ? "" : ",acpi=off");
    const RvGuestTimer *hpet = rv_clock_find_timer(&def->clock, RV_TIMER_HPET);
    append_switch(machine, "hpet", hpet ? hpet->present : RV_TRISTATE_ABSENT);
    append_switch(machine, "vmport", def->features.vmport);
    kvm_line_add(line, "-machine", "%s", machine->str);
    kvm_line_add(line, "-accel", def->virt == RV_VIRT_KVM ? "kvm" : "tcg");
}

static void add_cpu(KvmLine *line)
{
    const RvDomainDef *def = line->def;
    g_autoptr(GString) cpu = g_string_new(NULL);
    if (def->cpu.mode == RV_CPU_HOST_PASSTHROUGH)
        g_string_append(cpu, "host");
    else if (def->cpu.mode == RV_CPU_MAXIMUM)
        g_string_append(cpu, "max");
    else
        g_string_append(cpu, def->cpu.model);
    append_switch(cpu, "migratable", def->cpu.migratable);
    const RvGuestTimer *clock = rv_clock_find_timer(&def->clock, RV_TIMER_KVMCLOCK);
    append_switch(cpu, "kvmclock", clock ? clock->present : RV_TRISTATE_ABSENT);
    for (guint i = 0; i < def->cpu.features->len; i++) {
        const RvCpuFeature *feature = g_ptr_array_index(def->cpu.features, i);
        bool off = g_strcmp0(feature->policy, "disable") == 0 ||
                   g_strcmp0(feature->policy, "forbid") == 0;
        g_autofree char *name = kvm_line_escape(rv_x86_feature_to_qemu(feature->name));
        g_string_append_printf(cpu, ",%s=%s", name, off ? "off" : "on");
    }
    kvm_line_add(line, "-cpu", "%s", cpu->str);
}

static void add_memory(KvmLine *line)
{
    /* In whole MiB, as libvirt. */
    uint64_t mib = (line->def->max_memory_kib + 1023) / 1024;
    kvm_line_add(line, "-m", "%" G_GUINT64_FORMAT, mib);
    kvm_line_add_json(line, "-object",
                      json_pack("{s:s, s:s, s:I}", "qom-type", "memory-backend-ram", "id",
                                "pc.ram", "size", (json_int_t)(mib * 1024 * 1024)));
}

static void add_smp(KvmLine *line)
{
    const RvDomainDef *def = line->def;
    RvCpuTopology topology = def->cpu.topology;
    if (!topology.sockets)
        topology = (RvCpuTopology){def->max_vcpus, 0, 1, 1};
    g_autoptr(GString) smp = g_string_new(NULL);
    g_string_append_printf(smp, "%u", def->vcpus);
    if (def->vcpus < def->max_vcpus)
        g_string_append_printf(smp, ",maxcpus=%u", def->max_vcpus);
    g_string_append_printf(smp, ",sockets=%u", topology.sockets);
    if (topology.dies)
        g_string_append_printf(smp, ",dies=%u", topology.dies);
    g_string_append_printf(smp, ",cores=%u,threads=%u", topology.cores, topology.threads);
    kvm_line_add(line, "-smp", "%s", smp->str);
}

static void add_monitor(KvmLine *line)
{
    if (line->launch->monitor_fd < 0)
        return;
    kvm_line_add(line, "-chardev", "socket,id=charmonitor,fd=%d,server=on,wait=off",
                 line->launch->monitor_fd);
    kvm_line_add(line, "-mon", "chardev=charmonitor,id=monitor,mode=control");
}

static void add_clock(KvmLine *line)
{
    const RvDomainDef *def = line->def;
    const RvGuestTimer *rtc = rv_clock_find_timer(&def->clock, RV_TIMER_RTC);
    const char *slew = rtc && rtc->tick_policy == RV_TICK_CATCHUP ? ",driftfix=slew" : "";
    if (def->clock.offset == RV_CLOCK_LOCALTIME || def->clock.offset == RV_CLOCK_TIMEZONE) {
        kvm_line_add(line, "-rtc", "base=localtime%s", slew); /* the zone is in TZ */
    } else if (def->clock.offset == RV_CLOCK_VARIABLE) {
        g_autoptr(GDateTime) now = g_date_time_new_now_utc();
        g_autoptr(GDateTime) then = g_date_time_add_seconds(now, (double)def->clock.adjustment);
        g_autofree char *text = then ? g_date_time_format(then, "%Y-%m-%dT%H:%M:%S") : NULL;
        kvm_line_add(line, "-rtc", "base=%s%s", text ? text : "utc", slew);
    } else {
        kvm_line_add(line, "-rtc", "base=utc%s", slew);
    }
    const RvGuestTimer *pit = rv_clock_find_timer(&def->clock, RV_TIMER_PIT);
    if (pit && pit->tick_policy != RV_TICK_CATCHUP) /* which is what KVM does by itself */
        kvm_line_add(line, "-global", "kvm-pit.lost_tick_policy=%s",
                     pit->tick_policy == RV_TICK_DISCARD ? "discard" : "delay");
}

/* What the guest may sleep in. */
static void add_suspend(KvmLine *line)
{
    const char *chip = kvm_machine_has_pcie(line->family) ? "ICH9-LPC" : "PIIX4_PM";
    const struct {
        const char *property;
        RvTristate allowed;
    } rows[] = {
        {"disable_s3", line->def->suspend.to_mem},
        {"disable_s4", line->def->suspend.to_disk},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (rows[i].allowed)
            kvm_line_add(line, "-global", "%s.%s=%d", chip, rows[i].property,
                         rows[i].allowed == RV_TRISTATE_OFF);
    }
}

/* What happens without us, also while no daemon runs: a guest that powers off ends, or waits for us
 * to boot it again. */
static void add_actions(KvmLine *line)
{
    const RvDomainDef *def = line->def;
    if (def->on_poweroff == RV_LIFECYCLE_RESTART)
        kvm_line_add(line, "-action", "shutdown=pause");
    if (def->on_reboot == RV_LIFECYCLE_DESTROY)
        kvm_line_add(line, "-action", "reboot=shutdown");
    if (def->on_crash != RV_LIFECYCLE_DESTROY)
        kvm_line_add(line, "-action", "panic=pause");
}

static void add_boot(KvmLine *line)
{
    const RvDomainDef *def = line->def;
    kvm_line_add(line, "-boot", "%s%sstrict=on",
                 def->os.boot_menu ? "menu=" : "",
                 !def->os.boot_menu                       ? ""
                 : def->os.boot_menu == RV_TRISTATE_ON    ? "on,"
                                                          : "off,");
    const char *kernel = line->launch->kernel ? line->launch->kernel : def->os.kernel;
    const char *initrd = line->launch->initrd ? line->launch->initrd : def->os.initrd;
    if (kernel)
        kvm_line_add(line, "-kernel", "%s", kernel);
    if (initrd) {
        g_autofree char *escaped = kvm_line_escape(initrd); /* several may be separated by commas */
        kvm_line_add(line, "-initrd", "%s", escaped);
    }
    if (def->os.cmdline)
        kvm_line_add(line, "-append", "%s", def->os.cmdline);
}

GPtrArray *kvm_command_line(const RvDomainDef *def, const KvmLaunch *launch, GError **error)
{
    char uuid[RV_UUID_STRING_LEN + 1];
    rv_uuid_format(&def->uuid, uuid);
    g_autoptr(GPtrArray) args = g_ptr_array_new_with_free_func(g_free);
    KvmLine line = {
        .def = def,
        .launch = launch,
        .family = kvm_machine_family(def->os.arch, def->os.machine),
        .args = args,
    };
    if (!line.family->starts) {
        rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED, "machines of type '%s' are not supported",
                     def->os.machine);
        return NULL;
    }
    add_machine(&line);
    add_cpu(&line);
    add_memory(&line);
    add_smp(&line);
    kvm_line_add(&line, "-uuid", "%s", uuid);
    kvm_line_add(&line, "-display", "none");
    kvm_line_add(&line, "-no-user-config", NULL);
    kvm_line_add(&line, "-nodefaults", NULL);
    add_monitor(&line);
    add_clock(&line);
    add_suspend(&line);
    add_actions(&line);
    add_boot(&line);
    kvm_line_add_controllers(&line);
    kvm_line_add_disks(&line);
    kvm_line_add_other_devices(&line);
    kvm_line_add(&line, "-sandbox",
                 "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny");
    kvm_line_add(&line, "-msg", "timestamp=on");
    return g_steal_pointer(&args);
}
