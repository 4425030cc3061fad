/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/device.h"

typedef struct {
    RvDevice device;
    char *model; /* virtio, none, ... */
    int autodeflate; /* RvTristate */
    unsigned stats_period; /* s */
} RvMemballoon;
