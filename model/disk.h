/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/device.h"

typedef enum { RV_DISK_FILE, RV_DISK_BLOCK, RV_DISK_TYPE_LAST } RvDiskType;
RV_ENUM_DECLARE(rv_disk_type, RvDiskType);

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
    RV_DISK_BUS_SATA,
    RV_DISK_BUS_SD,
    RV_DISK_BUS_LAST,
} RvDiskBus;
RV_ENUM_DECLARE(rv_disk_bus, RvDiskBus);

/* Formats we let a guest use. A format is explicit: absent means raw, it is never guessed. */
typedef enum { RV_DISK_FORMAT_NONE, RV_DISK_RAW, RV_DISK_QCOW2, RV_DISK_FORMAT_LAST } RvDiskFormat;
RV_ENUM_DECLARE(rv_disk_format, RvDiskFormat);

typedef struct {
    RvDevice device;
    RvDiskType type;
    RvDiskDevice kind;
    char *driver_name;
    RvDiskFormat format;
    char *cache, *io, *discard, *error_policy; /* checked names, handed on to the emulator */
    char *source;   /* a path; NULL: no medium */
    char *startup_policy;
    char *target;   /* "vda" */
    RvDiskBus bus;
    bool read_only, shareable, transient;
    char *serial;
} RvDisk;

extern const RvXmlType rv_disk_xml;

/* The number that a disk's name stands for: 0 for hda, sda, ..., 27 for vdab; -1: none. */
int rv_disk_name_index(const char *name);

/* The bus that it is on: what was said, or what its name suggests. */
RvDiskBus rv_disk_bus(const RvDisk *disk);
