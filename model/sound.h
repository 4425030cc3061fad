/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/device.h"

typedef enum {
    RV_SOUND_SB16,
    RV_SOUND_ES1370,
    RV_SOUND_PCSPK,
    RV_SOUND_AC97,
    RV_SOUND_ICH6,
    RV_SOUND_ICH9,
    RV_SOUND_USB,
    RV_SOUND_ICH7,
    RV_SOUND_LAST,
} RvSoundModel;
RV_ENUM_DECLARE(rv_sound_model, RvSoundModel);

typedef enum {
    RV_SOUND_CODEC_DUPLEX,
    RV_SOUND_CODEC_MICRO,
    RV_SOUND_CODEC_OUTPUT,
    RV_SOUND_CODEC_LAST,
} RvSoundCodec;
RV_ENUM_DECLARE(rv_sound_codec, RvSoundCodec);

typedef struct {
    RvDevice device;
    RvSoundModel model;
    GArray *codecs; /* RvSoundCodec; ich6 and ich9 */
    unsigned audio; /* id of an <audio>; 0: not said */
} RvSound;

extern const RvXmlType rv_sound_xml;
