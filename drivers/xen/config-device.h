/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/chardev.h"

enum { XEN_VNC_PORT = 5900 }; /* of display 0 */

/* A serial port's other end in QEMU's words; NULL: Xen's device model has no such. */
G_GNUC_WARN_UNUSED_RESULT char *xen_config_chardev(const RvChardev *chardev, GError **error);
