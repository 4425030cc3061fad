/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/device.h"

typedef struct {
    char *path; /* of its socket; NULL: the driver's choice */
} RvShmemServer;

typedef struct {
    unsigned vectors; /* 0: not said */
    RvTristate ioeventfd;
} RvShmemMsi;

typedef struct {
    RvDevice device;
    char *name;
    char *role;            /* "master" or "peer"; not of model ivshmem */
    char *model;           /* of what was read: ivshmem, ivshmem-plain or ivshmem-doorbell */
    uint64_t size;         /* MiB; 0: not said */
    RvShmemServer *server; /* NULL: none */
    RvShmemMsi *msi;       /* NULL: no interrupts; only with a server */
} RvShmem;

extern const RvXmlType rv_shmem_xml;
