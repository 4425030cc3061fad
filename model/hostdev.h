/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A device of the host that is given to the guest. */

#include "base/uuid.h"
#include "model/device.h"
#include "model/storage-secret.h"

typedef enum { RV_HOSTDEV_SUBSYSTEM, RV_HOSTDEV_CAPABILITIES, RV_HOSTDEV_MODE_LAST } RvHostdevMode;
RV_ENUM_DECLARE(rv_hostdev_mode, RvHostdevMode);

typedef enum {
    RV_HOSTDEV_USB,
    RV_HOSTDEV_PCI,
    RV_HOSTDEV_SCSI,
    RV_HOSTDEV_SCSI_HOST,
    RV_HOSTDEV_MDEV,
    RV_HOSTDEV_STORAGE, /* these three of mode capabilities, for containers */
    RV_HOSTDEV_MISC,
    RV_HOSTDEV_NET,
    RV_HOSTDEV_TYPE_LAST,
} RvHostdevType;
RV_ENUM_DECLARE(rv_hostdev_type, RvHostdevType);

typedef struct {
    unsigned bus, device;      /* usb */
    unsigned scsi_bus, target; /* scsi */
    uint64_t unit;
    RvPciAddress pci;
    RvUuid uuid; /* mdev */
} RvHostdevAddress;

typedef struct {
    RvDevice device;
    RvHostdevMode mode;
    RvHostdevType type;
    bool managed;
    char *model;  /* mdev: "vfio-pci", ...; scsi_host: "virtio", ... */
    char *sgio;
    RvTristate raw_io, display, ramfb;
    char *driver; /* pci: "vfio", "kvm", "xen" */

    char *startup_policy, *guest_reset; /* usb */
    RvTristate write_filtering;         /* pci */
    bool missing; /* of a running guest */
    unsigned vendor, product;           /* usb; 0: named by its address */
    char *protocol;   /* scsi: "iscsi"; scsi_host: "vhost" */
    char *name;       /* iscsi: target and unit */
    char *wwpn;       /* scsi_host */
    char *adapter;    /* scsi: "scsi_host0" */
    GPtrArray *hosts; /* RvStorageHost, of iscsi */
    RvStorageAuth *auth;
    char *initiator;
    RvHostdevAddress address; /* on the host */
    char *path; /* storage, misc: the device; net: the interface */

    bool read_only, shareable;
    char *teaming, *teaming_with;
    GPtrArray *ips, *routes; /* RvIp, RvRoute; net */
} RvHostdev;

extern const RvXmlType rv_hostdev_xml;

/* Which device of the host it is: the same text for the same one. */
char *rv_hostdev_key(const RvHostdev *hostdev);
