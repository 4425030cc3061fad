/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/device.h"

typedef struct {
    RvDevice device;
    char *model;
    unsigned ram, vram, vgamem; /* KiB */
    unsigned heads;
    RvTristate primary;
} RvVideo;

extern const RvXmlType rv_video_xml;
