/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/video.h"

#include "base/error.h"
#include "model/device-xml.h"

static const char *const model_names[] = {"vga",       "cirrus", "vmvga", "xen",  "vbox",  "qxl",
                                          "parallels", "virtio", "gop",   "none", "bochs", "ramfb",
                                          NULL};

static bool is_not_primary(const void *object)
{
    return ((const RvVideo *)object)->primary == RV_TRISTATE_OFF;
}

static const RvXmlRow model_rows[] = {
    RV_XML_ATTRIBUTE(RvVideo, model, "type", string, .names = model_names,
                     .flags = RV_XML_ABI, .doc = "The hardware that the guest sees."),
    RV_XML_ATTRIBUTE(RvVideo, ram, "ram", uint, .flags = RV_XML_ABI,
                     .doc = "KiB of the first memory bar of a qxl."),
    RV_XML_ATTRIBUTE(RvVideo, vram, "vram", uint, .flags = RV_XML_ABI,
                     .doc = "KiB of video memory; of a qxl: of its second bar."),
    RV_XML_ATTRIBUTE(RvVideo, vgamem, "vgamem", uint, .flags = RV_XML_ABI,
                     .doc = "KiB of a qxl's frame buffer in VGA mode."),
    RV_XML_ATTRIBUTE(RvVideo, heads, "heads", uint, .flags = RV_XML_ABI,
                     .doc = "How many screens it has."),
    RV_XML_ATTRIBUTE(RvVideo, primary, "primary", enum, .names = rv_tristate_bool_names, .min = 1,
                     .flags = RV_XML_ABI, .omit = is_not_primary,
                     .doc = "Whether the guest boots with it."),
};
static const RvXmlType model = {RV_XML_ROWS(model_rows)};

static const RvXmlRow video_rows[] = {
    RV_XML_GROUP("model", &model),
    RV_DEVICE_ROWS(RvVideo),
};

static void check_video(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    const RvVideo *video = object;
    bool qxl = !g_strcmp0(video->model, "qxl");
    if (!qxl && (video->ram || video->vgamem))
        rv_xml_error(reader, RV_ERR_CONFIG_UNSUPPORTED, rv_xml_node_child(node, "model", 0),
                     video->ram ? "ram" : "vgamem", "only a qxl has this");
    if (!g_strcmp0(video->model, "ramfb") && video->device.address.type != RV_ADDRESS_NONE)
        rv_xml_error(reader, RV_ERR_CONFIG_UNSUPPORTED, rv_xml_node_child(node, "address", 0), NULL,
                     "a ramfb is not plugged into anything: it has no address");
}

const RvXmlType rv_video_xml = {
    .doc = "A graphics card.",
    .size = sizeof(RvVideo),
    RV_XML_ROWS(video_rows),
    .check = check_video,
};
