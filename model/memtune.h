/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* <memtune>: limits of the memory that a guest and its emulator together may take on the host. */

#include "model/xml-table.h"

/* From here on a limit is none (libvirt's VIR_DOMAIN_MEMORY_PARAM_UNLIMITED). */
#define RV_MEMORY_UNLIMITED_KIB ((uint64_t)INT64_MAX >> 10)

typedef struct {
    uint64_t hard_limit, soft_limit, min_guarantee, swap_hard_limit; /* KiB; 0: none */
} RvMemtune;

extern const RvXmlType rv_memtune_xml;
