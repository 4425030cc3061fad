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
    if (!kvm_disk_device(disk))
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
    if (!disk->source && !removable)
        kvm_complain(context->diagnostics, path, NULL,
                     "disk %s has no source, and is no drive that could be empty", disk->target);
    if (disk->source && disk->source[0] != '/')
        kvm_complain(context->diagnostics, path, NULL,
                     "the source '%s' of disk %s is not an absolute path", disk->source,
                     disk->target);
    if (disk->transient)
        kvm_complain(context->diagnostics, "domain/devices/disk/transient", NULL,
                     "disks that forget (%s) are not supported", disk->target);
    if (disk->shareable && disk->format != RV_DISK_RAW)
        kvm_complain(context->diagnostics, "domain/devices/disk/shareable", NULL,
                     "only a raw image can be shared by several guests (disk %s)", disk->target);
    if (disk->kind == RV_DISK_DEVICE_CDROM && disk->format != RV_DISK_RAW)
        kvm_complain(context->diagnostics, "domain/devices/disk/driver/@type", "raw",
                     "a CD-ROM image is raw (disk %s)", disk->target);
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

/* ---- Controllers -------------------------------------------------------------------------- */

static bool is_built_in(const Context *context, const RvController *controller)
{
    if (controller->type == RV_CONTROLLER_IDE)
        return context->family->has_ide && controller->index == 0;
    if (controller->type == RV_CONTROLLER_SATA)
        return context->family->has_sata && controller->index == 0;
    if (controller->type == RV_CONTROLLER_PCI)
        return controller->index == 0 && g_strcmp0(controller->model, context->family->root) == 0;
    return controller->type == RV_CONTROLLER_FDC && controller->index == 0;
}

static void check_controllers(const Context *context)
{
    for (guint i = 0; i < context->def->controllers->len; i++) {
        const RvController *controller = g_ptr_array_index(context->def->controllers, i);
        const char *type = rv_controller_type_to_string(controller->type);
        bool none = controller->type == RV_CONTROLLER_USB &&
                    g_strcmp0(controller->model, "none") == 0;
        const char *device = kvm_controller_device(controller);
        if (none || is_built_in(context, controller))
            continue;
        if (!device)
            kvm_complain(context->diagnostics, "domain/devices/controller", NULL,
                         "controller %d of type '%s'%s%s is not supported on this machine",
                         controller->index, type, controller->model ? ", model " : "",
                         controller->model ? controller->model : "");
        else if (context->emulator && !kvm_emulator_has_device(context->emulator, device))
            kvm_complain(context->diagnostics, "domain/devices/controller/@model", NULL,
                         "'%s' has no device '%s'", context->emulator->path, device);
    }
}

/* ---- Character devices -------------------------------------------------------------------- */

static void check_chardev(const Context *context, const RvChardev *chardev, const char *path)
{
    bool known = chardev->source.type == RV_CHARDEV_PTY || chardev->source.type == RV_CHARDEV_NULL ||
                 chardev->source.type == RV_CHARDEV_FILE || chardev->source.type == RV_CHARDEV_UNIX;
    if (!known)
        kvm_complain(context->diagnostics, path, "pty", "type '%s' is not supported",
                     rv_chardev_type_to_string(chardev->source.type));
    if (chardev->source.type == RV_CHARDEV_FILE && (!chardev->source.path || chardev->source.path[0] != '/'))
        kvm_complain(context->diagnostics, path, NULL, "the path of the file is not absolute");
    if (chardev->source.type == RV_CHARDEV_UNIX && chardev->source.path)
        kvm_complain(context->diagnostics, path, NULL,
                     "a socket of type 'unix' is made by the daemon: give it no <source>");
    if (chardev->source.log_file)
        kvm_complain(context->diagnostics, path, NULL, "<log> is not supported");
}

static void check_chardevs(const Context *context)
{
    enum { ISA_SERIALS = 4, ISA_PARALLELS = 3 };
    const RvDomainDef *def = context->def;
    for (guint i = 0; i < def->serials->len; i++) {
        const RvChardev *serial = g_ptr_array_index(def->serials, i);
        check_chardev(context, serial, "domain/devices/serial");
        if (strcmp(serial->target_type, "isa-serial") != 0 || serial->target_port >= ISA_SERIALS)
            kvm_complain(context->diagnostics, "domain/devices/serial/target", "isa-serial",
                         "serial port %d of type '%s' is not supported: ports 0 to %d of "
                         "isa-serial are",
                         serial->target_port, serial->target_type, ISA_SERIALS - 1);
    }
    for (guint i = 0; i < def->parallels->len; i++) {
        const RvChardev *parallel = g_ptr_array_index(def->parallels, i);
        check_chardev(context, parallel, "domain/devices/parallel");
        if (parallel->target_port >= ISA_PARALLELS)
            kvm_complain(context->diagnostics, "domain/devices/parallel/target", NULL,
                         "there are %d parallel ports", ISA_PARALLELS);
    }
    for (guint i = 0; i < def->consoles->len; i++) {
        const RvChardev *console = g_ptr_array_index(def->consoles, i);
        const char *type = console->target_type ? console->target_type : "serial";
        check_chardev(context, console, "domain/devices/console");
        if (i == 0 ? strcmp(type, "serial") != 0 && strcmp(type, "virtio") != 0
                   : strcmp(type, "virtio") != 0)
            kvm_complain(context->diagnostics, "domain/devices/console/target/@type", "virtio",
                         "a console of type '%s' is not supported", type);
    }
    for (guint i = 0; i < def->channels->len; i++) {
        const RvChardev *channel = g_ptr_array_index(def->channels, i);
        check_chardev(context, channel, "domain/devices/channel");
        if (channel->channel != RV_CHANNEL_VIRTIO)
            kvm_complain(context->diagnostics, "domain/devices/channel/target/@type", "virtio",
                         "channels of type '%s' are not supported",
                         rv_channel_target_to_string(channel->channel));
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

static void check_interfaces(const Context *context)
{
    for (guint i = 0; i < context->def->interfaces->len; i++) {
        const RvInterface *interface = g_ptr_array_index(context->def->interfaces, i);
        if (interface->type != RV_INTERFACE_USER)
            kvm_complain(context->diagnostics, "domain/devices/interface/@type", "user",
                         "interfaces of type '%s' are not supported",
                         rv_interface_type_to_string(interface->type));
        check_device(context, "domain/devices/interface/model/@type", interface->model,
                     kvm_interface_device(interface), "virtio");
    }
}

static void check_inputs(const Context *context)
{
    for (guint i = 0; i < context->def->inputs->len; i++) {
        const RvInput *input = g_ptr_array_index(context->def->inputs, i);
        bool is_ps2 = strcmp(input->bus, "ps2") == 0;
        const char *device = kvm_input_device(input);
        if (is_ps2 && strcmp(input->type, "tablet") != 0)
            continue;
        if (!device)
            kvm_complain(context->diagnostics, "domain/devices/input", "usb",
                         "a %s on bus '%s' is not supported", input->type, input->bus);
        else
            check_device(context, "domain/devices/input", input->type, device, NULL);
    }
}

static void check_graphics(const Context *context)
{
    for (guint i = 0; i < context->def->graphics->len; i++) {
        const RvGraphics *graphics = g_ptr_array_index(context->def->graphics, i);
        const char *path = "domain/devices/graphics";
        if (graphics->type != RV_GRAPHICS_VNC)
            kvm_complain(context->diagnostics, path, "vnc", "type '%s' is not supported",
                         rv_graphics_type_to_string(graphics->type));
        else if (graphics->listen_type != RV_LISTEN_ADDRESS)
            kvm_complain(context->diagnostics, "domain/devices/graphics/listen/@type", "address",
                         "listening on a %s is not supported",
                         rv_listen_type_to_string(graphics->listen_type));
        if (graphics->port > 0 && graphics->port < KVM_VNC_BASE)
            kvm_complain(context->diagnostics, "domain/devices/graphics/@port", NULL,
                         "vnc port must be in range [%d,%d]", KVM_VNC_BASE, 65535);
        if (graphics->password && !*graphics->password)
            kvm_complain(context->diagnostics, "domain/devices/graphics/@passwd", NULL,
                         "an empty password would let everybody in");
    }
    if (context->def->graphics->len > 1)
        kvm_complain(context->diagnostics, "domain/devices/graphics", NULL,
                     "only one <graphics> is supported");
}

static void check_videos(const Context *context)
{
    for (guint i = 0; i < context->def->videos->len; i++) {
        const RvVideo *video = g_ptr_array_index(context->def->videos, i);
        if (strcmp(video->model, "none") == 0)
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
        if (strcmp(rng->backend_model, "random") == 0 && rng->backend &&
            strcmp(rng->backend, "/dev/urandom") != 0 && strcmp(rng->backend, "/dev/random") != 0)
            kvm_complain(context->diagnostics, "domain/devices/rng/backend", "/dev/urandom",
                         "random numbers come from /dev/urandom or /dev/random, not from '%s'",
                         rng->backend);
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
    check_controllers(&context);
    check_chardevs(&context);
    check_interfaces(&context);
    check_inputs(&context);
    check_graphics(&context);
    check_videos(&context);
    check_rest(&context);
}
