/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* <hyperv>: enlightenments that make the guest believe it runs on Hyper-V. */

#include "model/device.h"
#include "model/xml-table.h"

#define RV_HYPERV_VENDOR_ID_MAX 12

typedef enum {
    RV_HYPERV_NONE,
    RV_HYPERV_CUSTOM,
    RV_HYPERV_PASSTHROUGH, /* all that the host has */
    RV_HYPERV_LAST,
} RvHypervMode;
RV_ENUM_DECLARE(rv_hyperv_mode, RvHypervMode);

typedef struct {
    RvTristate state;
    unsigned retries;
} RvHypervSpinlocks;

typedef struct {
    RvTristate state, direct;
} RvHypervStimer;

typedef struct {
    RvTristate state;
    char *value;
} RvHypervVendor;

typedef struct {
    RvHypervMode mode;
    RvTristate relaxed, vapic, vpindex, runtime, synic, reset, frequencies, reenlightenment,
        tlbflush, ipi, evmcs, avic;
    RvHypervSpinlocks *spinlocks;
    RvHypervStimer *stimer;
    RvHypervVendor *vendor_id;
} RvHyperv;

extern const RvXmlType rv_hyperv_xml;
