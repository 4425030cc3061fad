/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/device.h"

typedef enum {
    RV_GRAPHICS_SDL,
    RV_GRAPHICS_VNC,
    RV_GRAPHICS_SPICE,
    RV_GRAPHICS_LAST,
} RvGraphicsType;
RV_ENUM_DECLARE(rv_graphics_type, RvGraphicsType);

typedef struct {
    RvDevice device;
    RvGraphicsType type;
    int port; /* -1: none yet */
    int autoport; /* RvTristate */
    char *listen; /* address */
    char *socket; /* path */
    char *keymap;
    char *password; /* a secret; an empty one is an error */
    char *password_valid_to;
    char *share_policy;
} RvGraphics;
