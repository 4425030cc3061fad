/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/device.h"

typedef enum {
    RV_INPUT_MOUSE,
    RV_INPUT_TABLET,
    RV_INPUT_KEYBOARD,
    RV_INPUT_PASSTHROUGH, /* a device of the host, as it is */
    RV_INPUT_EVDEV,       /* what is typed on a device of the host */
    RV_INPUT_LAST,
} RvInputType;
RV_ENUM_DECLARE(rv_input_type, RvInputType);

typedef struct {
    RvDevice device;
    RvInputType type;
    char *bus; /* ps2, usb, virtio, xen, parallels; "none" of evdev; NULL: not said */
    char *model;
    char *source;      /* passthrough, evdev: path of the host's device */
    char *grab;        /* evdev: "all" other devices as well */
    char *grab_toggle; /* evdev: the keys that change between host and guest */
    RvTristate repeat; /* evdev */
    RvVirtioOptions virtio;
} RvInput;

extern const RvXmlType rv_input_xml;
