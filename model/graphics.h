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

typedef enum {
    RV_LISTEN_UNSPECIFIED, /* in no document that was read */
    RV_LISTEN_ADDRESS,
    RV_LISTEN_NETWORK,
    RV_LISTEN_SOCKET,
    RV_LISTEN_NONE,
    RV_LISTEN_LAST,
} RvListenType;
RV_ENUM_DECLARE(rv_listen_type, RvListenType);

typedef struct {
    RvDevice device;
    RvGraphicsType type;
    int port; /* -1: none yet */
    int tls_port;
    RvTristate autoport; /* of what was read: on or off; vnc with port 0 and off: no port at all */
    RvListenType listen_type;
    char *listen; /* address */
    char *listen_network;
    char *socket; /* path */
    char *keymap;
    char *password; /* a secret; an empty one is an error */
    char *password_valid_to;
    char *share_policy;
} RvGraphics;

extern const RvXmlType rv_graphics_xml;
