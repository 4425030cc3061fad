/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/device.h"

typedef struct {
    RvDevice device;
    char *model; /* isa, pseries, hyperv, s390; NULL: the machine's own */
} RvPanic;

extern const RvXmlType rv_panic_xml;
