/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/device.h"

typedef struct {
    RvDevice device;
    char *type; /* mouse, tablet, keyboard */
    char *bus;  /* ps2, usb, virtio, xen */
    char *model;
} RvInput;

extern const RvXmlType rv_input_xml;
