/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* <perf>: events of the host's processors that are counted for the guest. */

#include "model/device.h"
#include "model/xml-table.h"

typedef struct {
    int event; /* of rv_perf_event_names */
    RvTristate enabled;
} RvPerfEvent;

extern const char *const rv_perf_event_names[];

typedef struct {
    GPtrArray *events; /* RvPerfEvent, each event once */
} RvPerf;

extern const RvXmlType rv_perf_xml;
