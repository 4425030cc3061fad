/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Disks: what libvirt's driver refuses when a domain is defined. */

#include "base/error.h"
#include "drivers/kvm/check-devices.h"
#include "drivers/kvm/machine.h"

#include <string.h>

#define MAX_LIMIT 1000000000000000 /* what QEMU takes as a limit of throughput */

typedef struct {
    const RvDomainDef *def;
    const RvDisk *disk;
    bool has_ide;
} Case;

#define BIT(bus) (1u << RV_DISK_BUS_##bus)

static bool is_on(const Case *c, unsigned buses)
{
    return buses & 1u << c->disk->bus;
}

static bool is_kind(const Case *c, RvDiskDevice kind)
{
    return c->disk->kind == kind;
}

static bool is_drive(const Case *c)
{
    return is_kind(c, RV_DISK_DEVICE_CDROM) || is_kind(c, RV_DISK_DEVICE_FLOPPY);
}

/* ---- What the guest sees -------------------------------------------------------------------- */

static bool bus_of_xen(const Case *c)
{
    return is_on(c, BIT(XEN));
}

static bool bus_of_floppies(const Case *c)
{
    return is_kind(c, RV_DISK_DEVICE_FLOPPY) != is_on(c, BIT(FDC));
}

static bool ide_is_missing(const Case *c)
{
    return is_on(c, BIT(IDE)) && !c->has_ide;
}

static bool cdrom_cannot_eject(const Case *c)
{
    return is_kind(c, RV_DISK_DEVICE_CDROM) && is_on(c, BIT(VIRTIO) | BIT(SD));
}

static bool lun_on_other_bus(const Case *c)
{
    return is_kind(c, RV_DISK_DEVICE_LUN) && !is_on(c, BIT(VIRTIO) | BIT(SCSI));
}

static bool usb_has_other_address(const Case *c)
{
    RvAddressType address = c->disk->device.address.type;
    return is_on(c, BIT(USB)) && address != RV_ADDRESS_NONE && address != RV_ADDRESS_USB;
}

static bool name_is_none(const Case *c)
{
    return rv_disk_name_index(c->disk->target) < 0;
}

static bool name_is_partition(const Case *c)
{
    return !name_is_none(c) && g_ascii_isdigit(c->disk->target[strlen(c->disk->target) - 1]);
}

static bool has_geometry(const Case *c)
{
    return c->disk->geometry.cylinders && c->disk->geometry.heads && c->disk->geometry.sectors;
}

static bool geometry_of_others(const Case *c)
{
    return has_geometry(c) && is_on(c, BIT(USB) | BIT(SD));
}

static bool translation_of_others(const Case *c)
{
    return has_geometry(c) && c->disk->geometry.translation && !is_on(c, BIT(IDE));
}

static bool serial_of_others(const Case *c)
{
    return c->disk->serial && is_on(c, BIT(SD));
}

static bool serial_of_lun(const Case *c)
{
    return c->disk->serial && is_on(c, BIT(SCSI)) && is_kind(c, RV_DISK_DEVICE_LUN);
}

static bool serial_is_odd(const Case *c)
{
    static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                               "0123456789-_ .+";
    return c->disk->serial && c->disk->serial[strspn(c->disk->serial, good)];
}

static bool wwn_of_others(const Case *c)
{
    return c->disk->wwn && (!is_on(c, BIT(IDE) | BIT(SCSI)) || is_kind(c, RV_DISK_DEVICE_LUN));
}

static bool vendor_of_others(const Case *c)
{
    bool given = c->disk->vendor || c->disk->product;
    return given && (!is_on(c, BIT(SCSI)) || is_kind(c, RV_DISK_DEVICE_LUN));
}

static bool rotates_wrongly(const Case *c)
{
    return c->disk->rotation_rate && (!is_kind(c, RV_DISK_DEVICE_DISK) ||
                                      !is_on(c, BIT(SCSI) | BIT(IDE) | BIT(SATA)));
}

static bool cannot_be_read_only(const Case *c)
{
    return c->disk->read_only && is_kind(c, RV_DISK_DEVICE_DISK) && is_on(c, BIT(IDE) | BIT(SATA));
}

/* ---- How the emulator serves it ------------------------------------------------------------- */

static bool is_empty(const Case *c)
{
    const RvDiskSource *source = &c->disk->source;
    return rv_disk_source_is_local(source) && !source->path;
}

static bool cannot_be_empty(const Case *c)
{
    return is_empty(c) && !is_drive(c);
}

static bool driver_of_others(const Case *c)
{
    return strcmp(c->disk->driver_name, "qemu") != 0;
}

static bool native_through_cache(const Case *c)
{
    const char *cache = c->disk->cache;
    return !g_strcmp0(c->disk->io, "native") && g_strcmp0(cache, "none") &&
           g_strcmp0(cache, "directsync");
}

static bool copies_on_read_wrongly(const Case *c)
{
    return c->disk->copy_on_read == RV_TRISTATE_ON &&
           (c->disk->read_only || !is_kind(c, RV_DISK_DEVICE_DISK));
}

static bool thread_of_others(const Case *c)
{
    return c->disk->iothread && !is_on(c, BIT(VIRTIO));
}

static bool thread_is_missing(const Case *c)
{
    return c->disk->iothread && !thread_of_others(c) &&
           !rv_iothreads_have(&c->def->iothreads, c->disk->iothread);
}

static bool is_shared_wrongly(const Case *c)
{
    return c->disk->shareable && !c->disk->read_only && c->disk->source.format != RV_DISK_RAW;
}

static bool is_transient_wrongly(const Case *c)
{
    return c->disk->transient && (is_empty(c) || c->disk->read_only ||
                                  c->disk->source.type != RV_DISK_FILE ||
                                  !is_kind(c, RV_DISK_DEVICE_DISK));
}

static bool shares_backing_wrongly(const Case *c)
{
    return c->disk->transient && c->disk->transient->share_backing == RV_TRISTATE_ON &&
           !is_on(c, BIT(USB) | BIT(VIRTIO) | BIT(SCSI));
}

static bool group_without_limits(const Case *c)
{
    return c->disk->iotune.group && !rv_iotune_is_set(&c->disk->iotune);
}

static bool limit_is_too_high(const Case *c)
{
    const RvIoTune *tune = &c->disk->iotune;
    const uint64_t limits[] = {
        tune->limit.total_bytes, tune->limit.read_bytes, tune->limit.write_bytes,
        tune->limit.total_iops,  tune->limit.read_iops,  tune->limit.write_iops,
        tune->burst.total_bytes, tune->burst.read_bytes, tune->burst.write_bytes,
        tune->burst.total_iops,  tune->burst.read_iops,  tune->burst.write_iops,
        tune->iops_size,
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(limits); i++) {
        if (limits[i] > MAX_LIMIT)
            return true;
    }
    return false;
}

static bool is_served_by_others(const Case *c)
{
    return c->disk->source.type == RV_DISK_VHOST_USER && !rv_domain_def_shares_memory(c->def);
}

#define DISK "domain/devices/disk/"

static const struct {
    bool (*is_wrong)(const Case *c);
    const char *path, *suggestion, *message;
    int code; /* 0: RV_ERR_CONFIG_UNSUPPORTED */
} rules[] = {
    {bus_of_xen, DISK "target/@bus", "virtio", "QEMU has no bus 'xen'"},
    {bus_of_floppies, DISK "target/@bus", NULL, "bus 'fdc' is for floppy drives, and they for it"},
    {ide_is_missing, DISK "target/@bus", "sata",
     "IDE controllers are unsupported for this machine type"},
    {cdrom_cannot_eject, DISK "target/@bus", "sata", "a CD-ROM drive on this bus cannot eject"},
    {lun_on_other_bus, DISK "target/@bus", "scsi", "a lun is on bus virtio or scsi"},
    {usb_has_other_address, DISK "address/@type", "usb", "a disk on bus usb has a USB address",
     RV_ERR_INTERNAL},
    {name_is_none, DISK "target/@dev", NULL,
     "it is none of fd, hd, sd, vd, xvd or ubd and letters: sda"},
    {name_is_partition, DISK "target/@dev", NULL,
     "it names a partition: leave out the number at its end"},
    {geometry_of_others, DISK "geometry", NULL, "a disk on this bus has no geometry"},
    {translation_of_others, DISK "geometry/@trans", NULL, "only disks on bus ide translate it"},
    {serial_of_others, DISK "serial", NULL, "a disk on bus sd has no serial number",
     RV_ERR_INTERNAL},
    {serial_of_lun, DISK "serial", NULL, "a lun has the serial number of the device behind it"},
    {serial_is_odd, DISK "serial", NULL, "it can have letters, digits, blanks and -_.+ only",
     RV_ERR_INTERNAL},
    {wwn_of_others, DISK "wwn", NULL, "only a disk on bus ide or scsi has a name of its own"},
    {vendor_of_others, DISK "vendor", NULL,
     "only a disk on bus scsi that is no lun can say its vendor and product"},
    {rotates_wrongly, DISK "target/@rotation_rate", NULL,
     "only disks on bus scsi, ide or sata rotate", RV_ERR_INTERNAL},
    {cannot_be_read_only, DISK "readonly", NULL,
     "a disk on bus ide or sata cannot be read-only: choose virtio or scsi"},
    {cannot_be_empty, DISK "source", NULL, "it has no source, and is no drive that could be empty"},
    {driver_of_others, DISK "driver/@name", "qemu", "there is no such driver"},
    {native_through_cache, DISK "driver/@io", "threads",
     "native I/O needs either no disk cache or directsync cache mode"},
    {copies_on_read_wrongly, DISK "driver/@copy_on_read", NULL,
     "nothing can be copied into what cannot be written or is removable, nor into a lun"},
    {thread_of_others, DISK "driver/@iothread", NULL, "only disks on bus virtio have a thread"},
    {thread_is_missing, DISK "driver/@iothread", NULL, "<iothreads> says no such thread"},
    {is_shared_wrongly, DISK "shareable", NULL,
     "only an image of format raw can be written by several guests"},
    {is_transient_wrongly, DISK "transient", NULL,
     "only a disk in a file, which can be written, can be transient"},
    {shares_backing_wrongly, DISK "transient/@shareBacking", NULL,
     "only transient disks on bus usb, virtio or scsi can share what is behind them"},
    {group_without_limits, DISK "iotune/group_name", NULL, "a group needs limits beside it"},
    {limit_is_too_high, DISK "iotune", NULL, "a limit is no more than 1000000000000000",
     RV_ERR_ARGUMENT_UNSUPPORTED},
    {is_served_by_others, "domain/memoryBacking/access/@mode", "shared",
     "a vhostuser disk needs memory that is shared"},
};

/* ---- What is behind it ---------------------------------------------------------------------- */

static bool is_remote(const RvDiskSource *source, unsigned protocols)
{
    return source->type == RV_DISK_NETWORK && protocols & 1u << source->protocol;
}

#define HTTP (1u << RV_PROTOCOL_HTTP | 1u << RV_PROTOCOL_HTTPS)
#define FTP (1u << RV_PROTOCOL_FTP | 1u << RV_PROTOCOL_FTPS)

static const char *format_fault(const RvDiskSource *source)
{
    bool in_folder = source->type == RV_DISK_DIR;
    if (source->format == RV_DISK_COW)
        return "QEMU does not know format 'cow'";
    if (source->format == RV_DISK_FORMAT_DIR)
        return "QEMU knows no format 'dir': say <disk type='dir'>";
    if (source->format == RV_DISK_ISO)
        return "QEMU knows no format 'iso': an image of a CD is 'raw'";
    if (source->format == RV_DISK_FAT && !in_folder && source->type != RV_DISK_VOLUME)
        return "format 'fat' is for <disk type='dir'>";
    if (in_folder && source->format != RV_DISK_FAT && source->format != RV_DISK_FORMAT_NONE)
        return "a folder is shown by format 'fat' only";
    if (source->metadata_cache && source->format != RV_DISK_QCOW2)
        return "only format 'qcow2' has a cache of metadata";
    return NULL;
}

static const char *network_fault(const RvDiskSource *source)
{
    const RvStorageHost *host = source->hosts->len ? source->hosts->pdata[0] : NULL;
    if (source->ssl_verify &&
        !is_remote(source, 1u << RV_PROTOCOL_HTTPS | 1u << RV_PROTOCOL_FTPS))
        return "certificates are for protocols https and ftps";
    if (source->cookies->len && !is_remote(source, HTTP))
        return "cookies are for protocols http and https";
    if (source->query && !is_remote(source, HTTP))
        return "a query is for protocols http and https";
    if ((source->readahead || source->timeout) && !is_remote(source, HTTP | FTP))
        return "readahead and timeout are for protocols http, https, ftp and ftps";
    if (is_remote(source, 1u << RV_PROTOCOL_TFTP))
        return "QEMU speaks 'tftp' no more";
    if (is_remote(source, 1u << RV_PROTOCOL_NFS) &&
        (source->hosts->len != 1 || host->transport != RV_TRANSPORT_TCP || host->port))
        return "protocol 'nfs' has one host, by tcp, without a port";
    if (source->tls_hostname && !is_remote(source, 1u << RV_PROTOCOL_NBD))
        return "tlsHostname= is for protocol nbd";
    return NULL;
}

static const char *encryption_fault(const RvDiskSource *source, const RvEncryption *encryption)
{
    if (!encryption)
        return NULL;
    if (encryption->format == RV_ENCRYPTION_DEFAULT || encryption->format == RV_ENCRYPTION_QCOW)
        return "QEMU has given up the old encryption of qcow: say <encryption format='luks'>";
    if (encryption->engine == RV_ENCRYPTION_ENGINE_LIBRBD)
        return source->type != RV_DISK_NETWORK && source->protocol != RV_PROTOCOL_RBD
                   ? "engine 'librbd' is for protocol rbd"
                   : NULL;
    if (encryption->format == RV_ENCRYPTION_LUKS2)
        return "QEMU itself knows no 'luks2': 'luks', or engine 'librbd'";
    if (source->format != RV_DISK_QCOW2 && source->format != RV_DISK_RAW)
        return "only formats 'raw' and 'qcow2' can be encrypted";
    return NULL;
}

static void check_source(const Case *c, const RvDiskSource *source, const RvEncryption *encryption,
                         RvDiagnostics *diagnostics)
{
    const struct {
        const char *path, *message;
    } faults[] = {
        {DISK "driver/@type", format_fault(source)},
        {DISK "source", network_fault(source)},
        {DISK "source/encryption", encryption_fault(source, encryption)},
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(faults); i++) {
        if (faults[i].message)
            kvm_refuse(diagnostics, 0, faults[i].path, NULL, "disk %s: %s", c->disk->target,
                       faults[i].message);
    }
}

static void check_chain(const Case *c, RvDiagnostics *diagnostics)
{
    const RvDisk *disk = c->disk;
    if (!is_empty(c))
        check_source(c, &disk->source, rv_disk_encryption(disk), diagnostics);
    if (disk->source.type == RV_DISK_DIR && !disk->read_only)
        kvm_refuse(diagnostics, 0, DISK "readonly", NULL,
                   "disk %s: a folder that is shown as a disk must be read-only", disk->target);
    for (const RvBackingStore *link = disk->backing; link; link = link->next) {
        if (link->source.type != RV_DISK_NONE)
            check_source(c, &link->source, link->source.encryption, diagnostics);
    }
}

void kvm_check_disks(const RvDomainDef *def, RvDiagnostics *diagnostics)
{
    bool has_ide = kvm_machine_family(def->os.arch, def->os.machine)->has_ide;
    for (guint i = 0; i < def->disks->len; i++) {
        const Case c = {def, def->disks->pdata[i], has_ide};
        rv_diagnostics_about(diagnostics, c.disk->device.origin);
        for (unsigned rule = 0; rule < G_N_ELEMENTS(rules); rule++) {
            if (rules[rule].is_wrong(&c))
                kvm_refuse(diagnostics, rules[rule].code, rules[rule].path, rules[rule].suggestion,
                           "disk %s: %s", c.disk->target, rules[rule].message);
        }
        check_chain(&c, diagnostics);
    }
}
