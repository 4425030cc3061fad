/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/xen/config.h"

#include <string.h>

#include "base/error.h"
#include "drivers/xen/config-cpu.h"
#include "drivers/xen/config-device.h"

/* libxl wants sizes that are whole mebibytes. */
static json_int_t round_mib(uint64_t kib)
{
    return (json_int_t)((kib + 1023) / 1024 * 1024);
}

static void set_string(json_t *object, const char *name, const char *value)
{
    if (value)
        json_object_set_new(object, name, json_string(value));
}

/* libxl's defbool: a text, so that there is a third value. */
static void set_bool(json_t *object, const char *name, bool value)
{
    json_object_set_new(object, name, json_string(value ? "True" : "False"));
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
        set_bool(identity, "hap", def->features.hap == RV_TRISTATE_ON);
    set_string(identity, "passthrough", passthrough_name(def->features.xen));
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
        set_bool(build, "localtime", true);
        return true;
    case RV_CLOCK_VARIABLE:
        if (def->clock.basis == RV_CLOCK_BASIS_LOCALTIME)
            set_bool(build, "localtime", true);
        if (def->clock.adjustment)
            json_object_set_new(build, "rtc_timeoffset",
                                json_integer((json_int_t)def->clock.adjustment));
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
            set_string(build, "tsc_mode", tsc_modes[timer->mode]);
        else if (timer->name == RV_TIMER_HPET && timer->present == RV_TRISTATE_ON)
            set_bool(json_object_get(build, "type.hvm"), "hpet", true);
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
    set_bool(build, "numa_placement", false);
}

/* ---- Screens -------------------------------------------------------------------------------- */

static json_t *make_vnc(const RvGraphics *graphics)
{
    json_t *vnc = json_object();
    bool wanted = graphics->type == RV_GRAPHICS_VNC;
    set_bool(vnc, "enable", wanted);
    if (!wanted)
        return vnc;
    set_string(vnc, "listen", graphics->listen ? graphics->listen : "127.0.0.1");
    set_string(vnc, "passwd", graphics->password);
    set_bool(vnc, "findunused", false);
    if (graphics->port > XEN_VNC_PORT)
        json_object_set_new(vnc, "display", json_integer(graphics->port - XEN_VNC_PORT));
    return vnc;
}

static json_t *make_sdl(const RvGraphics *graphics)
{
    json_t *sdl = json_object();
    set_bool(sdl, "enable", graphics->type == RV_GRAPHICS_SDL);
    return sdl;
}

static void set_screens(json_t *config, const RvDomainDef *def)
{
    if (def->graphics->len == 0)
        return;
    json_t *framebuffers = json_array(), *keyboards = json_array();
    for (guint i = 0; i < def->graphics->len; i++) {
        const RvGraphics *graphics = def->graphics->pdata[i];
        json_t *framebuffer = json_pack("{s:i,s:o,s:o}", "devid", -1, "vnc", make_vnc(graphics),
                                        "sdl", make_sdl(graphics));
        set_string(framebuffer, "keymap", graphics->keymap);
        json_array_append_new(framebuffers, framebuffer);
        json_array_append_new(keyboards, json_pack("{s:i}", "devid", -1));
    }
    json_object_set_new(config, "vfbs", framebuffers);
    json_object_set_new(config, "vkbs", keyboards);
}

/* The least memory of each model, in KiB; libvirt fills in as much where nothing is said. */
static const struct {
    const char *model, *kind;
    unsigned least;
} video_models[] = {
    {"vga", "std", 16 * 1024},
    {"xen", "std", 16 * 1024},
    {"cirrus", "cirrus", 8 * 1024},
    {"qxl", "qxl", 128 * 1024},
};

static bool set_video(json_t *build, json_t *hvm, const RvDomainDef *def, GError **error)
{
    if (def->videos->len == 0) {
        set_bool(hvm, "nographic", true);
        json_object_set_new(hvm, "vga", json_pack("{s:s}", "kind", "none"));
        return true;
    }
    const RvVideo *video = def->videos->pdata[0];
    for (size_t i = 0; i < G_N_ELEMENTS(video_models); i++) {
        if (g_strcmp0(video->model, video_models[i].model) != 0)
            continue;
        if (video->vram < video_models[i].least) {
            rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED,
                         "video '%s' needs at least %u KiB of memory (vram), not %u", video->model,
                         video_models[i].least, video->vram);
            return false;
        }
        json_object_set_new(hvm, "vga", json_pack("{s:s}", "kind", video_models[i].kind));
        json_object_set_new(build, "video_memkb", json_integer(video->vram));
        return true;
    }
    rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED,
                 "video '%s' is not known to Xen's device model: use vga, cirrus or qxl",
                 video->model);
    return false;
}

/* ---- HVM ------------------------------------------------------------------------------------ */

static bool set_serials(json_t *hvm, const RvDomainDef *def, GError **error)
{
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < def->serials->len; i++) {
        char *text = xen_config_chardev(def->serials->pdata[i], error);
        if (!text)
            return false;
        g_ptr_array_add(texts, text);
    }
    if (texts->len == 1)
        set_string(hvm, "serial", texts->pdata[0]);
    if (texts->len < 2)
        return true;
    json_t *list = json_array();
    for (guint i = 0; i < texts->len; i++)
        json_array_append_new(list, json_string(texts->pdata[i]));
    json_object_set_new(hvm, "serial_list", list);
    return true;
}

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

static bool set_hvm(json_t *build, const RvDomainDef *def, GError **error)
{
    g_autofree char *order = xen_config_boot_order(def);
    json_t *hvm = json_object();
    json_object_set_new(build, "type.hvm", hvm);
    set_bool(hvm, "pae", def->features.pae);
    set_bool(build, "apic", def->features.apic != NULL);
    set_bool(build, "acpi", def->features.acpi);
    set_string(hvm, "boot", order);
    if (g_strcmp0(def->os.loader_type, "pflash") == 0)
        set_string(hvm, "bios", "ovmf");
    if (def->os.acpi_tables->len > 0)
        set_string(hvm, "acpi_firmware",
                   ((const RvAcpiTable *)def->os.acpi_tables->pdata[0])->path);
    if (def->emulator) {
        set_string(build, "device_model_version", "qemu_xen");
        set_string(build, "device_model", def->emulator);
    }
    set_usb_inputs(hvm, def);
    const RvGraphics *screen = def->graphics->len > 0 ? def->graphics->pdata[0] : NULL;
    const RvGraphics none = {.type = RV_GRAPHICS_LAST};
    json_object_set_new(hvm, "vnc", make_vnc(screen ? screen : &none));
    json_object_set_new(hvm, "sdl", make_sdl(screen ? screen : &none));
    return set_serials(hvm, def, error) && set_video(build, hvm, def, error);
}

/* ---- PV and PVH ----------------------------------------------------------------------------- */

static void set_loader(json_t *build, const RvDomainDef *def)
{
    /* As all of Xen's toolstacks did: a guest that says nothing is booted from its own disk. */
    bool usual = !def->bootloader && !def->os.kernel && def->os.type != RV_OS_XENPVH;
    set_string(build, "bootloader", usual ? "pygrub" : def->bootloader);
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
    if (!pvh && xen && xen->e820_host != RV_TRISTATE_ABSENT)
        set_bool(own, "e820_host", xen->e820_host == RV_TRISTATE_ON);
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
    set_string(build, "kernel", def->os.kernel);
    set_string(build, "ramdisk", def->os.initrd);
    set_string(build, "cmdline", def->os.cmdline);
    if (def->cputune.shares >= 0)
        json_object_set_new(build, "sched_params",
                            json_pack("{s:I}", "weight", (json_int_t)def->cputune.shares));
    set_affinity(build, def);
    xen_config_set_cpu(build, def);
    xen_config_set_nodes(build, def);
    set_limits(build, def);
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
    set_string(config, "on_poweroff", names[def->on_poweroff]);
    set_string(config, "on_reboot", names[def->on_reboot]);
    set_string(config, "on_crash", names[def->on_crash]);
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
    set_screens(config, def);
    set_actions(config, def);
    if (set_build(build, def, error) && set_disks(config, def, error) &&
        set_interfaces(config, def, error))
        return config;
    json_decref(config);
    return NULL;
}
