/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/video.h"

#include "base/error.h"
#include "model/device-xml.h"

static const char *const model_names[] = {"vga",       "cirrus", "vmvga", "xen",  "vbox",  "qxl",
                                          "parallels", "virtio", "gop",   "none", "bochs", "ramfb",
                                          NULL};

static const char *const backend_names[] = {"qemu", "vhostuser", NULL};
static const char *const vgaconf_names[] = {"io", "on", "off", NULL};

static bool is_not_primary(const void *object)
{
    return ((const RvVideo *)object)->primary == RV_TRISTATE_OFF;
}

static const RvXmlRow acceleration_rows[] = {
    RV_XML_ATTRIBUTE(RvVideoAcceleration, accel3d, "accel3d", enum, .min = 1,
                     .names = rv_tristate_bool_names, .flags = RV_XML_ABI,
                     .doc = "Whether the host draws what is 3D."),
    RV_XML_ATTRIBUTE(RvVideoAcceleration, accel2d, "accel2d", enum, .min = 1,
                     .names = rv_tristate_bool_names, .flags = RV_XML_ABI,
                     .doc = "Whether the host draws what is 2D."),
    RV_XML_ATTRIBUTE(RvVideoAcceleration, rendernode, "rendernode", string,
                     .doc = "Absolute path of the host's graphics card; with driver vhostuser."),
};

static void check_acceleration(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    const RvVideoAcceleration *acceleration = object;
    if (!acceleration->accel3d && !acceleration->accel2d && !acceleration->rendernode)
        rv_xml_error(reader, RV_ERR_CONFIG_UNSUPPORTED, node, NULL,
                     "it says nothing: accel3d, accel2d or rendernode is missing");
}

static const RvXmlType acceleration = {
    .doc = "What the host's graphics card does for the guest's.",
    .size = sizeof(RvVideoAcceleration),
    RV_XML_ROWS(acceleration_rows),
    .check = check_acceleration,
};

static const RvXmlRow resolution_rows[] = {
    RV_XML_ATTRIBUTE(RvVideoResolution, x, "x", uint, .flags = RV_XML_REQUIRED | RV_XML_ABI,
                     .doc = "Its width."),
    RV_XML_ATTRIBUTE(RvVideoResolution, y, "y", uint, .flags = RV_XML_REQUIRED | RV_XML_ABI,
                     .doc = "Its height."),
};

static void check_resolution(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    const RvVideoResolution *resolution = object;
    if (!resolution->x || !resolution->y)
        rv_xml_error(reader, RV_ERR_CONFIG_UNSUPPORTED, node, resolution->x ? "y" : "x",
                     "a screen is at least one pixel wide and high");
}

static const RvXmlType resolution = {
    .doc = "The size of the screen when the guest starts.",
    .size = sizeof(RvVideoResolution),
    RV_XML_ROWS(resolution_rows),
    .check = check_resolution,
};

static const RvXmlRow model_rows[] = {
    RV_XML_ATTRIBUTE(RvVideo, model, "type", string, .names = model_names,
                     .bad_code = RV_ERR_CONFIG_UNSUPPORTED, .flags = RV_XML_ABI,
                     .doc = "The hardware that the guest sees."),
    RV_XML_ATTRIBUTE(RvVideo, ram, "ram", uint, .flags = RV_XML_ABI,
                     .doc = "KiB of the first memory bar of a qxl."),
    RV_XML_ATTRIBUTE(RvVideo, vram, "vram", uint, .flags = RV_XML_ABI,
                     .doc = "KiB of video memory; of a qxl: of its second bar."),
    RV_XML_ATTRIBUTE(RvVideo, vram64, "vram64", uint, .flags = RV_XML_ABI,
                     .doc = "KiB of a qxl's second bar above 4 GiB."),
    RV_XML_ATTRIBUTE(RvVideo, vgamem, "vgamem", uint, .flags = RV_XML_ABI,
                     .doc = "KiB of a qxl's frame buffer in VGA mode."),
    RV_XML_ATTRIBUTE(RvVideo, heads, "heads", uint, .flags = RV_XML_ABI,
                     .bad_code = RV_ERR_INTERNAL,
                     .doc = "How many screens it has."),
    RV_XML_ATTRIBUTE(RvVideo, primary, "primary", enum, .names = rv_tristate_bool_names, .min = 1,
                     .flags = RV_XML_ABI, .omit = is_not_primary,
                     .doc = "Whether the guest boots with it."),
    RV_XML_CHILD(RvVideo, acceleration, "acceleration", &acceleration, .flags = RV_XML_ABI),
    RV_XML_CHILD(RvVideo, resolution, "resolution", &resolution, .flags = RV_XML_ABI),
};
static const RvXmlType model = {RV_XML_ROWS(model_rows)};

static const RvXmlRow driver_rows[] = {
    RV_VIRTIO_ROWS(RvVideo, virtio),
    RV_XML_ATTRIBUTE(RvVideo, vgaconf, "vgaconf", string, .names = vgaconf_names,
                     .doc = "Of bhyve: how it behaves as a VGA."),
    RV_XML_ATTRIBUTE(RvVideo, backend, "name", string, .names = backend_names,
                     .fallback = "qemu",
                     .doc = "vhostuser: a process of its own draws, for model virtio."),
};
static const RvXmlType driver = {RV_XML_ROWS(driver_rows)};

static const RvXmlRow video_rows[] = {
    RV_XML_GROUP("driver", &driver),
    RV_XML_GROUP("model", &model),
    RV_DEVICE_ROWS(RvVideo),
};

static void check_backend(RvXmlReader *reader, const RvXmlNode *node, const RvVideo *video)
{
    bool vhost_user = !g_strcmp0(video->backend, "vhostuser");
    const RvXmlNode *model_node = rv_xml_node_child(node, "model", 0);
    if (vhost_user && g_strcmp0(video->model, "virtio"))
        rv_xml_error(reader, RV_ERR_CONFIG_UNSUPPORTED, rv_xml_node_child(node, "driver", 0),
                     "name", "driver 'vhostuser' is for model virtio only");
    if (!vhost_user && video->acceleration && video->acceleration->rendernode)
        rv_xml_error(reader, RV_ERR_CONFIG_UNSUPPORTED,
                     rv_xml_node_child(model_node, "acceleration", 0), "rendernode",
                     "it is for driver 'vhostuser' only");
}

static void check_qxl(RvXmlReader *reader, const RvXmlNode *node, const RvVideo *video)
{
    const struct {
        const char *name;
        unsigned value;
    } rows[] = {{"ram", video->ram}, {"vram64", video->vram64}, {"vgamem", video->vgamem}};
    for (unsigned i = 0; g_strcmp0(video->model, "qxl") && i < G_N_ELEMENTS(rows); i++) {
        if (rows[i].value)
            rv_xml_error(reader, RV_ERR_CONFIG_UNSUPPORTED, rv_xml_node_child(node, "model", 0),
                         rows[i].name, "only a qxl has this");
    }
}

static void check_video(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    const RvVideo *video = object;
    check_backend(reader, node, video);
    check_qxl(reader, node, video);
    if (g_strcmp0(video->model, "virtio"))
        rv_virtio_options_refuse(reader, rv_xml_node_child(node, "driver", 0), &video->virtio);
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
