/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/sound.h"

#include "base/error.h"
#include "model/device-xml.h"

RV_ENUM(rv_sound_model, RvSoundModel, RV_SOUND_LAST, "sb16", "es1370", "pcspk", "ac97", "ich6",
        "ich9", "usb", "ich7");
RV_ENUM(rv_sound_codec, RvSoundCodec, RV_SOUND_CODEC_LAST, "duplex", "micro", "output");

static const RvXmlRow sound_rows[] = {
    RV_XML_ATTRIBUTE(RvSound, model, "model", enum, .names = rv_sound_model_names,
                     .flags = RV_XML_REQUIRED | RV_XML_ALWAYS | RV_XML_ABI,
                     .doc = "The hardware that the guest sees."),
    RV_XML_VALUES(RvSound, codecs, "codec", enum, .attribute = "type",
                  .names = rv_sound_codec_names, .flags = RV_XML_NOT_EMPTY | RV_XML_ABI,
                  RV_XML_WHEN(RvSound, model,
                              RV_XML_BIT(RV_SOUND_ICH6) | RV_XML_BIT(RV_SOUND_ICH9)),
                  .missing_code = RV_ERR_CONFIG_UNSUPPORTED,
                  .bad_code = RV_ERR_CONFIG_UNSUPPORTED,
                  .doc = "What is connected to it: line in and out, a microphone and a speaker, or "
                         "line out only."),
    RV_XML_LEAF(RvSound, audio, "audio", uint, .attribute = "id", .min = 1,
                .flags = RV_XML_NOT_EMPTY, .fallback = "the first one",
                .doc = "Which <audio> plays it."),
    RV_DEVICE_ROWS(RvSound),
};

const RvXmlType rv_sound_xml = {
    .doc = "A sound card.",
    .size = sizeof(RvSound),
    RV_XML_ROWS(sound_rows),
};
