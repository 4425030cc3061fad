/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/disk.h"

#include "base/error.h"
#include "model/device-xml.h"

#include <limits.h>
#include <string.h>

RV_ENUM(rv_disk_device, RvDiskDevice, RV_DISK_DEVICE_LAST, "disk", "cdrom", "floppy", "lun");

RV_ENUM(rv_disk_bus, RvDiskBus, RV_DISK_BUS_LAST, "none", "ide", "fdc", "scsi", "virtio", "xen",
        "usb", "uml", "sata", "sd");

RV_ENUM(rv_disk_tray, RvDiskTray, RV_DISK_TRAY_LAST, "closed", "open");

int rv_disk_name_index(const char *name)
{
    static const char *const prefixes[] = {"fd", "hd", "vd", "sd", "xvd", "ubd"};
    const char *letter = NULL;
    for (unsigned i = 0; i < G_N_ELEMENTS(prefixes) && !letter; i++)
        letter = g_str_has_prefix(name, prefixes[i]) ? name + strlen(prefixes[i]) : NULL;
    if (!letter || !g_ascii_islower(*letter))
        return -1;

    int index = *letter++ - 'a';
    for (; g_ascii_islower(*letter); letter++) {
        if (index > (INT_MAX - 26) / 26 - 1)
            return -1;
        index = (index + 1) * 26 + (*letter - 'a');
    }
    return letter[strspn(letter, "0123456789")] ? -1 : index;
}

RvDiskBus rv_disk_bus(const RvDisk *disk)
{
    static const struct {
        const char *prefix;
        RvDiskBus bus;
    } buses[] = {
        {"hd", RV_DISK_BUS_IDE},
        {"sd", RV_DISK_BUS_SCSI},
        {"vd", RV_DISK_BUS_VIRTIO},
        {"xvd", RV_DISK_BUS_XEN},
        {"ubd", RV_DISK_BUS_UML},
    };
    if (disk->bus != RV_DISK_BUS_NONE)
        return disk->bus;
    if (disk->kind == RV_DISK_DEVICE_FLOPPY)
        return RV_DISK_BUS_FDC;
    for (unsigned i = 0; i < G_N_ELEMENTS(buses) && disk->target; i++) {
        if (g_str_has_prefix(disk->target, buses[i].prefix))
            return buses[i].bus;
    }
    return RV_DISK_BUS_IDE;
}

const RvStorageAuth *rv_disk_auth(const RvDisk *disk)
{
    return disk->auth ? disk->auth : disk->source.auth;
}

const RvEncryption *rv_disk_encryption(const RvDisk *disk)
{
    return disk->encryption ? disk->encryption : disk->source.encryption;
}

static const char *const model_names[] = {"default", "virtio", "virtio-transitional",
                                          "virtio-non-transitional", NULL};
static const char *const sgio_names[] = {"filtered", "unfiltered", NULL};
static const char *const snapshot_names[] = {"no", "internal", "external", "manual", NULL};
static const char *const cache_names[] = {"default",   "none",       "writethrough",
                                          "writeback", "directsync", "unsafe", NULL};
static const char *const error_policy_names[] = {"stop", "report", "ignore", "enospace", NULL};
static const char *const read_error_policy_names[] = {"stop", "report", "ignore", NULL};
static const char *const io_names[] = {"native", "threads", "io_uring", NULL};
static const char *const discard_names[] = {"unmap", "ignore", NULL};
static const char *const detect_zeroes_names[] = {"off", "on", "unmap", NULL};
static const char *const translation_names[] = {"none", "auto", "lba", NULL};

static bool cache_is_default(const void *object)
{
    return !g_strcmp0(((const RvDisk *)object)->cache, "default");
}

static bool model_is_default(const void *object)
{
    return !g_strcmp0(((const RvDisk *)object)->model, "default");
}

/* A disk that cannot be written to has nothing to keep in a snapshot. */
static bool snapshot_is_implied(const void *object)
{
    const RvDisk *disk = object;
    return disk->read_only && !g_strcmp0(disk->snapshot, "no");
}

static bool has_no_geometry(const void *object)
{
    const RvDisk *disk = object;
    return !disk->geometry.cylinders || !disk->geometry.heads || !disk->geometry.sectors;
}

#define SWITCH(field, name, ...)                                                                   \
    RV_XML_ATTRIBUTE(RvDisk, field, name, enum, .names = rv_tristate_switch_names, .min = 1,       \
                     __VA_ARGS__)

static const RvXmlRow metadata_cache_rows[] = {
    RV_XML_LEAF(RvDisk, source.metadata_cache, "max_size", long_bytes,
                .doc = "How much memory the emulator may use for it."),
};
static const RvXmlType metadata_cache = {RV_XML_ROWS(metadata_cache_rows)};

static const RvXmlRow driver_rows[] = {
    RV_XML_ATTRIBUTE(RvDisk, driver_name, "name", string, .doc = "The back end: qemu."),
    RV_XML_ATTRIBUTE(RvDisk, source.format, "type", enum, .names = rv_disk_format_names, .min = 1,
                     .bad_code = RV_ERR_CONFIG_UNSUPPORTED, .fallback = "raw",
                     .doc = "The format of the image. It is never guessed."),
    RV_XML_ATTRIBUTE(RvDisk, cache, "cache", string, .names = cache_names,
                     .omit = cache_is_default, .doc = "How the host caches it."),
    RV_XML_ATTRIBUTE(RvDisk, error_policy, "error_policy", string, .names = error_policy_names,
                     .doc = "What happens to the guest when reading or writing fails."),
    RV_XML_ATTRIBUTE(RvDisk, read_error_policy, "rerror_policy", string,
                     .names = read_error_policy_names, .fallback = "as error_policy",
                     .doc = "What happens to the guest when reading fails."),
    RV_XML_ATTRIBUTE(RvDisk, io, "io", string, .names = io_names,
                     .doc = "How the host reads and writes it."),
    SWITCH(io_event_fd, "ioeventfd", .doc = "Whether a thread of its own serves it (virtio)."),
    SWITCH(event_idx, "event_idx", .doc = "Whether there are fewer interrupts (virtio)."),
    SWITCH(copy_on_read, "copy_on_read",
           .doc = "Whether what is read from a backing store is kept in the image."),
    RV_XML_ATTRIBUTE(RvDisk, discard, "discard", string, .names = discard_names,
                     .doc = "Whether what the guest discards is given back to the host."),
    RV_XML_ATTRIBUTE(RvDisk, iothread, "iothread", uint, .min = 1,
                     .doc = "The number of the I/O thread that serves it."),
    RV_XML_ATTRIBUTE(RvDisk, detect_zeroes, "detect_zeroes", string, .names = detect_zeroes_names,
                     .doc = "Whether zeroes that the guest writes are found and left out."),
    RV_XML_ATTRIBUTE(RvDisk, queues, "queues", uint, .flags = RV_XML_ABI,
                     .doc = "How many queues the guest can use at once (virtio)."),
    RV_XML_ATTRIBUTE(RvDisk, queue_size, "queue_size", uint, .flags = RV_XML_ABI,
                     .doc = "How many requests each queue holds (virtio)."),
    RV_VIRTIO_ROWS(RvDisk, virtio, ),
    RV_XML_GROUP("metadata_cache", &metadata_cache),
};
static const RvXmlType driver = {RV_XML_ROWS(driver_rows)};

static const RvXmlRow geometry_rows[] = {
    RV_XML_ATTRIBUTE(RvDisk, geometry.cylinders, "cyls", uint, .omit = has_no_geometry,
                     .flags = RV_XML_ABI, .doc = "Cylinders."),
    RV_XML_ATTRIBUTE(RvDisk, geometry.heads, "heads", uint, .omit = has_no_geometry,
                     .flags = RV_XML_ABI, .doc = "Heads."),
    RV_XML_ATTRIBUTE(RvDisk, geometry.sectors, "secs", uint, .omit = has_no_geometry,
                     .flags = RV_XML_ABI, .doc = "Sectors of a track."),
    RV_XML_ATTRIBUTE(RvDisk, geometry.translation, "trans", string, .names = translation_names,
                     .omit = has_no_geometry, .flags = RV_XML_ABI,
                     .doc = "How the BIOS translates them."),
};
static const RvXmlType geometry = {RV_XML_ROWS(geometry_rows)};

static const RvXmlRow blockio_rows[] = {
    RV_XML_ATTRIBUTE(RvDisk, logical_block_size, "logical_block_size", uint, .flags = RV_XML_ABI,
                     .doc = "The smallest unit that the guest can write, in bytes."),
    RV_XML_ATTRIBUTE(RvDisk, physical_block_size, "physical_block_size", uint,
                     .flags = RV_XML_ABI, .doc = "The unit in which it should write, in bytes."),
};
static const RvXmlType blockio = {RV_XML_ROWS(blockio_rows)};

static const RvXmlRow target_rows[] = {
    RV_XML_ATTRIBUTE(RvDisk, target, "dev", string,
                     .flags = RV_XML_REQUIRED | RV_XML_ABI, .missing_code = RV_ERR_NO_TARGET,
                     .max = 31,
                     .doc = "Its name: a prefix (hd, sd, vd, xvd, ubd, fd) and letters; unique."),
    RV_XML_ATTRIBUTE(RvDisk, bus, "bus", enum, .names = rv_disk_bus_names, .min = 1,
                     .flags = RV_XML_ABI, .fallback = "by the prefix of dev",
                     .doc = "What it is plugged into."),
    RV_XML_ATTRIBUTE(RvDisk, tray, "tray", enum, .names = rv_disk_tray_names, .fallback = "closed",
                     .doc = "Whether the drive is open (cdrom, floppy)."),
    SWITCH(removable, "removable", .flags = RV_XML_ABI,
           .doc = "Whether it looks like a stick (usb)."),
    RV_XML_ATTRIBUTE(RvDisk, rotation_rate, "rotation_rate", uint, .flags = RV_XML_ABI,
                     .doc = "Rotations a minute; 1 for what does not rotate (ide, scsi, sata)."),
};
static const RvXmlType target = {RV_XML_ROWS(target_rows)};

static bool does_not_share(const void *object)
{
    return ((const RvTransient *)object)->share_backing != RV_TRISTATE_ON;
}

static const RvXmlRow transient_rows[] = {
    RV_XML_ATTRIBUTE(RvTransient, share_backing, "shareBacking", enum, .min = 1,
                     .names = rv_tristate_bool_names, .omit = does_not_share, .fallback = "no",
                     .doc = "Whether other guests may use the image meanwhile."),
};
static const RvXmlType transient = {
    .doc = "What the guest writes is lost when it ends.",
    .size = sizeof(RvTransient),
    RV_XML_ROWS(transient_rows),
};

static const RvXmlRow disk_rows[] = {
    RV_XML_ATTRIBUTE(RvDisk, source.type, "type", enum, .names = rv_disk_type_names, .min = 1,
                     .absent = RV_DISK_FILE, .flags = RV_XML_ALWAYS, .fallback = "file",
                     .doc = "What its source is."),
    RV_XML_ATTRIBUTE(RvDisk, kind, "device", enum, .names = rv_disk_device_names,
                     .flags = RV_XML_ALWAYS | RV_XML_ABI, .fallback = "disk",
                     .doc = "What the guest sees."),
    RV_XML_ATTRIBUTE(RvDisk, model, "model", string, .names = model_names, .flags = RV_XML_ABI,
                     .omit = model_is_default, .doc = "The generation of a virtio disk."),
    RV_XML_ATTRIBUTE(RvDisk, raw_io, "rawio", enum, .names = rv_tristate_bool_names, .min = 1,
                     .doc = "Whether the guest may send any SCSI command (lun)."),
    RV_XML_ATTRIBUTE(RvDisk, sgio, "sgio", string, .names = sgio_names,
                     .doc = "Whether the kernel filters its SCSI commands (lun)."),
    RV_XML_ATTRIBUTE(RvDisk, snapshot, "snapshot", string, .names = snapshot_names,
                     .omit = snapshot_is_implied,
                     .doc = "What a snapshot of the guest does with it."),
    RV_XML_GROUP("driver", &driver),
    RV_XML_CHILD(RvDisk, auth, "auth", &rv_storage_auth_xml),
    RV_XML_EMBED(RvDisk, source, "source", &rv_disk_source_xml,
                 .doc = "Where its data is. Absent: a drive without a medium."),
    RV_XML_CHILD(RvDisk, backing, "backingStore", &rv_backing_store_xml),
    RV_XML_LEAF(RvDisk, backend_domain, "backenddomain", string, .attribute = "name",
                .doc = "The domain that serves it (xen)."),
    RV_XML_GROUP("geometry", &geometry, .doc = "Another geometry than the one that is computed."),
    RV_XML_GROUP("blockio", &blockio),
    RV_XML_CHILD(RvDisk, mirror, "mirror", &rv_disk_mirror_xml, .flags = RV_XML_LIVE),
    RV_XML_GROUP("target", &target, .flags = RV_XML_REQUIRED, .missing_code = RV_ERR_NO_TARGET),
    RV_XML_EMBED(RvDisk, iotune, "iotune", &rv_iotune_xml),
    RV_XML_FLAG(RvDisk, read_only, "readonly", .flags = RV_XML_ABI,
                .doc = "The guest cannot write to it; always so for a cdrom."),
    RV_XML_FLAG(RvDisk, shareable, "shareable", .doc = "Other guests may use it as well."),
    RV_XML_CHILD(RvDisk, transient, "transient", &transient),
    RV_XML_LEAF(RvDisk, serial, "serial", string, .flags = RV_XML_ABI,
                .doc = "The serial number that the guest sees."),
    RV_XML_LEAF(RvDisk, wwn, "wwn", string, .flags = RV_XML_ABI,
                .doc = "Its world-wide name: 16 hexadecimal digits."),
    RV_XML_LEAF(RvDisk, vendor, "vendor", string, .flags = RV_XML_ABI,
                .doc = "The vendor that a SCSI disk names: up to 8 characters."),
    RV_XML_LEAF(RvDisk, product, "product", string, .flags = RV_XML_ABI,
                .doc = "The product that a SCSI disk names: up to 16 characters."),
    RV_XML_CHILD(RvDisk, encryption, "encryption", &rv_encryption_xml),
    RV_DEVICE_BOOT_ROW(RvDisk),
    RV_DEVICE_ROWS(RvDisk),
};

const RvXmlType rv_disk_xml = {
    .doc = "A disk, CD-ROM or floppy drive.",
    .size = sizeof(RvDisk),
    RV_XML_ROWS(disk_rows),
    .check = rv_disk_check,
};
