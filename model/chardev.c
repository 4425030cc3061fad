/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/chardev.h"

RV_ENUM(rv_chardev_type, RvChardevType, RV_CHARDEV_LAST, "null", "vc", "pty", "dev", "file", "pipe",
        "stdio", "udp", "tcp", "unix", "spicevmc");

RV_ENUM(rv_channel_target, RvChannelTarget, RV_CHANNEL_LAST, "none", "virtio", "guestfwd", "xen");
