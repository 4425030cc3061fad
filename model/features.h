/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* <features>: what the machine has beside its devices. */

#include <stdbool.h>

#include "model/container.h"
#include "model/device.h"
#include "model/hyperv.h"
#include "model/xml-table.h"

typedef struct {
    RvTristate eoi;
} RvApic;

typedef struct {
    RvTristate state;
    unsigned size;
} RvDirtyRing;

typedef struct {
    RvTristate hidden, hint_dedicated, poll_control, pv_ipi;
    RvDirtyRing *dirty_ring;
} RvKvmFeatures;

typedef struct {
    char *version; /* "host", "2", "3", or NULL */
} RvGic;

typedef struct {
    RvTristate state;
    uint64_t tseg; /* bytes; 0: not said */
} RvSmm;

typedef struct {
    RvTristate e820_host, passthrough;
    char *passthrough_mode; /* "sync_pt", "share_pt", or NULL */
} RvXenFeatures;

typedef struct {
    bool acpi, pae, viridian, privnet; /* <acpi/>: present or not */
    RvApic *apic;
    RvCapabilities capabilities; /* of containers */
    RvTristate hap, pvspinlock, pmu, vmport, vmcoreinfo, htm, nested_hv, ccf_assist;
    RvHyperv *hyperv;
    RvKvmFeatures *kvm;
    RvXenFeatures *xen;
    RvGic *gic;
    RvSmm *smm;
    char *ioapic;        /* "qemu", "kvm" */
    char *hpt_resizing;  /* "enabled", "disabled", "required" */
    uint64_t hpt_page_kib; /* largest page; 0: not said */
    char *msrs_unknown;  /* "ignore", "fault" */
    char *cfpc, *sbbc, *ibs;
    uint64_t tcg_cache_kib; /* of translated blocks; 0: not said */
} RvFeatures;

extern const RvXmlType rv_features_xml;
