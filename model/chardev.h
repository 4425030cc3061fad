/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Character devices: serial and parallel ports, consoles and channels. */

#include "model/chardev-source.h"
#include "model/device.h"

typedef enum {
    RV_CHANNEL_NONE,
    RV_CHANNEL_VIRTIO,
    RV_CHANNEL_GUESTFWD,
    RV_CHANNEL_XEN,
    RV_CHANNEL_LAST,
} RvChannelTarget;
RV_ENUM_DECLARE(rv_channel_target, RvChannelTarget);

typedef struct {
    RvDevice device;
    RvChardevSource source;
    char *target_type; /* serial: isa-serial, ...; console: serial, virtio, ... */
    char *target_model;
    int target_port;   /* -1: not said */
    RvChannelTarget channel;
    char *target_name;    /* channel: its name in the guest */
    char *target_address; /* guestfwd; its port is target_port */
    char *target_state;   /* channel, live: "connected" or "disconnected" */
} RvChardev;

extern const RvXmlType rv_serial_xml, rv_parallel_xml, rv_console_xml, rv_channel_xml;
