/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/uuid.h"
#include "model/device.h"

typedef enum {
    RV_MEMORY_UNSPECIFIED, /* in no document that was read */
    RV_MEMORY_DIMM,
    RV_MEMORY_NVDIMM,
    RV_MEMORY_VIRTIO_PMEM,
    RV_MEMORY_VIRTIO_MEM,
    RV_MEMORY_SGX_EPC,
    RV_MEMORY_LAST,
} RvMemoryModel;
RV_ENUM_DECLARE(rv_memory_model, RvMemoryModel);

/* A module of memory, beside what the guest starts with. Sizes are in KiB, 0: not said. */
typedef struct {
    RvDevice device;
    RvMemoryModel model;
    char *access;       /* "shared" or "private" */
    RvTristate discard;
    RvUuid uuid;        /* nvdimm of a pseries machine; zero: not said */
    char *nodemask;     /* the host's NUMA nodes: "0-3,8" */
    uint64_t page_size;
    char *path;         /* nvdimm, virtio-pmem: the file behind it */
    uint64_t align_size;
    bool pmem;          /* nvdimm: the file is persistent memory */
    uint64_t size;
    int node;           /* the guest's NUMA node; -1: not said */
    uint64_t label_size;  /* nvdimm */
    bool read_only;       /* nvdimm */
    uint64_t block_size, requested_size; /* virtio-mem */
    uint64_t current_size;               /* virtio-mem of a running guest */
} RvMemory;

extern const RvXmlType rv_memory_xml;
