/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/xen/definition.h"

#include <string.h>

#include "base/error.h"
#include "drivers/xen/native.h"
#include "drivers/xen/support.h"
#include "model/device-xml.h"
#include "model/xml-table.h"

/*
 * What libvirt's libxl driver fills in (its libxlDomainDefPostParse and libxlDomainDeviceDefPostParse):
 * the PV console, PS/2 or Xen input devices, the balloon, the xenbus controller, raw disks.
 */

static bool is_hvm(const RvDomainDef *def)
{
    return def->os.type == RV_OS_HVM;
}

static const char *machine_name(const RvDomainDef *def)
{
    return is_hvm(def) ? "xenfv" : def->os.type == RV_OS_XENPVH ? "xenpvh" : "xenpv";
}

static void add_console(RvDomainDef *def)
{
    RvChardev *console = rv_xml_new(&rv_console_xml);
    console->source.type = RV_CHARDEV_PTY;
    console->target_type = g_strdup("xen");
    console->target_port = 0;
    g_ptr_array_add(def->consoles, console);
}

static void complete_consoles(RvDomainDef *def)
{
    if (is_hvm(def))
        return;
    if (def->consoles->len == 0)
        add_console(def);
    for (guint i = 0; i < def->consoles->len; i++) {
        RvChardev *console = def->consoles->pdata[i];
        if (!console->target_type)
            console->target_type = g_strdup("xen");
    }
}

static void add_input(RvDomainDef *def, RvInputType type, const char *bus)
{
    for (guint i = 0; i < def->inputs->len; i++) {
        const RvInput *known = def->inputs->pdata[i];
        if (known->type == type && g_strcmp0(known->bus, bus) == 0)
            return;
    }
    RvInput *input = rv_xml_new(&rv_input_xml);
    input->type = type;
    input->bus = g_strdup(bus);
    g_ptr_array_add(def->inputs, input);
}

static void complete_disks(RvDomainDef *def)
{
    for (guint i = 0; i < def->disks->len; i++) {
        RvDisk *disk = def->disks->pdata[i];
        if (disk->source.format == RV_DISK_FORMAT_NONE)
            disk->source.format = RV_DISK_RAW;
        if (disk->source.type == RV_DISK_NETWORK && !disk->driver_name)
            disk->driver_name = g_strdup("qemu");
    }
}

/* Of Xen's own range of MACs. */
static void complete_interfaces(RvDomainDef *def)
{
    static const RvMac none;
    for (guint i = 0; i < def->interfaces->len; i++) {
        RvInterface *interface = def->interfaces->pdata[i];
        RvUuid random;
        if (memcmp(&interface->mac, &none, sizeof(none)) != 0)
            continue;
        rv_uuid_generate(&random);
        interface->mac = (RvMac){{0x00, 0x16, 0x3e, random.bytes[0] & 0x7f, random.bytes[1],
                                  random.bytes[2]}};
    }
}

static void complete_hostdevs(RvDomainDef *def)
{
    for (guint i = 0; i < def->hostdevs->len; i++) {
        RvHostdev *hostdev = def->hostdevs->pdata[i];
        if (hostdev->mode == RV_HOSTDEV_SUBSYSTEM && hostdev->type == RV_HOSTDEV_PCI &&
            !hostdev->driver)
            hostdev->driver = g_strdup("xen");
    }
}

static void complete_videos(RvDomainDef *def)
{
    static const struct {
        const char *model;
        unsigned vram;
    } sizes[] = {{"vga", 16 * 1024}, {"xen", 16 * 1024}, {"cirrus", 8 * 1024}, {"qxl", 128 * 1024}};
    if (!is_hvm(def))
        return;
    if (def->graphics->len > 0 && def->videos->len == 0)
        g_ptr_array_add(def->videos, rv_xml_new(&rv_video_xml));
    for (guint i = 0; i < def->videos->len; i++) {
        RvVideo *video = def->videos->pdata[i];
        if (!video->model)
            video->model = g_strdup("cirrus");
        for (size_t k = 0; k < G_N_ELEMENTS(sizes); k++)
            if (video->vram == 0 && strcmp(video->model, sizes[k].model) == 0)
                video->vram = sizes[k].vram;
    }
}

static void complete_xenbus(RvDomainDef *def)
{
    for (guint i = 0; i < def->controllers->len; i++)
        if (((const RvController *)def->controllers->pdata[i])->type == RV_CONTROLLER_XENBUS)
            return;
    RvController *controller = rv_xml_new(&rv_controller_xml);
    controller->type = RV_CONTROLLER_XENBUS;
    controller->index = 0;
    g_ptr_array_add(def->controllers, controller);
}

static bool complete(const RvDriverHost *host, RvDomainDef *def, GError **error)
{
    if (!def->os.arch)
        def->os.arch = g_strdup("x86_64");
    if (!def->os.machine)
        def->os.machine = g_strdup(machine_name(def));
    if (is_hvm(def) && strcmp(def->os.arch, "x86_64") == 0)
        def->features.pae = true;
    if (is_hvm(def) && def->numa.cells->len > 0) /* which tells the guest of its nodes */
        def->features.acpi = true;
    complete_consoles(def);
    complete_disks(def);
    complete_interfaces(def);
    complete_hostdevs(def);
    complete_videos(def);
    if (!rv_domain_def_complete_common(def, is_hvm(def) ? "cirrus" : "xen", error))
        return false;
    add_input(def, RV_INPUT_MOUSE, is_hvm(def) ? "ps2" : "xen");
    add_input(def, RV_INPUT_KEYBOARD, is_hvm(def) ? "ps2" : "xen");
    if (!def->memballoon) {
        def->memballoon = rv_xml_new(&rv_memballoon_xml);
        def->memballoon->model = g_strdup("xen");
    }
    complete_xenbus(def);
    return true;
}

#define refuse(diagnostics, path, ...)                                                             \
    rv_diagnostics_refuse(diagnostics, RV_ERR_CONFIG_UNSUPPORTED, path, NULL, __VA_ARGS__)

static void check_devices(const RvDomainDef *def, RvDiagnostics *diagnostics)
{
    for (guint i = 0; i < def->hostdevs->len; i++)
        if (((const RvHostdev *)def->hostdevs->pdata[i])->mode == RV_HOSTDEV_CAPABILITIES)
            refuse(diagnostics, "domain/devices/hostdev/@mode",
                   "hostdev mode 'capabilities' is for containers, not for Xen's guests");
    if (def->sounds->len == 0)
        return;
    const RvSound *sound = def->sounds->pdata[0];
    if (sound->model != RV_SOUND_SB16 && sound->model != RV_SOUND_ES1370 &&
        sound->model != RV_SOUND_AC97 && sound->model != RV_SOUND_ICH6)
        refuse(diagnostics, "domain/devices/sound/@model",
               "unsupported audio model %s: Xen's guests have sb16, es1370, ac97 and ich6",
               rv_sound_model_to_string(sound->model));
}

static bool check(const RvDriverHost *host, const RvDomainDef *def, RvDiagnostics *diagnostics)
{
    if (def->os.type == RV_OS_EXE)
        refuse(diagnostics, "domain/os/type", "Xen's guests are of type hvm, xen (linux) or "
                                              "xenpvh, not exe");
    if (strcmp(def->os.arch, "x86_64") != 0 && strcmp(def->os.arch, "i686") != 0)
        refuse(diagnostics, "domain/os/type/@arch",
               "a guest of architecture '%s' cannot run on this host", def->os.arch);
    if (def->os.loader_secure == RV_TRISTATE_ON)
        refuse(diagnostics, "domain/os/loader/@secure", "Secure boot is not supported on Xen");
    check_devices(def, diagnostics);
    return rv_diagnostics_count(diagnostics, RV_DIAGNOSTIC_ERROR) == 0;
}

const RvDefinitionOps xen_definition_ops = {
    .complete = complete,
    .check = check,
    .support = &xen_support,
    .check_start = xen_check_start,
    .native_formats = xen_native_formats,
    .to_native = xen_to_native,
    .from_native = xen_from_native,
};
