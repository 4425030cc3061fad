/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Graphics and video: what libvirt's driver refuses when a domain is defined. */

#include "base/error.h"
#include "drivers/kvm/check-devices.h"
#include "drivers/kvm/device-models.h"

#include <string.h>

#define MAX_VNC_PASSWORD 8
#define MIN_VIDEO_KIB 1024

typedef struct {
    const RvDomainDef *def;
    const KvmEmulator *emulator; /* may be NULL */
    RvDiagnostics *diagnostics;
} Context;

/* ---- Graphics ------------------------------------------------------------------------------ */

static const RvAudio *find_audio(const RvDomainDef *def, unsigned id)
{
    for (guint i = 0; i < def->audios->len; i++) {
        const RvAudio *audio = g_ptr_array_index(def->audios, i);
        if (audio->id == id)
            return audio;
    }
    return NULL;
}

static void check_vnc(const Context *context, const RvGraphics *graphics)
{
    if (graphics->port > 0 && graphics->port < KVM_VNC_BASE)
        kvm_complain(context->diagnostics, "domain/devices/graphics/@port", NULL,
                     "vnc port must be in range [%d,%d]", KVM_VNC_BASE, 65535);
    if (graphics->password && strlen(graphics->password) > MAX_VNC_PASSWORD)
        kvm_complain(context->diagnostics, "domain/devices/graphics/@passwd", NULL,
                     "the password of VNC has more than %d bytes", MAX_VNC_PASSWORD);
}

static void check_one_graphics(const Context *context, const RvGraphics *graphics, bool headless)
{
    const char *type = rv_graphics_type_to_string(graphics->type);
    bool goes_with_headless = graphics->type == RV_GRAPHICS_EGL_HEADLESS ||
                              graphics->type == RV_GRAPHICS_VNC ||
                              graphics->type == RV_GRAPHICS_SPICE;
    if (graphics->type == RV_GRAPHICS_RDP || graphics->type == RV_GRAPHICS_DESKTOP)
        kvm_complain(context->diagnostics, "domain/devices/graphics/@type", "vnc",
                     "QEMU does not show screens by '%s'", type);
    if (headless && !goes_with_headless)
        kvm_complain(context->diagnostics, "domain/devices/graphics/@type", "vnc",
                     "beside egl-headless there can be vnc and spice, not '%s'", type);
    if (headless && graphics->type == RV_GRAPHICS_SPICE && graphics->gl == RV_TRISTATE_ON)
        kvm_complain(context->diagnostics, "domain/devices/graphics/gl/@enable", "no",
                     "either spice or egl-headless uses OpenGL");
    if (graphics->type == RV_GRAPHICS_SPICE && graphics->tls_port > 0)
        kvm_complain(context->diagnostics, "domain/devices/graphics/@tlsPort", NULL,
                     "there is a port for TLS, but this host has no certificates for it");
    if (graphics->type == RV_GRAPHICS_VNC)
        check_vnc(context, graphics);
    const RvAudio *audio = find_audio(context->def, graphics->audio);
    if (graphics->type == RV_GRAPHICS_DBUS && audio && audio->type != RV_AUDIO_DBUS)
        kvm_complain(context->diagnostics, "domain/devices/graphics/audio/@id", NULL,
                     "its <audio> is of type '%s', not dbus", rv_audio_type_to_string(audio->type));
}

static void check_graphics(const Context *context)
{
    const GPtrArray *list = context->def->graphics;
    unsigned seen[RV_GRAPHICS_LAST] = {0};
    for (guint i = 0; i < list->len; i++)
        seen[((const RvGraphics *)g_ptr_array_index(list, i))->type]++;
    for (guint i = 0; i < list->len; i++)
        check_one_graphics(context, g_ptr_array_index(list, i), seen[RV_GRAPHICS_EGL_HEADLESS] > 0);
    for (unsigned type = 0; type < RV_GRAPHICS_LAST; type++) {
        if (seen[type] > 1)
            kvm_complain(context->diagnostics, "domain/devices/graphics", NULL,
                         "only one <graphics> of each type is possible");
    }
}

/* ---- Videos -------------------------------------------------------------------------------- */

/* Any of these makes the model possible. */
static const struct {
    const char *model, *devices[6]; /* ends with NULL */
    bool has_resolution, many; /* more than one, and with more than one head */
} models[] = {
    {"vga", {"VGA"}, true, false},
    {"cirrus", {"cirrus-vga"}, false, false},
    {"vmvga", {"vmware-svga"}, false, false},
    {"qxl", {"qxl-vga", "qxl"}, true, true},
    {"virtio", {"virtio-gpu-pci", "virtio-vga", "virtio-gpu-device", "virtio-gpu-ccw"}, true, true},
    {"bochs", {"bochs-display"}, true, false},
    {"ramfb", {"ramfb"}, false, false},
};

static bool is_known_to(const KvmEmulator *emulator, size_t row)
{
    for (size_t i = 0; emulator && models[row].devices[i]; i++) {
        if (kvm_emulator_has_device(emulator, models[row].devices[i]))
            return true;
    }
    return !emulator;
}

static void check_video_memory(const Context *context, const RvVideo *video)
{
    const char *path = "domain/devices/video/model";
    if (!strcmp(video->model, "qxl")) {
        if (MAX(video->vram, video->ram) > UINT_MAX / 1024)
            rv_diagnostics_add(context->diagnostics, RV_DIAGNOSTIC_ERROR, RV_ERR_OVERFLOW, 0, 0,
                               path, NULL, "ram= and vram= can be %u KiB at most", UINT_MAX / 1024);
        if (video->vgamem && (video->vgamem < MIN_VIDEO_KIB || video->vgamem & (video->vgamem - 1)))
            kvm_complain(context->diagnostics, "domain/devices/video/model/@vgamem", "16384",
                         "vgamem= is a power of two and at least %d KiB", MIN_VIDEO_KIB);
    } else if ((!strcmp(video->model, "vga") || !strcmp(video->model, "vmvga")) && video->vram &&
               video->vram < MIN_VIDEO_KIB) {
        kvm_complain(context->diagnostics, "domain/devices/video/model/@vram", "16384",
                     "vram= is at least %d KiB", MIN_VIDEO_KIB);
    }
}

static void check_acceleration(const Context *context, const RvVideo *video)
{
    const char *path = "domain/devices/video/model/acceleration";
    const RvVideoAcceleration *acceleration = video->acceleration;
    if (!acceleration)
        return;
    if (acceleration->accel2d == RV_TRISTATE_ON)
        kvm_complain(context->diagnostics, path, NULL, "QEMU has no acceleration of what is 2D");
    if (acceleration->accel3d == RV_TRISTATE_ON && strcmp(video->model, "virtio"))
        kvm_complain(context->diagnostics, path, NULL,
                     "only a card of model virtio has acceleration of what is 3D");
}

static void check_video(const Context *context, const RvVideo *video)
{
    const char *path = "domain/devices/video/model/@type";
    size_t row = 0;
    while (row < G_N_ELEMENTS(models) && strcmp(models[row].model, video->model) != 0)
        row++;
    if (row == G_N_ELEMENTS(models) || !is_known_to(context->emulator, row)) {
        kvm_complain(context->diagnostics, path, "virtio", "the emulator has no card of model '%s'",
                     video->model);
        return;
    }
    if (!models[row].many && video->primary != RV_TRISTATE_ON)
        kvm_complain(context->diagnostics, path, "virtio",
                     "a card of model '%s' can be the first one only", video->model);
    if (!models[row].many && video->heads != 1)
        kvm_complain(context->diagnostics, "domain/devices/video/model/@heads", "1",
                     "a card of model '%s' has one screen", video->model);
    if (!models[row].has_resolution && video->resolution)
        rv_diagnostics_add(context->diagnostics, RV_DIAGNOSTIC_ERROR, RV_ERR_XML, 0, 0,
                           "domain/devices/video/model/resolution", NULL,
                           "a card of model '%s' starts with a size of its own", video->model);
    check_video_memory(context, video);
    check_acceleration(context, video);
}

void kvm_check_screens(const RvDomainDef *def, const KvmEmulator *emulator,
                       RvDiagnostics *diagnostics)
{
    const Context context = {.def = def, .emulator = emulator, .diagnostics = diagnostics};
    check_graphics(&context);
    for (guint i = 0; i < def->videos->len; i++) {
        const RvVideo *video = g_ptr_array_index(def->videos, i);
        rv_diagnostics_about(diagnostics, video->device.origin);
        if (!video->model)
            rv_diagnostics_add(diagnostics, RV_DIAGNOSTIC_ERROR, RV_ERR_INTERNAL, 0, 0,
                               "domain/devices/video/model", NULL,
                               "no model is said, and this machine has no default");
        else if (strcmp(video->model, "none") != 0)
            check_video(&context, video);
    }
}
