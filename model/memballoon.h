/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/device.h"

typedef struct {
    RvDevice device;
    char *model; /* virtio, none, ... */
    RvTristate autodeflate;
    unsigned stats_period; /* s */
} RvMemballoon;

extern const RvXmlType rv_memballoon_xml;
