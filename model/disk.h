/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A disk, CD-ROM or floppy drive: what the guest sees, and the chain of sources behind it. */

#include "model/device.h"
#include "model/disk-source.h"

typedef enum {
    RV_DISK_DEVICE_DISK,
    RV_DISK_DEVICE_CDROM,
    RV_DISK_DEVICE_FLOPPY,
    RV_DISK_DEVICE_LUN,
    RV_DISK_DEVICE_LAST,
} RvDiskDevice;
RV_ENUM_DECLARE(rv_disk_device, RvDiskDevice);

typedef enum {
    RV_DISK_BUS_NONE,
    RV_DISK_BUS_IDE,
    RV_DISK_BUS_FDC,
    RV_DISK_BUS_SCSI,
    RV_DISK_BUS_VIRTIO,
    RV_DISK_BUS_XEN,
    RV_DISK_BUS_USB,
    RV_DISK_BUS_UML,
    RV_DISK_BUS_SATA,
    RV_DISK_BUS_SD,
    RV_DISK_BUS_LAST,
} RvDiskBus;
RV_ENUM_DECLARE(rv_disk_bus, RvDiskBus);

typedef enum { RV_DISK_TRAY_CLOSED, RV_DISK_TRAY_OPEN, RV_DISK_TRAY_LAST } RvDiskTray;
RV_ENUM_DECLARE(rv_disk_tray, RvDiskTray);

/* What an image is an overlay of. One whose source is of type none ends the chain. */
typedef struct RvBackingStore RvBackingStore;
struct RvBackingStore {
    RvDiskSource source;
    RvBackingStore *next; /* NULL: not said */
};

/* A copy that is being made while the guest runs. */
typedef struct {
    RvDiskSource source;
    RvBackingStore *backing;
    char *file, *format; /* what older clients read: the same as in the source */
    char *job;   /* "copy", "active-commit" */
    char *ready; /* "yes", "abort", "pivot"; NULL: not yet */
} RvDiskMirror;

/* Limits for a disk or a group of disks; 0: none. Bytes and operations a second. */
typedef struct {
    struct {
        uint64_t total_bytes, read_bytes, write_bytes, total_iops, read_iops, write_iops;
    } limit, burst, burst_length; /* the length in seconds */
    uint64_t iops_size; /* bytes that count as one operation */
    char *group;
} RvIoTune;

typedef struct {
    RvTristate share_backing; /* whether other guests may use the image meanwhile */
} RvTransient;

typedef struct {
    RvDevice device;
    RvDiskDevice kind;
    char *model;    /* of a virtio disk */
    RvTristate raw_io;
    char *sgio;     /* "filtered", "unfiltered" */
    char *snapshot; /* "no", "internal", "external", "manual" */

    /* checked names, handed on to the emulator */
    char *driver_name, *cache, *io, *discard, *detect_zeroes, *error_policy, *read_error_policy;
    RvTristate io_event_fd, event_idx, copy_on_read;
    unsigned iothread, queues, queue_size; /* 0: not said */
    RvVirtioOptions virtio;

    RvDiskSource source;
    RvBackingStore *backing;
    RvDiskMirror *mirror;        /* of a running guest */
    RvStorageAuth *auth;         /* said beside the source, not in it: see rv_disk_auth() */
    RvEncryption *encryption;    /* the same */
    char *backend_domain;        /* xen: the domain that serves it */

    struct {
        unsigned cylinders, heads, sectors;
        char *translation; /* "none", "auto", "lba" */
    } geometry;
    unsigned logical_block_size, physical_block_size; /* bytes; 0: not said */

    char *target;   /* "vda" */
    RvDiskBus bus;
    RvDiskTray tray;
    RvTristate removable;
    unsigned rotation_rate; /* a minute; 1: it does not rotate */
    RvIoTune iotune;
    bool read_only, shareable;
    RvTransient *transient; /* NULL: what is written stays */
    char *serial, *wwn, *vendor, *product;
} RvDisk;

extern const RvXmlType rv_disk_xml;
extern const RvXmlType rv_backing_store_xml, rv_disk_mirror_xml, rv_iotune_xml;

/* The number that a disk's name stands for: 0 for hda, sda, ..., 27 for vdab; -1: none. */
int rv_disk_name_index(const char *name);

/* The bus that it is on: what was said, or what its name suggests. */
RvDiskBus rv_disk_bus(const RvDisk *disk);

/* Wherever they were said; NULL: nowhere. */
const RvStorageAuth *rv_disk_auth(const RvDisk *disk);
const RvEncryption *rv_disk_encryption(const RvDisk *disk);

bool rv_iotune_is_set(const RvIoTune *tune);

/* The check of rv_disk_xml: libvirt's rules for all drivers, with its codes. */
void rv_disk_check(RvXmlReader *reader, const RvXmlNode *node, void *disk);
