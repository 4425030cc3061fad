/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/disk.h"

#include "base/error.h"
#include "model/device-xml.h"

#include <limits.h>
#include <string.h>

RV_ENUM(rv_disk_type, RvDiskType, RV_DISK_TYPE_LAST, "file", "block");

RV_ENUM(rv_disk_device, RvDiskDevice, RV_DISK_DEVICE_LAST, "disk", "cdrom", "floppy", "lun");

RV_ENUM(rv_disk_bus, RvDiskBus, RV_DISK_BUS_LAST, "none", "ide", "fdc", "scsi", "virtio", "xen",
        "usb", "sata", "sd");

RV_ENUM(rv_disk_format, RvDiskFormat, RV_DISK_FORMAT_LAST, "none", "raw", "qcow2");

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
    };
    if (disk->bus != RV_DISK_BUS_NONE)
        return disk->bus;
    if (disk->kind == RV_DISK_DEVICE_FLOPPY)
        return RV_DISK_BUS_FDC;
    for (unsigned i = 0; i < G_N_ELEMENTS(buses); i++) {
        if (g_str_has_prefix(disk->target, buses[i].prefix))
            return buses[i].bus;
    }
    return RV_DISK_BUS_IDE;
}

static const char *const cache_names[] = {"default",   "none",       "writethrough",
                                          "writeback", "directsync", "unsafe", NULL};
static const char *const error_policy_names[] = {"stop", "report", "ignore", "enospace", NULL};
static const char *const io_names[] = {"native", "threads", "io_uring", NULL};
static const char *const discard_names[] = {"unmap", "ignore", NULL};
static const char *const startup_policy_names[] = {"mandatory", "requisite", "optional", NULL};

static bool cache_is_default(const void *object)
{
    return !g_strcmp0(((const RvDisk *)object)->cache, "default");
}

static const RvXmlRow driver_rows[] = {
    RV_XML_ATTRIBUTE(RvDisk, driver_name, "name", string, .doc = "The back end: qemu."),
    RV_XML_ATTRIBUTE(RvDisk, format, "type", enum, .names = rv_disk_format_names, .min = 1,
                     .bad_code = RV_ERR_CONFIG_UNSUPPORTED, .fallback = "raw",
                     .doc = "The format of the image. It is never guessed."),
    RV_XML_ATTRIBUTE(RvDisk, cache, "cache", string, .names = cache_names,
                     .omit = cache_is_default, .doc = "How the host caches it."),
    RV_XML_ATTRIBUTE(RvDisk, error_policy, "error_policy", string, .names = error_policy_names,
                     .doc = "What happens to the guest when reading or writing fails."),
    RV_XML_ATTRIBUTE(RvDisk, io, "io", string, .names = io_names,
                     .doc = "How the host reads and writes it."),
    RV_XML_ATTRIBUTE(RvDisk, discard, "discard", string, .names = discard_names,
                     .doc = "Whether what the guest discards is given back to the host."),
};
static const RvXmlType driver = {RV_XML_ROWS(driver_rows)};

static const RvXmlRow source_rows[] = {
    RV_XML_ATTRIBUTE(RvDisk, source, "file", string,
                     RV_XML_WHEN(RvDisk, type, RV_XML_BIT(RV_DISK_FILE)),
                     .doc = "Absolute path of an image."),
    RV_XML_ATTRIBUTE(RvDisk, source, "dev", string,
                     RV_XML_WHEN(RvDisk, type, RV_XML_BIT(RV_DISK_BLOCK)),
                     .doc = "Absolute path of a block device."),
    RV_XML_ATTRIBUTE(RvDisk, startup_policy, "startupPolicy", string,
                     .names = startup_policy_names,
                     .doc = "What happens when the source is missing at start."),
};
static const RvXmlType source = {RV_XML_ROWS(source_rows)};

static const RvXmlRow target_rows[] = {
    RV_XML_ATTRIBUTE(RvDisk, target, "dev", string,
                     .flags = RV_XML_REQUIRED | RV_XML_ABI, .missing_code = RV_ERR_NO_TARGET,
                     .max = 31,
                     .doc = "Its name: a prefix (hd, sd, vd, xvd, ubd, fd) and letters; unique."),
    RV_XML_ATTRIBUTE(RvDisk, bus, "bus", enum, .names = rv_disk_bus_names, .min = 1,
                     .flags = RV_XML_ABI, .bad_code = RV_ERR_CONFIG_UNSUPPORTED,
                     .fallback = "by the prefix of dev", .doc = "What it is plugged into."),
};
static const RvXmlType target = {RV_XML_ROWS(target_rows)};

static const RvXmlRow disk_rows[] = {
    RV_XML_ATTRIBUTE(RvDisk, type, "type", enum, .names = rv_disk_type_names,
                     .flags = RV_XML_ALWAYS, .fallback = "file", .doc = "What its source is."),
    RV_XML_ATTRIBUTE(RvDisk, kind, "device", enum, .names = rv_disk_device_names,
                     .flags = RV_XML_ALWAYS | RV_XML_ABI, .fallback = "disk",
                     .doc = "What the guest sees."),
    RV_XML_GROUP("driver", &driver),
    RV_XML_GROUP("source", &source, .doc = "Where its data is. Absent: a drive without a medium."),
    RV_XML_GROUP("target", &target, .flags = RV_XML_REQUIRED, .missing_code = RV_ERR_NO_TARGET),
    RV_XML_FLAG(RvDisk, read_only, "readonly", .flags = RV_XML_ABI,
                .doc = "The guest cannot write to it; always so for a cdrom."),
    RV_XML_FLAG(RvDisk, shareable, "shareable", .doc = "Other guests may use it as well."),
    RV_XML_FLAG(RvDisk, transient, "transient",
                .doc = "What the guest writes is lost when it ends."),
    RV_XML_LEAF(RvDisk, serial, "serial", string, .flags = RV_XML_ABI, .max = 255,
                .doc = "The serial number that the guest sees."),
    RV_DEVICE_BOOT_ROW(RvDisk),
    RV_DEVICE_ROWS(RvDisk),
};

static bool has_hard_disk_name(const char *name)
{
    static const char *const prefixes[] = {"hd", "sd", "vd", "xvd", "ubd"};
    for (unsigned i = 0; i < G_N_ELEMENTS(prefixes); i++) {
        if (g_str_has_prefix(name, prefixes[i]))
            return true;
    }
    return false;
}

static void check_name(RvXmlReader *reader, const RvXmlNode *node, const RvDisk *disk)
{
    const RvXmlNode *place = rv_xml_node_child(node, "target", 0);
    bool hard = disk->kind == RV_DISK_DEVICE_DISK || disk->kind == RV_DISK_DEVICE_LUN;
    if (hard && !has_hard_disk_name(disk->target))
        rv_xml_error(reader, RV_ERR_INTERNAL, place, "dev",
                     "the name of a disk begins with hd, sd, vd, xvd or ubd: '%s' does not",
                     disk->target);
    if (disk->kind == RV_DISK_DEVICE_FLOPPY && !g_str_has_prefix(disk->target, "fd"))
        rv_xml_error(reader, RV_ERR_INTERNAL, place, "dev",
                     "the name of a floppy drive begins with fd: '%s' does not", disk->target);
}

static void check_bus(RvXmlReader *reader, const RvXmlNode *node, const RvDisk *disk)
{
    RvDiskBus bus = rv_disk_bus(disk);
    bool floppy = disk->kind == RV_DISK_DEVICE_FLOPPY;
    if (floppy != (bus == RV_DISK_BUS_FDC))
        rv_xml_fault(reader, RV_DIAGNOSTIC_ERROR, RV_ERR_INTERNAL,
                     rv_xml_node_child(node, "target", 0), "bus", floppy ? "fdc" : NULL,
                     floppy ? "a floppy drive is on bus fdc, not on %s"
                            : "only a floppy drive can be on bus %s", rv_disk_bus_to_string(bus));

    RvAddressType address = disk->device.address.type;
    bool drive = bus == RV_DISK_BUS_IDE || bus == RV_DISK_BUS_FDC || bus == RV_DISK_BUS_SCSI ||
                 bus == RV_DISK_BUS_SATA;
    if (drive && address != RV_ADDRESS_NONE && address != RV_ADDRESS_DRIVE)
        rv_xml_fault(reader, RV_DIAGNOSTIC_ERROR, RV_ERR_CONFIG_UNSUPPORTED,
                     rv_xml_node_child(node, "address", 0), "type", "drive",
                     "a disk on bus %s has an address of type drive, not %s",
                     rv_disk_bus_to_string(bus), rv_address_type_to_string(address));
}

/* Rules of libvirt for all drivers, with its codes. */
static void check_disk(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    const RvDisk *disk = object;
    bool removable = disk->kind == RV_DISK_DEVICE_FLOPPY || disk->kind == RV_DISK_DEVICE_CDROM;
    check_name(reader, node, disk);
    check_bus(reader, node, disk);
    if (disk->kind == RV_DISK_DEVICE_DISK && !disk->source)
        rv_xml_error(reader, RV_ERR_NO_SOURCE, node, NULL, "a disk must have a <source> with %s=",
                     disk->type == RV_DISK_FILE ? "file" : "dev");
    if (disk->kind == RV_DISK_DEVICE_LUN && disk->type != RV_DISK_BLOCK)
        rv_xml_error(reader, RV_ERR_CONFIG_UNSUPPORTED, node, "device",
                     "a lun must be of type block");
    if (!g_strcmp0(disk->startup_policy, "requisite") && !removable)
        rv_xml_error(reader, RV_ERR_XML, rv_xml_node_child(node, "source", 0), "startupPolicy",
                     "requisite is for drives whose medium can be changed");
}

const RvXmlType rv_disk_xml = {
    .doc = "A disk, CD-ROM or floppy drive.",
    .size = sizeof(RvDisk),
    RV_XML_ROWS(disk_rows),
    .check = check_disk,
};
