/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/device.h"

typedef struct {
    RvDevice device;
    char *type; /* usb */
} RvHub;

extern const RvXmlType rv_hub_xml;
