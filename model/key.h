/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Keys of a keyboard, by name and by number. */

#include <glib.h>
#include <stdbool.h>

#include "base/enum.h"

/* libvirt's virKeycodeSet: whose numbers they are. */
typedef enum {
    RV_KEY_SET_LINUX,
    RV_KEY_SET_XT,
    RV_KEY_SET_ATSET1,
    RV_KEY_SET_ATSET2,
    RV_KEY_SET_ATSET3,
    RV_KEY_SET_OSX,
    RV_KEY_SET_XT_KBD,
    RV_KEY_SET_USB,
    RV_KEY_SET_WIN32,
    RV_KEY_SET_QNUM,
    RV_KEY_SET_LAST,
} RvKeySet;
RV_ENUM_DECLARE(rv_key_set, RvKeySet);

/* Linux's code of "KEY_LEFTCTRL", or -1. */
int rv_key_from_name(const char *name);

/* The same key as a scan code of AT's set 1, with 0x80 added where that has the prefix e0: QEMU's
 * "qnum". */
G_GNUC_WARN_UNUSED_RESULT bool rv_key_to_scan(RvKeySet set, unsigned code, unsigned *ret_scan,
                                              GError **error);
