/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Rules of libvirt about one disk, for all drivers, with its codes. */

#include "base/error.h"
#include "model/device-xml.h"
#include "model/disk.h"

#include <string.h>

#define MAX_VENDOR 8
#define MAX_PRODUCT 16
#define WWN_DIGITS 16

typedef struct {
    RvXmlReader *reader;
    const RvXmlNode *node;
    const RvDisk *disk;
} Check;

#define unsupported(check, element, attribute, ...)                                                \
    rv_xml_error((check)->reader, RV_ERR_CONFIG_UNSUPPORTED,                                       \
                 rv_xml_node_child((check)->node, element, 0), attribute, __VA_ARGS__)

/* ---- What the guest sees --------------------------------------------------------------------- */

static bool has_hard_disk_name(const char *name)
{
    static const char *const prefixes[] = {"hd", "sd", "vd", "xvd", "ubd"};
    for (unsigned i = 0; i < G_N_ELEMENTS(prefixes); i++) {
        if (g_str_has_prefix(name, prefixes[i]))
            return true;
    }
    return false;
}

static void check_name(const Check *check)
{
    const RvDisk *disk = check->disk;
    const RvXmlNode *place = rv_xml_node_child(check->node, "target", 0);
    const char *name = disk->target + (g_str_has_prefix(disk->target, "ioemu:") ? 6 : 0);
    bool hard = disk->kind == RV_DISK_DEVICE_DISK || disk->kind == RV_DISK_DEVICE_LUN;
    if (hard && !has_hard_disk_name(name))
        rv_xml_error(check->reader, RV_ERR_INTERNAL, place, "dev",
                     "the name of a disk begins with hd, sd, vd, xvd or ubd: '%s' does not", name);
    if (disk->kind == RV_DISK_DEVICE_FLOPPY && !g_str_has_prefix(name, "fd"))
        rv_xml_error(check->reader, RV_ERR_INTERNAL, place, "dev",
                     "the name of a floppy drive begins with fd: '%s' does not", name);
}

static void check_bus(const Check *check)
{
    const RvDisk *disk = check->disk;
    RvDiskBus bus = rv_disk_bus(disk);
    bool floppy = disk->kind == RV_DISK_DEVICE_FLOPPY;
    if (floppy != (bus == RV_DISK_BUS_FDC))
        rv_xml_fault(check->reader, RV_DIAGNOSTIC_ERROR, RV_ERR_INTERNAL,
                     rv_xml_node_child(check->node, "target", 0), "bus", floppy ? "fdc" : NULL,
                     floppy ? "a floppy drive is on bus fdc, not on %s"
                            : "only a floppy drive can be on bus %s", rv_disk_bus_to_string(bus));

    RvAddressType address = disk->device.address.type;
    bool drive = bus == RV_DISK_BUS_IDE || bus == RV_DISK_BUS_FDC || bus == RV_DISK_BUS_SCSI ||
                 bus == RV_DISK_BUS_SATA;
    if (drive && address != RV_ADDRESS_NONE && address != RV_ADDRESS_DRIVE)
        rv_xml_fault(check->reader, RV_DIAGNOSTIC_ERROR, RV_ERR_CONFIG_UNSUPPORTED,
                     rv_xml_node_child(check->node, "address", 0), "type", "drive",
                     "a disk on bus %s has an address of type drive, not %s",
                     rv_disk_bus_to_string(bus), rv_address_type_to_string(address));
}

static void check_virtio(const Check *check)
{
    const RvDisk *disk = check->disk;
    const RvXmlNode *driver = rv_xml_node_child(check->node, "driver", 0);
    if (rv_disk_bus(disk) == RV_DISK_BUS_VIRTIO)
        return;
    if (disk->model && strcmp(disk->model, "default"))
        rv_xml_error(check->reader, RV_ERR_CONFIG_UNSUPPORTED, check->node, "model",
                     "model= is for disks on bus virtio");
    const struct {
        const char *name;
        bool given;
    } options[] = {
        {"queues", disk->queues},
        {"event_idx", disk->event_idx},
        {"ioeventfd", disk->io_event_fd},
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(options); i++) {
        if (options[i].given)
            rv_xml_error(check->reader, RV_ERR_CONFIG_UNSUPPORTED, driver, options[i].name,
                         "%s= is for disks on bus virtio", options[i].name);
    }
    rv_virtio_options_refuse(check->reader, driver, &disk->virtio);
}

static void check_text(const Check *check, const char *element, const char *text, size_t most)
{
    const RvXmlNode *place = rv_xml_node_child(check->node, element, 0);
    if (!text)
        return;
    for (const char *at = text; *at; at++) {
        if (!g_ascii_isprint(*at)) {
            rv_xml_error(check->reader, RV_ERR_XML, place, NULL,
                         "only printable characters of ASCII can stand here");
            return;
        }
    }
    if (strlen(text) > most)
        rv_xml_error(check->reader, RV_ERR_CONFIG_UNSUPPORTED, place, NULL,
                     "more than %zu characters", most);
}

static void check_identity(const Check *check)
{
    const char *wwn = check->disk->wwn;
    check_text(check, "vendor", check->disk->vendor, MAX_VENDOR);
    check_text(check, "product", check->disk->product, MAX_PRODUCT);
    if (!wwn)
        return;
    wwn += g_str_has_prefix(wwn, "0x") ? 2 : 0;
    if (strlen(wwn) != WWN_DIGITS || wwn[strspn(wwn, "0123456789abcdefABCDEF")])
        rv_xml_error(check->reader, RV_ERR_INTERNAL, rv_xml_node_child(check->node, "wwn", 0), NULL,
                     "a world-wide name is %d hexadecimal digits", WWN_DIGITS);
}

static void check_drive(const Check *check)
{
    const RvDisk *disk = check->disk;
    bool removable = disk->kind == RV_DISK_DEVICE_FLOPPY || disk->kind == RV_DISK_DEVICE_CDROM;
    if (disk->tray != RV_DISK_TRAY_CLOSED && !removable)
        unsupported(check, "target", "tray", "only a cdrom or floppy drive has a tray");
    if (disk->removable && rv_disk_bus(disk) != RV_DISK_BUS_USB)
        rv_xml_error(check->reader, RV_ERR_XML, rv_xml_node_child(check->node, "target", 0),
                     "removable", "removable= is for disks on bus usb");
    if (!g_strcmp0(disk->source.startup_policy, "requisite") && !removable)
        rv_xml_error(check->reader, RV_ERR_XML, rv_xml_node_child(check->node, "source", 0),
                     "startupPolicy", "requisite is for drives whose medium can be changed");
    if (disk->kind == RV_DISK_DEVICE_DISK && rv_disk_source_is_empty(&disk->source))
        rv_xml_error(check->reader, RV_ERR_NO_SOURCE, check->node, NULL,
                     "a disk must have a <source> with %s=",
                     disk->source.type == RV_DISK_BLOCK ? "dev" : "file");
}

/* ---- Where the data is ----------------------------------------------------------------------- */

static void check_source(const Check *check)
{
    const RvDisk *disk = check->disk;
    if (disk->auth && disk->source.auth)
        unsupported(check, "auth", NULL, "there is an <auth> in the <source> as well");
    else if (disk->auth && disk->source.type == RV_DISK_NETWORK)
        rv_disk_source_check_auth(check->reader, check->node, &disk->source, disk->auth);
    if (disk->encryption && disk->source.encryption)
        unsupported(check, "encryption", NULL, "there is an <encryption> in the <source> as well");
    if (disk->encryption && disk->encryption->cipher)
        unsupported(check, "encryption", NULL, "a disk knows its <cipher> itself: leave it out");
    if (disk->source.startup_policy && disk->source.type != RV_DISK_VOLUME &&
        !rv_disk_source_is_local(&disk->source))
        rv_xml_error(check->reader, RV_ERR_XML, rv_xml_node_child(check->node, "source", 0),
                     "startupPolicy", "startupPolicy= is for files, devices and volumes");
}

static void check_lun(const Check *check)
{
    const RvDiskSource *source = &check->disk->source;
    const RvEncryption *encryption = rv_disk_encryption(check->disk);
    bool iscsi = source->type == RV_DISK_NETWORK && source->protocol == RV_PROTOCOL_ISCSI;
    if (source->type != RV_DISK_BLOCK && source->type != RV_DISK_VOLUME && !iscsi)
        rv_xml_error(check->reader, RV_ERR_CONFIG_UNSUPPORTED, check->node, "device",
                     "a lun must be a block device, a volume, or behind iSCSI");
    if (source->format != RV_DISK_RAW && source->format != RV_DISK_FORMAT_NONE)
        unsupported(check, "driver", "type", "a lun is raw");
    if (source->slice)
        unsupported(check, "source", NULL, "a lun cannot be a part of something");
    if (encryption && encryption->format != RV_ENCRYPTION_DEFAULT)
        unsupported(check, "encryption", NULL, "a lun cannot be encrypted");
}

static void check_not_lun(const Check *check)
{
    const RvDisk *disk = check->disk;
    if (disk->source.reservations)
        unsupported(check, "source", NULL, "<reservations> are for a device='lun'");
    if (disk->raw_io)
        unsupported(check, "", "rawio", "rawio= is for a device='lun'");
    if (disk->sgio)
        unsupported(check, "", "sgio", "sgio= is for a device='lun'");
}

/* The other program does what the emulator does for other disks. */
static void check_vhost_user(const Check *check)
{
    const RvDisk *disk = check->disk;
    const struct {
        const char *name;
        bool given;
    } parts[] = {
        {"cache", disk->cache && strcmp(disk->cache, "default")},
        {"error_policy", disk->error_policy || disk->read_error_policy},
        {"io", disk->io},
        {"ioeventfd", disk->io_event_fd},
        {"copy_on_read", disk->copy_on_read},
        {"discard", disk->discard},
        {"iothread", disk->iothread},
        {"detect_zeroes", disk->detect_zeroes},
        {"metadata_cache", disk->source.metadata_cache},
        {"iotune", disk->iotune.group || rv_iotune_is_set(&disk->iotune)},
        {"backingStore", disk->backing},
        {"encryption", rv_disk_encryption(disk)},
        {"readonly", disk->read_only},
        {"shareable", disk->shareable},
        {"transient", disk->transient},
        {"serial", disk->serial},
        {"wwn", disk->wwn},
        {"vendor", disk->vendor},
        {"product", disk->product},
        {"auth", rv_disk_auth(disk)},
        {"geometry", disk->geometry.cylinders || disk->geometry.heads || disk->geometry.sectors ||
                         disk->geometry.translation},
        {"blockio", disk->logical_block_size || disk->physical_block_size},
    };
    if (rv_disk_bus(disk) != RV_DISK_BUS_VIRTIO)
        unsupported(check, "target", "bus", "a vhostuser disk is on bus virtio");
    if (disk->snapshot && strcmp(disk->snapshot, "no"))
        unsupported(check, "", "snapshot", "a vhostuser disk is left out of snapshots");
    for (unsigned i = 0; i < G_N_ELEMENTS(parts); i++) {
        if (parts[i].given)
            unsupported(check, parts[i].name, NULL, "a vhostuser disk cannot have %s",
                        parts[i].name);
    }
}

void rv_disk_check(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    RvDisk *disk = object;
    const Check check = {reader, node, disk};
    if (rv_xml_node_child(node, "source", 0) == node)
        disk->source.type = RV_DISK_FILE;
    else
        rv_disk_source_check(reader, node, &disk->source);
    check_source(&check);
    check_name(&check);
    check_bus(&check);
    check_virtio(&check);
    check_drive(&check);
    check_identity(&check);
    if (!g_strcmp0(disk->sgio, "unfiltered"))
        rv_xml_fault(reader, RV_DIAGNOSTIC_ERROR, RV_ERR_CONFIG_UNSUPPORTED, node, "sgio",
                     "filtered", "kernels have no unfiltered SCSI commands any more");
    if (disk->kind == RV_DISK_DEVICE_LUN)
        check_lun(&check);
    else
        check_not_lun(&check);
    if (disk->source.type == RV_DISK_VHOST_USER)
        check_vhost_user(&check);
}
