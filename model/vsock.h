/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/device.h"

typedef struct {
    RvDevice device;
    char *model;         /* NULL: not said */
    RvTristate auto_cid; /* the driver chooses a number for each run */
    unsigned cid;        /* from 3 on; 0: not said */
    RvVirtioOptions virtio;
} RvVsock;

extern const RvXmlType rv_vsock_xml;
