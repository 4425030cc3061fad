/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/check-devices.h"

#include <string.h>

#include "drivers/kvm/device-models.h"
#include "drivers/kvm/machine.h"
#include "drivers/kvm/pci.h"

typedef struct {
    const RvDomainDef *def;
    const KvmMachineFamily *family;
    const KvmEmulator *emulator; /* may be NULL */
    RvDiagnostics *diagnostics;
} Context;

/* ---- Disks -------------------------------------------------------------------------------- */

static void check_disk_bus(const Context *context, const RvDisk *disk)
{
    const char *path = "domain/devices/disk/target/@bus";
    bool is_floppy = disk->kind == RV_DISK_DEVICE_FLOPPY;
    if (disk->bus == RV_DISK_BUS_XEN)
        kvm_complain(context->diagnostics, path, "virtio",
                     "a %s on bus '%s' is not supported (disk %s)",
                     rv_disk_device_to_string(disk->kind), rv_disk_bus_to_string(disk->bus),
                     disk->target);
    else if (is_floppy != (disk->bus == RV_DISK_BUS_FDC))
        kvm_complain(context->diagnostics, path, is_floppy ? "fdc" : NULL,
                     "bus 'fdc' is for floppies, and they for it (disk %s)", disk->target);
    else if (disk->bus == RV_DISK_BUS_IDE && !context->family->has_ide)
        kvm_complain(context->diagnostics, path, "sata",
                     "IDE controllers are unsupported for this machine type (disk %s)",
                     disk->target);
}

static void check_disk_source(const Context *context, const RvDisk *disk)
{
    const char *path = "domain/devices/disk/source";
    bool removable = disk->kind == RV_DISK_DEVICE_CDROM || disk->kind == RV_DISK_DEVICE_FLOPPY;
    if (!disk->source.path && !removable)
        kvm_complain(context->diagnostics, path, NULL,
                     "disk %s has no source, and is no drive that could be empty", disk->target);
}

static void check_disk_driver(const Context *context, const RvDisk *disk)
{
    if (strcmp(disk->driver_name, "qemu") != 0)
        kvm_complain(context->diagnostics, "domain/devices/disk/driver/@name", "qemu",
                     "there is no driver '%s' (disk %s)", disk->driver_name, disk->target);
    bool direct = g_strcmp0(disk->cache, "none") == 0 || g_strcmp0(disk->cache, "directsync") == 0;
    if (g_strcmp0(disk->io, "native") == 0 && !direct)
        kvm_complain(context->diagnostics, "domain/devices/disk/driver/@io", "threads",
                     "native I/O needs either no disk cache or directsync cache mode (disk %s)",
                     disk->target);
}

static void check_disks(const Context *context)
{
    for (guint i = 0; i < context->def->disks->len; i++) {
        const RvDisk *disk = g_ptr_array_index(context->def->disks, i);
        check_disk_bus(context, disk);
        check_disk_source(context, disk);
        check_disk_driver(context, disk);
    }
}

/* ---- Character devices -------------------------------------------------------------------- */

static void check_chardevs(const Context *context)
{
    enum { ISA_SERIALS = 4, ISA_PARALLELS = 3 };
    const RvDomainDef *def = context->def;
    for (guint i = 0; i < def->serials->len; i++) {
        const RvChardev *serial = g_ptr_array_index(def->serials, i);
        if (g_strcmp0(serial->target_type, "isa-serial") == 0 &&
            serial->target_port >= ISA_SERIALS)
            kvm_complain(context->diagnostics, "domain/devices/serial/target/@port", NULL,
                         "there are %d serial ports", ISA_SERIALS);
    }
    for (guint i = 0; i < def->parallels->len; i++) {
        const RvChardev *parallel = g_ptr_array_index(def->parallels, i);
        if (parallel->target_port >= ISA_PARALLELS)
            kvm_complain(context->diagnostics, "domain/devices/parallel/target", NULL,
                         "there are %d parallel ports", ISA_PARALLELS);
    }
}

/* ---- Other devices ------------------------------------------------------------------------ */

/* `device` NULL: the driver knows no such model. */
static void check_device(const Context *context, const char *path, const char *model,
                         const char *device, const char *suggestion)
{
    if (!device)
        kvm_complain(context->diagnostics, path, suggestion, "model '%s' is not supported", model);
    else if (context->emulator && !kvm_emulator_has_device(context->emulator, device))
        kvm_complain(context->diagnostics, path, suggestion, "'%s' has no device '%s'",
                     context->emulator->path, device);
}

static void check_inputs(const Context *context)
{
    for (guint i = 0; i < context->def->inputs->len; i++) {
        const RvInput *input = g_ptr_array_index(context->def->inputs, i);
        bool is_ps2 = strcmp(input->bus, "ps2") == 0;
        const char *device = kvm_input_device(input);
        if (is_ps2 && (input->type == RV_INPUT_MOUSE || input->type == RV_INPUT_KEYBOARD))
            continue;
        if (!device)
            kvm_complain(context->diagnostics, "domain/devices/input", "usb",
                         "a %s on bus '%s' is not supported",
                         rv_input_type_to_string(input->type), input->bus);
        else
            check_device(context, "domain/devices/input",
                         rv_input_type_to_string(input->type), device, NULL);
    }
}

static void check_graphics(const Context *context)
{
    unsigned seen[RV_GRAPHICS_LAST] = {0};
    for (guint i = 0; i < context->def->graphics->len; i++) {
        const RvGraphics *graphics = g_ptr_array_index(context->def->graphics, i);
        if (graphics->type == RV_GRAPHICS_VNC && graphics->port > 0 &&
            graphics->port < KVM_VNC_BASE)
            kvm_complain(context->diagnostics, "domain/devices/graphics/@port", NULL,
                         "vnc port must be in range [%d,%d]", KVM_VNC_BASE, 65535);
        seen[graphics->type]++;
        if (seen[graphics->type] == 2)
            kvm_complain(context->diagnostics, "domain/devices/graphics", NULL,
                         "only one <graphics> of each type is possible");
    }
}

static void check_videos(const Context *context)
{
    for (guint i = 0; i < context->def->videos->len; i++) {
        const RvVideo *video = g_ptr_array_index(context->def->videos, i);
        if (strcmp(video->model, "none") == 0 || strcmp(video->model, "ramfb") == 0)
            continue;
        check_device(context, "domain/devices/video/model/@type", video->model,
                     kvm_video_device(video, i == 0), "vga");
    }
}

static void check_rest(const Context *context)
{
    const RvMemballoon *balloon = context->def->memballoon;
    if (balloon && strcmp(balloon->model, "none") != 0)
        check_device(context, "domain/devices/memballoon/@model", balloon->model,
                     kvm_virtio_device("virtio-balloon", balloon->model), "virtio");
    for (guint i = 0; i < context->def->rngs->len; i++) {
        const RvRng *rng = g_ptr_array_index(context->def->rngs, i);
        check_device(context, "domain/devices/rng/@model", rng->model,
                     kvm_virtio_device("virtio-rng", rng->model), "virtio");
    }
}

void kvm_check_devices(const RvDomainDef *def, const KvmEmulator *emulator,
                       RvDiagnostics *diagnostics)
{
    const Context context = {
        .def = def,
        .family = kvm_machine_family(def->os.machine),
        .emulator = emulator,
        .diagnostics = diagnostics,
    };
    check_disks(&context);
    check_chardevs(&context);
    check_inputs(&context);
    check_graphics(&context);
    check_videos(&context);
    check_rest(&context);
}
