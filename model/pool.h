/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A storage pool as its document says it: where volumes come from, and where on this host they are
 * found. Of all of libvirt's types; which of them can be started is the backend's to say.
 */

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/enum.h"
#include "model/device.h"
#include "model/diagnostics.h"
#include "model/format.h"
#include "model/identity.h"
#include "model/storage-permissions.h"
#include "model/storage-secret.h"

typedef struct RvXmlType RvXmlType;

/* In libvirt's order: clients choose by type with a bit for each. */
typedef enum {
    RV_POOL_DIR,
    RV_POOL_FS,
    RV_POOL_NETFS,
    RV_POOL_LOGICAL,
    RV_POOL_DISK,
    RV_POOL_ISCSI,
    RV_POOL_ISCSI_DIRECT,
    RV_POOL_SCSI,
    RV_POOL_MPATH,
    RV_POOL_RBD,
    RV_POOL_SHEEPDOG,
    RV_POOL_GLUSTER,
    RV_POOL_ZFS,
    RV_POOL_VSTORAGE,
    RV_POOL_TYPE_LAST,
} RvPoolType;
RV_ENUM_DECLARE(rv_pool_type, RvPoolType);

typedef struct {
    char *name;
    int port; /* 0: not said */
} RvPoolHost;

typedef struct {
    char *path;
    RvTristate part_separator;
} RvPoolDevice;

typedef enum { RV_ADAPTER_NONE, RV_ADAPTER_SCSI_HOST, RV_ADAPTER_FC_HOST, RV_ADAPTER_LAST }
    RvAdapterType;
RV_ENUM_DECLARE(rv_adapter_type, RvAdapterType);

/* The PCI device that an adapter of SCSI belongs to. */
typedef struct {
    int unique_id;
    RvPciAddress address;
} RvAdapterParent;

/* A host adapter of SCSI or Fibre Channel. */
typedef struct {
    RvAdapterType type;
    char *name;
    RvAdapterParent *parent_address; /* NULL: none */
    char *parent, *parent_wwnn, *parent_wwpn, *parent_fabric_wwn;
    RvTristate managed;
    char *wwnn, *wwpn;
} RvPoolAdapter;

typedef struct {
    char *name;
    char *value;
} RvPoolOption;

typedef struct {
    GPtrArray *options; /* RvPoolOption */
} RvPoolOptions;

typedef struct {
    RvIdentity identity; /* first */
    RvPoolType type;
    uint64_t capacity, allocation, available; /* bytes; told, never read */
    RvTristate cow;

    GPtrArray *hosts;   /* RvPoolHost */
    GPtrArray *devices; /* RvPoolDevice */
    char *source_dir, *source_name;
    RvPoolAdapter *adapter; /* NULL: none */
    char *initiator;
    char *format; /* NULL: this type of pool has none */
    RvStorageAuth *auth;
    char *protocol_version, *vendor, *product;

    char *target; /* the folder of its volumes; NULL: they are not on this host */
    RvStoragePermissions permissions;
    char *refresh_allocation;     /* "default", "capacity", or NULL */
    RvPoolOptions *mount_options; /* fs and netfs; NULL: none */
    RvPoolOptions *rbd_options;
} RvPoolDef;

extern const RvXmlType rv_pool_xml;

/* NULL with an error when it is refused; warnings and all faults are in `diagnostics` (may be NULL).
 * What is missing has been filled in, but for a UUID. */
G_GNUC_WARN_UNUSED_RESULT RvPoolDef *rv_pool_def_parse(const char *text, size_t len,
                                                       RvDiagnostics *diagnostics, GError **error);
char *rv_pool_def_format(const RvPoolDef *def, RvFormatFlags flags);
RvPoolDef *rv_pool_def_copy(const RvPoolDef *def);
void rv_pool_def_free(RvPoolDef *def);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RvPoolDef, rv_pool_def_free)

/* The formats that its source can have, the default first; NULL: this type has none. */
const char *const *rv_pool_source_formats(RvPoolType type);
/* Whether its volumes are files, which have formats. */
bool rv_pool_has_files(RvPoolType type);
