/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/device.h"

typedef struct {
    RvDevice device;
    char *model;
    char *backend_model; /* random */
    char *backend;       /* its path */
    unsigned rate_bytes, rate_period;
} RvRng;

extern const RvXmlType rv_rng_xml;
