/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/check-devices.h"

#include <string.h>

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
    bool is_local = disk->source.type == RV_DISK_FILE || disk->source.type == RV_DISK_BLOCK;
    if (is_local && !disk->source.path && !removable)
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

void kvm_check_devices(const RvDomainDef *def, const KvmEmulator *emulator,
                       RvDiagnostics *diagnostics)
{
    const Context context = {
        .def = def,
        .family = kvm_machine_family(def->os.arch, def->os.machine),
        .emulator = emulator,
        .diagnostics = diagnostics,
    };
    check_disks(&context);
    kvm_check_chardevs(def, diagnostics);
    kvm_check_screens(def, emulator, diagnostics);
    kvm_check_peripherals(def, emulator, diagnostics);
}
