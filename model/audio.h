/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/device.h"

typedef enum {
    RV_AUDIO_NONE,
    RV_AUDIO_ALSA,
    RV_AUDIO_COREAUDIO,
    RV_AUDIO_JACK,
    RV_AUDIO_OSS,
    RV_AUDIO_PULSEAUDIO,
    RV_AUDIO_SDL,
    RV_AUDIO_SPICE,
    RV_AUDIO_FILE,
    RV_AUDIO_DBUS,
    RV_AUDIO_LAST,
} RvAudioType;
RV_ENUM_DECLARE(rv_audio_type, RvAudioType);

/* One direction. What is not of the backend's type is not said. */
typedef struct {
    RvTristate mixing_engine, fixed_settings;
    unsigned voices, buffer_length;         /* buffer: us */
    unsigned frequency, channels;           /* fixed settings: Hz */
    char *format;                           /* fixed settings: "s16", ... */
    char *device;                           /* alsa, oss */
    unsigned buffer_count;                  /* coreaudio, oss, sdl */
    char *server, *client, *ports;          /* jack */
    RvTristate exact_name;                  /* jack */
    RvTristate try_poll;                    /* oss */
    char *name, *stream;                    /* pulseaudio */
    unsigned latency;                       /* pulseaudio; us */
} RvAudioSide;

typedef struct {
    RvAudioType type;
    unsigned id; /* what <sound> and <graphics> refer to; unique, from 1 on */
    unsigned timer_period; /* us */
    RvTristate try_mmap, exclusive; /* oss */
    int dsp_policy;                 /* oss; -1: not said */
    char *server;                   /* pulseaudio */
    char *sdl_driver;
    char *path;                     /* file */
    RvAudioSide input, output;
} RvAudio;

extern const RvXmlType rv_audio_xml;
