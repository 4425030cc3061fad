/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/xen/config.h"

#include <string.h>

#include "base/error.h"
#include "drivers/xen/config-chardev.h"
#include "drivers/xen/config-cpu.h"
#include "drivers/xen/config-device.h"
#include "drivers/xen/config-hostdev.h"
#include "drivers/xen/config-screen.h"

/* libxl wants sizes that are whole mebibytes. */
static json_int_t round_mib(uint64_t kib)
{
    return (json_int_t)((kib + 1023) / 1024 * 1024);
}

static bool is_hvm(const RvDomainDef *def)
{
    return def->os.type == RV_OS_HVM;
}

static const char *type_name(const RvDomainDef *def)
{
    return is_hvm(def) ? "hvm" : def->os.type == RV_OS_XENPVH ? "pvh" : "pv";
}

/* ---- The machine ---------------------------------------------------------------------------- */

static const char *passthrough_name(const RvXenFeatures *xen)
{
    if (!xen || xen->passthrough == RV_TRISTATE_ABSENT)
        return NULL;
    if (xen->passthrough == RV_TRISTATE_OFF)
        return "disabled";
    return xen->passthrough_mode ? xen->passthrough_mode : "enabled";
}

static json_t *make_identity(const RvDomainDef *def)
{
    char uuid[RV_UUID_STRING_LEN + 1];
    rv_uuid_format(&def->uuid, uuid);
    json_t *identity =
        json_pack("{s:s,s:s,s:s}", "type", type_name(def), "name", def->name, "uuid", uuid);
    if (def->features.hap != RV_TRISTATE_ABSENT && strcmp(type_name(def), "pv") != 0)
        xen_config_set_bool(identity, "hap", def->features.hap == RV_TRISTATE_ON);
    xen_config_set_text(identity, "passthrough", passthrough_name(def->features.xen));
    return identity;
}

static void set_vcpus(json_t *build, const RvDomainDef *def)
{
    json_t *list = json_array();
    for (unsigned i = 0; i < def->vcpus; i++)
        json_array_append_new(list, json_integer(i));
    json_object_set_new(build, "max_vcpus", json_integer(def->max_vcpus));
    json_object_set_new(build, "avail_vcpus", list);
}

static bool set_clock(json_t *build, const RvDomainDef *def, GError **error)
{
    switch (def->clock.offset) {
    case RV_CLOCK_UTC:
        return true;
    case RV_CLOCK_LOCALTIME:
        xen_config_set_bool(build, "localtime", true);
        return true;
    case RV_CLOCK_VARIABLE:
        if (def->clock.basis == RV_CLOCK_BASIS_LOCALTIME)
            xen_config_set_bool(build, "localtime", true);
        if (def->clock.adjustment != 0 && def->clock.adjustment != RV_CLOCK_RESET)
            json_object_set_new(build, "rtc_timeoffset", /* modulo 2^32, as libxl has it */
                                json_integer((uint32_t)def->clock.adjustment));
        return true;
    default:
        rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED,
                     "Xen's guests have no clock with offset '%s': use utc, localtime or variable",
                     rv_clock_offset_to_string(def->clock.offset));
        return false;
    }
}

static void set_timers(json_t *build, const RvDomainDef *def)
{
    static const char *const tsc_modes[RV_TIMER_MODE_LAST] = {
        [RV_TIMER_MODE_NATIVE] = "native",
        [RV_TIMER_MODE_PARAVIRT] = "native_paravirt",
        [RV_TIMER_MODE_EMULATE] = "always_emulate",
    };
    for (guint i = 0; i < def->clock.timers->len; i++) {
        const RvGuestTimer *timer = def->clock.timers->pdata[i];
        if (timer->name == RV_TIMER_TSC)
            xen_config_set_text(build, "tsc_mode", tsc_modes[timer->mode]);
        else if (timer->name == RV_TIMER_HPET && timer->present != RV_TRISTATE_ABSENT)
            xen_config_set_bool(json_object_get(build, "type.hvm"), "hpet",
                                timer->present == RV_TRISTATE_ON);
    }
}

static void set_limits(json_t *build, const RvDomainDef *def)
{
    for (guint i = 0; i < def->controllers->len; i++) {
        const RvController *controller = def->controllers->pdata[i];
        if (controller->type != RV_CONTROLLER_XENBUS)
            continue;
        if (controller->max_event_channels > 0)
            json_object_set_new(build, "event_channels",
                                json_integer(controller->max_event_channels));
        if (controller->max_grant_frames > 0)
            json_object_set_new(build, "max_grant_frames",
                                json_integer(controller->max_grant_frames));
    }
}

/* A vCPU's own pins, else those of all; NULL: neither. */
static const char *find_pin(const RvDomainDef *def, unsigned vcpu)
{
    for (guint i = 0; i < def->cputune.vcpu_pins->len; i++) {
        const RvPin *pin = def->cputune.vcpu_pins->pdata[i];
        if (pin->thread == vcpu)
            return pin->cpuset;
    }
    return def->cpuset;
}

/* Rows up to the last vCPU that is pinned; those between are pinned to all there are. */
static void set_affinity(json_t *build, const RvDomainDef *def)
{
    unsigned n = 0;
    g_autofree char *all = g_strdup_printf("0-%d", XEN_MOST_CPUS - 1);
    for (unsigned i = 0; i < def->max_vcpus; i++)
        if (find_pin(def, i))
            n = i + 1;
    if (n == 0)
        return;
    json_t *rows = json_array();
    for (unsigned i = 0; i < n; i++) {
        const char *pin = find_pin(def, i);
        json_array_append_new(rows, xen_config_cpu_list(pin ? pin : all));
    }
    json_object_set_new(build, "vcpu_hard_affinity", rows);
    xen_config_set_bool(build, "numa_placement", false);
}

/* ---- HVM ------------------------------------------------------------------------------------ */

static void set_usb_inputs(json_t *hvm, const RvDomainDef *def)
{
    json_t *list = json_array();
    for (guint i = 0; i < def->inputs->len; i++) {
        const RvInput *input = def->inputs->pdata[i];
        if (g_strcmp0(input->bus, "usb") == 0)
            json_array_append_new(list, json_string(rv_input_type_to_string(input->type)));
    }
    if (json_array_size(list) > 0)
        json_object_set(hvm, "usbdevice_list", list);
    json_decref(list);
}

/* libxl knows itself where hvmloader is, which a definition from another host may not. */
static void set_firmware(json_t *hvm, const RvDomainDef *def)
{
    const char *path = def->os.loader;
    bool efi = def->os.firmware == RV_FIRMWARE_EFI || g_strcmp0(def->os.loader_type, "pflash") == 0;
    if (efi) {
        xen_config_set_text(hvm, "bios", "ovmf");
        xen_config_set_text(hvm, "system_firmware", path);
    } else if (path && !g_str_has_suffix(path, "/hvmloader")) {
        xen_config_set_text(hvm, "firmware", path);
    }
}

static bool set_hvm(json_t *build, const RvDomainDef *def, GError **error)
{
    g_autofree char *order = xen_config_boot_order(def), *sound = xen_config_sound(def);
    json_t *hvm = json_object();
    json_object_set_new(build, "type.hvm", hvm);
    xen_config_set_bool(hvm, "pae", def->features.pae);
    xen_config_set_bool(build, "apic", def->features.apic != NULL);
    xen_config_set_bool(build, "acpi", def->features.acpi);
    if (def->features.viridian)
        xen_config_set_bool(hvm, "viridian", true);
    xen_config_set_text(hvm, "boot", order);
    set_firmware(hvm, def);
    if (def->os.acpi_tables->len > 0)
        xen_config_set_text(hvm, "acpi_firmware",
                   ((const RvAcpiTable *)def->os.acpi_tables->pdata[0])->path);
    set_usb_inputs(hvm, def);
    xen_config_set_text(hvm, "soundhw", sound);
    return xen_config_set_serials(hvm, def, error) &&
           xen_config_set_screen(build, hvm, def, error);
}

/* ---- PV and PVH ----------------------------------------------------------------------------- */

static void set_loader(json_t *build, const RvDomainDef *def)
{
    /* As all of Xen's toolstacks did: a guest that says nothing is booted from its own disk. */
    bool usual = !def->bootloader && !def->os.kernel && def->os.type != RV_OS_XENPVH;
    xen_config_set_text(build, "bootloader", usual ? "pygrub" : def->bootloader);
    if (!def->bootloader_args)
        return;
    g_auto(GStrv) parts = g_strsplit_set(def->bootloader_args, " \t\n", 0);
    json_t *list = json_array();
    for (unsigned i = 0; parts[i]; i++)
        if (*parts[i])
            json_array_append_new(list, json_string(parts[i]));
    json_object_set_new(build, "bootloader_args", list);
}

static void set_paravirtual(json_t *build, const RvDomainDef *def)
{
    bool pvh = def->os.type == RV_OS_XENPVH;
    const RvXenFeatures *xen = def->features.xen;
    json_t *own = json_object();
    json_object_set_new(build, pvh ? "type.pvh" : "type.pv", own);
    set_loader(build, def);
    if (pvh && def->features.acpi)
        xen_config_set_bool(build, "acpi", true);
    if (!pvh && xen && xen->e820_host != RV_TRISTATE_ABSENT)
        xen_config_set_bool(own, "e820_host", xen->e820_host == RV_TRISTATE_ON);
}

/* ---- All of it ------------------------------------------------------------------------------ */

static void set_arguments(json_t *build, const RvDomainDef *def)
{
    if (!def->xen_commandline)
        return;
    const GPtrArray *arguments = def->xen_commandline->arguments;
    json_t *list = json_array();
    for (guint i = 0; i < arguments->len; i++) {
        const RvXenArgument *argument = arguments->pdata[i];
        json_array_append_new(list, json_string(argument->value));
    }
    json_object_set_new(build, "extra", list);
}

static bool set_build(json_t *build, const RvDomainDef *def, GError **error)
{
    set_vcpus(build, def);
    json_object_set_new(build, "max_memkb", json_integer(round_mib(def->max_memory_kib)));
    json_object_set_new(build, "target_memkb", json_integer(round_mib(def->memory_kib)));
    xen_config_set_text(build, "kernel", def->os.kernel);
    xen_config_set_text(build, "ramdisk", def->os.initrd);
    xen_config_set_text(build, "cmdline", def->os.cmdline);
    if (def->cputune.shares >= 0)
        json_object_set_new(build, "sched_params",
                            json_pack("{s:I}", "weight", (json_int_t)def->cputune.shares));
    set_affinity(build, def);
    xen_config_set_cpu(build, def);
    xen_config_set_nodes(build, def);
    set_limits(build, def);
    if (def->emulator) {
        xen_config_set_text(build, "device_model_version", "qemu_xen");
        xen_config_set_text(build, "device_model", def->emulator);
    }
    set_arguments(build, def);
    if (!set_clock(build, def, error))
        return false;
    if (is_hvm(def)) {
        bool ok = set_hvm(build, def, error);
        set_timers(build, def);
        return ok;
    }
    set_timers(build, def);
    set_paravirtual(build, def);
    return true;
}

static void set_actions(json_t *config, const RvDomainDef *def)
{
    static const char *const names[RV_LIFECYCLE_LAST] = {
        [RV_LIFECYCLE_RESTART] = "restart",
        [RV_LIFECYCLE_RENAME_RESTART] = "restart_rename",
        [RV_LIFECYCLE_PRESERVE] = "preserve",
        [RV_LIFECYCLE_COREDUMP_DESTROY] = "coredump_destroy",
        [RV_LIFECYCLE_COREDUMP_RESTART] = "coredump_restart",
    };
    xen_config_set_text(config, "on_poweroff", names[def->on_poweroff]);
    xen_config_set_text(config, "on_reboot", names[def->on_reboot]);
    xen_config_set_text(config, "on_crash", names[def->on_crash]);
}

static bool set_disks(json_t *config, const RvDomainDef *def, GError **error)
{
    json_t *list = json_array();
    json_object_set_new(config, "disks", list);
    for (guint i = 0; i < def->disks->len; i++) {
        json_t *disk = xen_config_disk(def->disks->pdata[i], error);
        if (!disk)
            return false;
        json_array_append_new(list, disk);
    }
    return true;
}

static bool set_interfaces(json_t *config, const RvDomainDef *def, GError **error)
{
    json_t *list = json_array();
    json_object_set_new(config, "nics", list);
    for (guint i = 0; i < def->interfaces->len; i++) {
        json_t *nic = xen_config_interface(def, def->interfaces->pdata[i], (int)i, error);
        if (!nic)
            return false;
        json_array_append_new(list, nic);
    }
    return true;
}

json_t *xen_config_new(const RvDomainDef *def, GError **error)
{
    json_t *build = json_object();
    json_t *config = json_pack("{s:o,s:o}", "c_info", make_identity(def), "b_info", build);
    xen_config_set_framebuffers(config, def);
    set_actions(config, def);
    if (set_build(build, def, error) && set_disks(config, def, error) &&
        set_interfaces(config, def, error) && xen_config_set_hostdevs(config, def, error) &&
        xen_config_set_channels(config, def, error))
        return config;
    json_decref(config);
    return NULL;
}
