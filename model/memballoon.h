/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/device.h"

typedef struct {
    RvDevice device;
    char *model; /* virtio, none, ... */
    RvTristate autodeflate, free_page_reporting;
    unsigned stats_period; /* s */
    RvVirtioOptions virtio;
} RvMemballoon;

extern const RvXmlType rv_memballoon_xml;
