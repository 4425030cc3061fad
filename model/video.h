/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/device.h"

typedef struct {
    RvTristate accel3d, accel2d;
    char *rendernode; /* of a vhost-user process */
} RvVideoAcceleration;

typedef struct {
    unsigned x, y; /* from 1 on */
} RvVideoResolution;

typedef struct {
    RvDevice device;
    char *model;   /* NULL: not said */
    char *backend; /* "qemu" or "vhostuser"; NULL: not said */
    char *vgaconf; /* bhyve: "io", "on", "off" */
    unsigned ram, vram, vram64, vgamem; /* KiB */
    unsigned heads;
    RvTristate primary;
    RvVideoAcceleration *acceleration; /* NULL: not said */
    RvVideoResolution *resolution;     /* NULL: not said */
    RvVirtioOptions virtio;
} RvVideo;

extern const RvXmlType rv_video_xml;
