/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/xen/config-screen.h"

#include <string.h>

#include "base/error.h"
#include "drivers/xen/config-device.h"

/* ---- Servers -------------------------------------------------------------------------------- */

static json_t *make_vnc(const RvGraphics *graphics)
{
    json_t *vnc = json_object();
    bool wanted = graphics->type == RV_GRAPHICS_VNC;
    xen_config_set_bool(vnc, "enable", wanted);
    if (!wanted)
        return vnc;
    xen_config_set_text(vnc, "listen", graphics->listen ? graphics->listen : XEN_SCREEN_ADDRESS);
    xen_config_set_text(vnc, "passwd", graphics->password);
    xen_config_set_bool(vnc, "findunused", false);
    if (graphics->port > XEN_VNC_PORT)
        json_object_set_new(vnc, "display", json_integer(graphics->port - XEN_VNC_PORT));
    return vnc;
}

static json_t *make_sdl(const RvGraphics *graphics)
{
    json_t *sdl = json_object();
    bool wanted = graphics->type == RV_GRAPHICS_SDL;
    xen_config_set_bool(sdl, "enable", wanted);
    if (wanted) {
        xen_config_set_text(sdl, "display", graphics->display);
        xen_config_set_text(sdl, "xauthority", graphics->xauth);
    }
    return sdl;
}

/* The mouse is the client's unless somebody wants the server's. */
static json_t *make_spice(const RvGraphics *graphics)
{
    bool shares = graphics->spice.clipboard == RV_TRISTATE_ON;
    json_t *spice = json_object();
    xen_config_set_bool(spice, "enable", true);
    xen_config_set_text(spice, "host", graphics->listen ? graphics->listen : XEN_SCREEN_ADDRESS);
    json_object_set_new(spice, "port", json_integer(MAX(graphics->port, 0)));
    xen_config_set_bool(spice, "disable_ticketing", graphics->password == NULL);
    xen_config_set_text(spice, "passwd", graphics->password);
    xen_config_set_bool(spice, "agent_mouse", g_strcmp0(graphics->spice.mouse, "server") != 0);
    xen_config_set_bool(spice, "vdagent", shares);
    xen_config_set_bool(spice, "clipboard_sharing", shares);
    return spice;
}

void xen_config_set_framebuffers(json_t *config, const RvDomainDef *def)
{
    if (def->graphics->len == 0)
        return;
    json_t *framebuffers = json_array(), *keyboards = json_array();
    for (guint i = 0; i < def->graphics->len; i++) {
        const RvGraphics *graphics = def->graphics->pdata[i];
        json_array_append_new(keyboards, json_pack("{s:i}", "devid", -1));
        if (graphics->type == RV_GRAPHICS_SPICE)
            continue;
        json_t *framebuffer = json_pack("{s:i,s:o,s:o}", "devid", -1, "vnc", make_vnc(graphics),
                                        "sdl", make_sdl(graphics));
        xen_config_set_text(framebuffer, "keymap", graphics->keymap);
        json_array_append_new(framebuffers, framebuffer);
    }
    json_object_set_new(config, "vfbs", framebuffers);
    json_object_set_new(config, "vkbs", keyboards);
}

/* ---- Graphics cards ------------------------------------------------------------------------- */

/* The least memory of each model, in KiB; libvirt fills in as much where nothing is said. */
static const struct {
    const char *model, *kind;
    unsigned least;
} video_models[] = {
    {"vga", "std", 16 * 1024},
    {"xen", "std", 16 * 1024},
    {"cirrus", "cirrus", 8 * 1024},
    {"qxl", "qxl", 128 * 1024},
};

static bool set_video(json_t *build, json_t *hvm, const RvDomainDef *def, GError **error)
{
    if (def->videos->len == 0) {
        xen_config_set_bool(hvm, "nographic", true);
        json_object_set_new(hvm, "vga", json_pack("{s:s}", "kind", "none"));
        return true;
    }
    const RvVideo *video = def->videos->pdata[0];
    for (size_t i = 0; i < G_N_ELEMENTS(video_models); i++) {
        if (g_strcmp0(video->model, video_models[i].model) != 0)
            continue;
        if (video->vram < video_models[i].least) {
            rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED,
                         "video '%s' needs at least %u KiB of memory (vram), not %u", video->model,
                         video_models[i].least, video->vram);
            return false;
        }
        json_object_set_new(hvm, "vga", json_pack("{s:s}", "kind", video_models[i].kind));
        json_object_set_new(build, "video_memkb", json_integer(video->vram));
        return true;
    }
    rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED,
                 "video '%s' is not known to Xen's device model: use vga, cirrus or qxl",
                 video->model);
    return false;
}

bool xen_config_set_screen(json_t *build, json_t *hvm, const RvDomainDef *def, GError **error)
{
    const RvGraphics none = {.type = RV_GRAPHICS_LAST};
    const RvGraphics *screen = def->graphics->len > 0 ? def->graphics->pdata[0] : &none;
    json_object_set_new(hvm, "vnc", make_vnc(screen));
    json_object_set_new(hvm, "sdl", make_sdl(screen));
    if (screen->type == RV_GRAPHICS_SPICE)
        json_object_set_new(hvm, "spice", make_spice(screen));
    xen_config_set_text(hvm, "keymap", screen->keymap);
    return set_video(build, hvm, def, error);
}
