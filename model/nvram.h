/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/device.h"

/* The non-volatile memory of a pseries machine. */
typedef struct {
    RvDevice device;
} RvNvram;

extern const RvXmlType rv_nvram_xml;
