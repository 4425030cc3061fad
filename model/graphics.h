/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/device.h"

typedef enum {
    RV_GRAPHICS_SDL,
    RV_GRAPHICS_VNC,
    RV_GRAPHICS_SPICE,
    RV_GRAPHICS_RDP,
    RV_GRAPHICS_DESKTOP,
    RV_GRAPHICS_EGL_HEADLESS,
    RV_GRAPHICS_DBUS,
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

typedef enum {
    RV_SPICE_MAIN,
    RV_SPICE_DISPLAY,
    RV_SPICE_INPUTS,
    RV_SPICE_CURSOR,
    RV_SPICE_PLAYBACK,
    RV_SPICE_RECORD,
    RV_SPICE_SMARTCARD,
    RV_SPICE_USBREDIR,
    RV_SPICE_CHANNEL_LAST,
} RvSpiceChannelName;
RV_ENUM_DECLARE(rv_spice_channel_name, RvSpiceChannelName);

typedef enum { RV_SPICE_ANY, RV_SPICE_SECURE, RV_SPICE_INSECURE, RV_SPICE_MODE_LAST } RvSpiceMode;
RV_ENUM_DECLARE(rv_spice_mode, RvSpiceMode);

typedef struct {
    RvSpiceChannelName name;
    RvSpiceMode mode;
} RvSpiceChannel;

typedef struct {
    RvGraphicsType type;
    int port; /* -1: none yet */
    int tls_port;
    RvTristate autoport; /* of what was read: on or off; vnc with port 0 and off: no port at all */
    int websocket;       /* vnc; 0: none, -1: a free port */
    RvListenType listen_type;
    char *listen; /* address */
    char *listen_network;
    char *socket; /* path */
    char *keymap;
    char *password; /* a secret */
    char *password_valid_to; /* UTC: 2030-12-31T23:59:59 */
    char *connected;         /* with a password: "fail", "disconnect", "keep" */
    char *share_policy;
    RvTristate power_control; /* vnc */
    unsigned audio;           /* vnc, dbus: id of an <audio>; 0: not said */
    RvTristate gl;            /* sdl, spice, dbus */
    char *rendernode;         /* spice, egl-headless, dbus: path of the host's graphics card */
    char *display, *xauth;    /* sdl, desktop: of an X server */
    bool fullscreen;          /* sdl, desktop */
    bool replace_user, multi_user; /* rdp */
    bool p2p;                      /* dbus: without a bus */
    char *address;                 /* dbus: of the bus */
    struct {
        RvSpiceMode default_mode;
        GPtrArray *channels; /* RvSpiceChannel: by name, none of them twice, none of mode any */
        char *image, *jpeg, *zlib, *streaming, *mouse;
        RvTristate playback, clipboard, file_transfer;
    } spice;
} RvGraphics;

extern const RvXmlType rv_graphics_xml;
