/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Disks: their images, and the drives that the guest sees. */
#include "drivers/kvm/line.h"

#include <string.h>

#include "drivers/kvm/device-models.h"

/* What a cache mode means for the host's page cache, for flushes, and for what the guest is told. */
static const struct {
    const char *mode;
    bool direct, no_flush, write_cache;
} cache_modes[] = {
    {"none", true, false, true},         {"writethrough", false, false, false},
    {"writeback", false, false, true},   {"directsync", true, false, false},
    {"unsafe", false, true, true},
};

static int cache_mode(const RvDisk *disk)
{
    for (size_t i = 0; disk->cache && i < G_N_ELEMENTS(cache_modes); i++) {
        if (strcmp(cache_modes[i].mode, disk->cache) == 0)
            return (int)i;
    }
    return -1;
}

static void set_cache(json_t *node, const RvDisk *disk)
{
    int mode = cache_mode(disk);
    if (mode >= 0)
        json_object_set_new(node, "cache",
                            json_pack("{s:b, s:b}", "direct", cache_modes[mode].direct, "no-flush",
                                      cache_modes[mode].no_flush));
}

/* The node that reads and writes the file. Where a descriptor was passed it is in a set of its own
 * number, from which the emulator takes what fits the mode it opens with. */
static void add_storage_node(KvmLine *line, const RvDisk *disk, const char *name)
{
    int fd = kvm_line_fd(line, disk);
    g_autofree char *path =
        fd >= 0 ? g_strdup_printf("/dev/fdset/%d", fd) : g_strdup(disk->source.path);
    if (fd >= 0) {
        g_autofree char *source = kvm_line_escape(disk->source.path);
        kvm_line_add(line, "-add-fd", "fd=%d,set=%d,opaque=%s:%s", fd, fd, disk->target, source);
    }
    json_t *node = json_pack(
        "{s:s, s:s}", "driver",
        disk->source.type == RV_DISK_BLOCK || disk->source.on_device ? "host_device" : "file",
        "filename", path);
    kvm_line_set(node, "aio", disk->io);
    kvm_line_set(node, "node-name", name);
    json_object_set_new(node, "read-only", json_boolean(disk->read_only));
    json_object_set_new(node, "locking", json_string("on"));
    set_cache(node, disk);
    kvm_line_set(node, "discard", "unmap");
    kvm_line_add_json(line, "-blockdev", node);
}

static void add_format_node(KvmLine *line, const RvDisk *disk, const char *name,
                            const char *storage)
{
    json_t *node = json_pack("{s:s, s:b}", "node-name", name, "read-only", disk->read_only);
    kvm_line_set(node, "discard", disk->discard);
    set_cache(node, disk);
    kvm_line_set(node, "driver", disk->source.format == RV_DISK_QCOW2 ? "qcow2" : "raw");
    kvm_line_set(node, "file", storage);
    /* Another image is never followed unless the definition names it. */
    if (disk->source.format == RV_DISK_QCOW2)
        json_object_set_new(node, "backing", json_null());
    kvm_line_add_json(line, "-blockdev", node);
}

/* Where a drive is plugged in. */
static void set_place(const KvmLine *line, json_t *device, const RvDisk *disk)
{
    const RvAddress *at = &disk->device.address;
    g_autofree char *bus = NULL;
    const RvController *controller;
    switch (disk->bus) {
    case RV_DISK_BUS_IDE:
        bus = g_strdup_printf("ide.%u", at->drive.bus);
        kvm_line_set(device, "bus", bus);
        json_object_set_new(device, "unit", json_integer(at->drive.unit));
        break;
    case RV_DISK_BUS_SATA:
        controller = rv_domain_def_find_controller(line->def, RV_CONTROLLER_SATA,
                                                   (int)at->drive.controller);
        bus = g_strdup_printf("%s.%u", controller ? controller->device.alias : "ide",
                              at->drive.unit);
        kvm_line_set(device, "bus", bus);
        break;
    case RV_DISK_BUS_SCSI:
        controller = rv_domain_def_find_controller(line->def, RV_CONTROLLER_SCSI,
                                                   (int)at->drive.controller);
        bus = g_strdup_printf("scsi%u.%u", at->drive.controller, at->drive.bus);
        kvm_line_set(device, "bus", bus);
        if (controller && g_strcmp0(controller->model, "lsilogic") == 0) {
            json_object_set_new(device, "scsi-id", json_integer(at->drive.unit));
        } else {
            json_object_set_new(device, "channel", json_integer(at->drive.bus));
            json_object_set_new(device, "scsi-id", json_integer(at->drive.target));
            json_object_set_new(device, "lun", json_integer(at->drive.unit));
        }
        break;
    case RV_DISK_BUS_FDC:
        json_object_set_new(device, "unit", json_integer(at->drive.unit));
        break;
    default:
        break; /* kvm_line_device() has done it */
    }
}

static void set_error_policy(json_t *device, const RvDisk *disk)
{
    if (!disk->error_policy)
        return;
    bool no_space = strcmp(disk->error_policy, "enospace") == 0;
    kvm_line_set(device, "werror", no_space ? "enospc" : disk->error_policy);
    kvm_line_set(device, "rerror", no_space ? "report" : disk->error_policy);
}

static void add_drive(KvmLine *line, const RvDisk *disk, const char *format_node)
{
    json_t *device = kvm_line_device(line, kvm_disk_device(disk), &disk->device);
    set_place(line, device, disk);
    if (disk->bus == RV_DISK_BUS_SCSI) {
        g_autofree char *id = g_strdup_printf("drive-%s", disk->device.alias);
        kvm_line_set(device, "device_id", id);
    }
    if (disk->source.path)
        kvm_line_set(device, "drive", format_node);
    if (disk->shareable)
        json_object_set_new(device, "share-rw", json_true());
    unsigned boot = kvm_line_boot_index(line, disk);
    if (boot && disk->bus != RV_DISK_BUS_FDC)
        json_object_set_new(device, "bootindex", json_integer(boot));
    int mode = cache_mode(disk);
    if (mode >= 0 && disk->kind == RV_DISK_DEVICE_DISK)
        kvm_line_set(device, "write-cache", cache_modes[mode].write_cache ? "on" : "off");
    if (disk->bus == RV_DISK_BUS_USB)
        json_object_set_new(device, "removable", json_false());
    set_error_policy(device, disk);
    kvm_line_set(device, "serial", disk->serial);
    kvm_line_add_json(line, "-device", device);
}

/* The floppy controller is always there on one kind of machine, and never on the other. */
static void add_floppy_controller(KvmLine *line)
{
    unsigned boot[2] = {0, 0};
    bool has_floppy = false;
    for (guint i = 0; i < line->def->disks->len; i++) {
        const RvDisk *disk = g_ptr_array_index(line->def->disks, i);
        if (disk->bus != RV_DISK_BUS_FDC)
            continue;
        has_floppy = true;
        boot[disk->device.address.drive.unit & 1] = kvm_line_boot_index(line, disk);
    }
    json_t *device = json_pack("{s:s, s:s}", "driver", "isa-fdc", "id", "fdc0");
    for (unsigned i = 0; has_floppy && i < 2; i++) {
        g_autofree char *property = g_strdup_printf("bootindex%c", 'A' + (char)i);
        if (boot[i] && line->family->has_ide)
            kvm_line_add(line, "-global", "isa-fdc.%s=%u", property, boot[i]);
        else if (boot[i])
            json_object_set_new(device, property, json_integer(boot[i]));
    }
    if (has_floppy && !line->family->has_ide)
        kvm_line_add_json(line, "-device", json_incref(device));
    json_decref(device);
}

void kvm_line_add_disks(KvmLine *line)
{
    add_floppy_controller(line);
    for (guint i = 0; i < line->def->disks->len; i++) {
        const RvDisk *disk = g_ptr_array_index(line->def->disks, i);
        g_autofree char *storage = g_strdup_printf("reeve-%u-storage", i + 1);
        g_autofree char *format = g_strdup_printf("reeve-%u-format", i + 1);
        if (disk->source.path) {
            add_storage_node(line, disk, storage);
            add_format_node(line, disk, format, storage);
        }
        add_drive(line, disk, format);
    }
}
