/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/audio.h"

#include "base/error.h"
#include "model/xml-table.h"

RV_ENUM(rv_audio_type, RvAudioType, RV_AUDIO_LAST, "none", "alsa", "coreaudio", "jack", "oss",
        "pulseaudio", "sdl", "spice", "file", "dbus");

static const char *const format_names[] = {"u8", "s8", "u16", "s16", "u32", "s32", "f32", NULL};
static const char *const sdl_driver_names[] = {"esd", "alsa", "arts", "pulseaudio", NULL};

#define BIT(type) RV_XML_BIT(RV_AUDIO_##type)
#define TYPE(mask) RV_XML_WHEN(RvAudio, type, mask)
#define YES_NO .names = rv_tristate_bool_names, .min = 1

static bool has_free_input(const void *object)
{
    return ((const RvAudio *)object)->input.fixed_settings != RV_TRISTATE_ON;
}

static bool has_free_output(const void *object)
{
    return ((const RvAudio *)object)->output.fixed_settings != RV_TRISTATE_ON;
}

#define SETTINGS_ROWS(side)                                                                        \
    RV_XML_ATTRIBUTE(RvAudio, side.frequency, "frequency", uint, .min = 1, .doc = "In Hz."),       \
        RV_XML_ATTRIBUTE(RvAudio, side.channels, "channels", uint, .min = 1,                       \
                         .doc = "How many channels there are: 2 for stereo."),                     \
        RV_XML_ATTRIBUTE(RvAudio, side.format, "format", string, .names = format_names,            \
                         .doc = "How a sample is written: signed (s), unsigned (u) or floating "   \
                                "(f), and its bits.")

/* The rows of <input> and <output>, which depend on the type of the <audio> around them. */
#define SIDE_ROWS(side, settings, is_free)                                                         \
    RV_XML_ATTRIBUTE(RvAudio, side.mixing_engine, "mixingEngine", enum, YES_NO,                    \
                     .doc = "Whether the emulator mixes; else the host does."),                    \
        RV_XML_ATTRIBUTE(RvAudio, side.fixed_settings, "fixedSettings", enum, YES_NO,              \
                         .doc = "Whether <settings> hold whatever the guest wants; needs the "     \
                                "mixing engine."),                                                 \
        RV_XML_ATTRIBUTE(RvAudio, side.voices, "voices", uint, .min = 1,                           \
                         .doc = "How many streams there can be."),                                 \
        RV_XML_ATTRIBUTE(RvAudio, side.buffer_length, "bufferLength", uint, .min = 1,              \
                         .doc = "Microseconds."),                                                  \
        RV_XML_ATTRIBUTE(RvAudio, side.device, "dev", string, TYPE(BIT(ALSA) | BIT(OSS)),          \
                         .doc = "The host's device."),                                             \
        RV_XML_ATTRIBUTE(RvAudio, side.server, "serverName", string, TYPE(BIT(JACK)),              \
                         .doc = "The JACK server."),                                               \
        RV_XML_ATTRIBUTE(RvAudio, side.client, "clientName", string, TYPE(BIT(JACK)),              \
                         .doc = "The name of the guest there."),                                   \
        RV_XML_ATTRIBUTE(RvAudio, side.ports, "connectPorts", string, TYPE(BIT(JACK)),             \
                         .doc = "A pattern for the ports to connect to."),                         \
        RV_XML_ATTRIBUTE(RvAudio, side.exact_name, "exactName", enum, YES_NO, TYPE(BIT(JACK)),     \
                         .doc = "Whether the name must be free."),                                 \
        RV_XML_ATTRIBUTE(RvAudio, side.name, "name", string, TYPE(BIT(PULSEAUDIO)),                \
                         .doc = "The source or sink to use."),                                     \
        RV_XML_ATTRIBUTE(RvAudio, side.stream, "streamName", string, TYPE(BIT(PULSEAUDIO)),        \
                         .doc = "The name that people see."),                                      \
        RV_XML_ATTRIBUTE(RvAudio, side.latency, "latency", uint, TYPE(BIT(PULSEAUDIO)),            \
                         .doc = "Microseconds that it should take."),                              \
        RV_XML_ATTRIBUTE(RvAudio, side.buffer_count, "bufferCount", uint,                          \
                         TYPE(BIT(COREAUDIO) | BIT(OSS) | BIT(SDL)),                               \
                         .doc = "How many buffers there are."),                                    \
        RV_XML_ATTRIBUTE(RvAudio, side.try_poll, "tryPoll", enum, YES_NO, TYPE(BIT(OSS)),          \
                         .doc = "Whether to wait for the device instead of a timer."),             \
        RV_XML_GROUP("settings", &settings, .flags = RV_XML_ALWAYS, .omit = is_free,               \
                     .doc = "What the guest gets, where it cannot choose.")

static const RvXmlRow input_settings_rows[] = {SETTINGS_ROWS(input)};
static const RvXmlType input_settings = {RV_XML_ROWS(input_settings_rows)};
static const RvXmlRow input_rows[] = {SIDE_ROWS(input, input_settings, has_free_input)};

static const RvXmlRow output_settings_rows[] = {SETTINGS_ROWS(output)};
static const RvXmlType output_settings = {RV_XML_ROWS(output_settings_rows)};
static const RvXmlRow output_rows[] = {SIDE_ROWS(output, output_settings, has_free_output)};

static void check_side(RvXmlReader *reader, const RvXmlNode *node, const RvAudioSide *side)
{
    bool fixed = side->fixed_settings == RV_TRISTATE_ON;
    const RvXmlNode *settings = rv_xml_node_child(node, "settings", 0);
    if (fixed && side->mixing_engine != RV_TRISTATE_ON)
        rv_xml_error(reader, RV_ERR_CONFIG_UNSUPPORTED, node, "fixedSettings",
                     "fixed settings need mixingEngine='yes'");
    if (!fixed && settings != node)
        rv_xml_error(reader, RV_ERR_CONFIG_UNSUPPORTED, settings, NULL,
                     "settings need fixedSettings='yes'");
}

static void check_input(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    check_side(reader, node, &((const RvAudio *)object)->input);
}

static void check_output(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    check_side(reader, node, &((const RvAudio *)object)->output);
}

static const RvXmlType input = {RV_XML_ROWS(input_rows), .check = check_input};
static const RvXmlType output = {RV_XML_ROWS(output_rows), .check = check_output};

static const RvXmlRow audio_rows[] = {
    RV_XML_ATTRIBUTE(RvAudio, id, "id", uint, .min = 1, .flags = RV_XML_REQUIRED,
                     .doc = "Its number, which <sound> and <graphics> refer to."),
    RV_XML_ATTRIBUTE(RvAudio, type, "type", enum, .names = rv_audio_type_names,
                     .flags = RV_XML_REQUIRED | RV_XML_ALWAYS, .doc = "What plays and records."),
    RV_XML_ATTRIBUTE(RvAudio, timer_period, "timerPeriod", uint, .min = 1,
                     .doc = "Microseconds between two looks at the guest's sound cards."),
    RV_XML_ATTRIBUTE(RvAudio, try_mmap, "tryMMap", enum, YES_NO, TYPE(BIT(OSS)),
                     .doc = "Whether to map the device's memory."),
    RV_XML_ATTRIBUTE(RvAudio, exclusive, "exclusive", enum, YES_NO, TYPE(BIT(OSS)),
                     .doc = "Whether nobody else can use the device."),
    RV_XML_ATTRIBUTE(RvAudio, dsp_policy, "dspPolicy", int, .min = 0, .max = INT_MAX, .absent = -1,
                     TYPE(BIT(OSS)), .doc = "Between short delays (0) and little work (10)."),
    RV_XML_ATTRIBUTE(RvAudio, server, "serverName", string, TYPE(BIT(PULSEAUDIO)),
                     .doc = "The PulseAudio server."),
    RV_XML_ATTRIBUTE(RvAudio, sdl_driver, "driver", string, .names = sdl_driver_names,
                     TYPE(BIT(SDL)), .doc = "What SDL shall use."),
    RV_XML_ATTRIBUTE(RvAudio, path, "path", string, TYPE(BIT(FILE)),
                     .doc = "Absolute path of a file that gets all sound."),
    RV_XML_GROUP("input", &input, .doc = "What the guest hears."),
    RV_XML_GROUP("output", &output, .doc = "What the guest plays."),
};

const RvXmlType rv_audio_xml = {
    .doc = "What sound cards are connected to on the host.",
    .size = sizeof(RvAudio),
    RV_XML_ROWS(audio_rows),
};
