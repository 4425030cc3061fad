/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* <vcpus>: each of the guest's CPUs by itself: which are there when it starts, in which order, and
 * which can be unplugged. */

#include "model/device.h"
#include "model/xml-table.h"

#define RV_MAX_VCPUS 16384

typedef struct {
    unsigned id;
    RvTristate enabled, hotpluggable;
    unsigned order; /* 0: not said */
} RvVcpu;

typedef struct {
    GPtrArray *list; /* RvVcpu by id: none, or one for each that there can be */
} RvVcpus;

extern const RvXmlType rv_vcpus_xml;

/* Where single CPUs are described: adds those that the document left out, all in order of their
 * ids, and returns how many are there at the start; else 0. */
unsigned rv_vcpus_settle(RvXmlReader *reader, const RvXmlNode *domain, RvVcpus *vcpus,
                         unsigned max);
