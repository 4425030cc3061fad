/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* USB devices that a viewer lends to the guest, and which of them it may. */

#include "model/chardev-source.h"
#include "model/device.h"

typedef struct {
    RvDevice device;
    char *bus; /* "usb" */
    RvChardevSource source;
} RvRedirdev;

typedef struct {
    char *class, *vendor, *product; /* "0x08", "0x1234"; NULL: any */
    char *version;                  /* "1.10"; NULL: any */
    bool allow;
} RvUsbRule;

typedef struct {
    GPtrArray *rules; /* RvUsbRule; the first that fits decides */
} RvRedirfilter;

extern const RvXmlType rv_redirdev_xml, rv_redirfilter_xml;
