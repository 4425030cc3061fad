/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Character devices: serial and parallel ports, consoles and channels. */

#include "model/device.h"

typedef enum {
    RV_CHARDEV_NULL,
    RV_CHARDEV_VC,
    RV_CHARDEV_PTY,
    RV_CHARDEV_DEV,
    RV_CHARDEV_FILE,
    RV_CHARDEV_PIPE,
    RV_CHARDEV_STDIO,
    RV_CHARDEV_UDP,
    RV_CHARDEV_TCP,
    RV_CHARDEV_UNIX,
    RV_CHARDEV_SPICEVMC,
    RV_CHARDEV_LAST,
} RvChardevType;
RV_ENUM_DECLARE(rv_chardev_type, RvChardevType);

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
    RvChardevType type;
    char *path;        /* source path; of a pty: the device, in the live definition only */
    char *mode;        /* unix, tcp: "bind" or "connect" */
    char *host, *service, *protocol; /* tcp; protocol "raw", ... */
    RvTristate append; /* file */
    char *target_type; /* serial: isa-serial, ...; console: serial, virtio, ... */
    char *target_model;
    int target_port;   /* -1: not said */
    RvChannelTarget channel;
    char *target_name;    /* channel: its name in the guest */
    char *target_address; /* guestfwd; its port is target_port */
    char *target_state;   /* channel, live: "connected" or "disconnected" */
    char *log_file;
    RvTristate log_append;
} RvChardev;

extern const RvXmlType rv_serial_xml, rv_parallel_xml, rv_console_xml, rv_channel_xml;
