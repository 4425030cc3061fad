/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Where the data of a disk is: a file, a device, something on the network, a volume of a pool, an
 * NVMe controller of the host, or another program. The same for a disk, for what it is an overlay
 * of, for the copy that is being made of it, and for a SCSI device behind iSCSI.
 */

#include "model/device.h"
#include "model/storage-secret.h"
#include "model/xml-table.h"

typedef enum {
    RV_DISK_NONE, /* the end of a chain */
    RV_DISK_FILE,
    RV_DISK_BLOCK,
    RV_DISK_DIR,
    RV_DISK_NETWORK,
    RV_DISK_VOLUME,
    RV_DISK_NVME,
    RV_DISK_VHOST_USER,
    RV_DISK_TYPE_LAST,
} RvDiskType;
RV_ENUM_DECLARE(rv_disk_type, RvDiskType);

/* The format of an image. It is explicit: absent means raw, it is never guessed. */
typedef enum {
    RV_DISK_FORMAT_NONE,
    RV_DISK_RAW,
    RV_DISK_FORMAT_DIR,
    RV_DISK_BOCHS,
    RV_DISK_CLOOP,
    RV_DISK_DMG,
    RV_DISK_ISO,
    RV_DISK_VPC,
    RV_DISK_VDI,
    RV_DISK_FAT,
    RV_DISK_VHD,
    RV_DISK_PLOOP,
    RV_DISK_COW,
    RV_DISK_QCOW,
    RV_DISK_QCOW2,
    RV_DISK_QED,
    RV_DISK_VMDK,
    RV_DISK_FORMAT_LAST,
} RvDiskFormat;
RV_ENUM_DECLARE(rv_disk_format, RvDiskFormat);

typedef enum {
    RV_PROTOCOL_NONE,
    RV_PROTOCOL_NBD,
    RV_PROTOCOL_RBD,
    RV_PROTOCOL_SHEEPDOG,
    RV_PROTOCOL_GLUSTER,
    RV_PROTOCOL_ISCSI,
    RV_PROTOCOL_HTTP,
    RV_PROTOCOL_HTTPS,
    RV_PROTOCOL_FTP,
    RV_PROTOCOL_FTPS,
    RV_PROTOCOL_TFTP,
    RV_PROTOCOL_SSH,
    RV_PROTOCOL_VXHS,
    RV_PROTOCOL_NFS,
    RV_PROTOCOL_LAST,
} RvProtocol;
RV_ENUM_DECLARE(rv_protocol, RvProtocol);

typedef enum { RV_TRANSPORT_TCP, RV_TRANSPORT_UNIX, RV_TRANSPORT_RDMA, RV_TRANSPORT_LAST }
    RvTransport;
RV_ENUM_DECLARE(rv_transport, RvTransport);

/* A server. */
typedef struct {
    char *name;
    unsigned port; /* 0: none */
    RvTransport transport;
    char *socket; /* unix: its path */
} RvStorageHost;

typedef struct {
    char *name, *value;
} RvCookie;

/* Persistent reservations of SCSI: a helper of ours, or one that listens on a socket. */
typedef struct {
    RvTristate managed;
    char *type, *path, *mode; /* "unix", ..., "client"; NULL: a managed one */
} RvReservations;

/* A part of the storage that is all the guest sees. */
typedef struct {
    char *type; /* "storage" */
    uint64_t offset, size; /* bytes */
} RvDiskSlice;

typedef struct {
    RvDiskType type;
    RvDiskFormat format;
    uint64_t metadata_cache; /* bytes; 0: not said */

    char *path; /* file, dev or dir; the name on the network; a socket. NULL: no medium */
    char *fd_group;
    char *startup_policy; /* "mandatory", "requisite", "optional" */
    unsigned index;       /* of a running guest; 0: none */

    RvProtocol protocol;
    RvTristate tls, ssl_verify;
    char *tls_hostname, *query, *snapshot, *config, *initiator;
    char *nfs_user, *nfs_group;
    GPtrArray *hosts;   /* RvStorageHost */
    GPtrArray *cookies; /* RvCookie */
    uint64_t readahead; /* bytes */
    uint64_t timeout;   /* s */

    char *pool, *volume; /* then `path` is where the core found it, of what is to run only */
    bool on_device;      /* the same: it is a block device */
    char *pool_mode; /* "host", "direct" */

    RvPciAddress nvme_address;
    uint64_t nvme_namespace;
    RvTristate managed;

    char *connection;     /* nvme: "pci"; vhostuser: "unix" */
    RvTristate reconnect; /* vhostuser */
    unsigned reconnect_timeout; /* s */

    RvDiskSlice *slice;
    GPtrArray *labels; /* RvDeviceLabel */
    RvStorageAuth *auth;
    RvEncryption *encryption;
    RvReservations *reservations;
} RvDiskSource;

/* Parts of a struct that holds an RvDiskSource; its type= is a row of the element around. The
 * second is for links of a chain, which have neither startupPolicy= nor index= here. */
extern const RvXmlType rv_disk_source_xml, rv_disk_chain_source_xml;

/* What names a host's PCI device: domain, bus, slot and function. */
extern const RvXmlType rv_pci_address_xml;

extern const RvXmlType rv_storage_host_xml;

#define RV_DISK_TYPE_BIT(type) RV_XML_BIT(RV_DISK_##type)

/* Rules of libvirt about one source, with its codes; fills in the default ports of its hosts.
 * `node` is the element with <source> in it. */
void rv_disk_source_check(RvXmlReader *reader, const RvXmlNode *node, RvDiskSource *source);

/* The part of it that is about who logs in; <auth> stands in `node`. */
void rv_disk_source_check_auth(RvXmlReader *reader, const RvXmlNode *node,
                               const RvDiskSource *source, const RvStorageAuth *auth);

/* Whether it is in the host's file system: a file, a device or a folder. */
bool rv_disk_source_is_local(const RvDiskSource *source);

/* Whether there is no medium: only a drive with a tray or slot can be so. */
bool rv_disk_source_is_empty(const RvDiskSource *source);

/* iSCSI's logical unit is 0 where the name says none. */
void rv_disk_source_complete_name(RvDiskSource *source);
