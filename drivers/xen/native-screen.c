/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Of a configuration: screens, sound and what is typed on. */
#include "drivers/xen/native.h"

#include <string.h>

#include "base/error.h"
#include "drivers/xen/config-device.h"

/* ---- VNC and SDL ---------------------------------------------------------------------------- */

static const char *const screen_settings[] = {"vncunused", "vncdisplay", "vnclisten", "vncpasswd",
                                              "keymap",    "display",    "xauthority"};
enum { UNUSED, DISPLAY, LISTEN, PASSWORD, KEYMAP, X_DISPLAY, X_AUTHORITY, N_SETTINGS };

static void append_attribute(GString *xml, const char *name, const char *value)
{
    if (value)
        xen_native_xml(xml, " %s='%s'", name, value);
}

/* `values` by screen_settings. */
static void read_screen_values(XenNative *native, bool vnc, const char *const *values)
{
    GString *xml = native->devices;
    if (!vnc) {
        g_string_append(xml, "<graphics type='sdl'");
        append_attribute(xml, "display", values[X_DISPLAY]);
        append_attribute(xml, "xauth", values[X_AUTHORITY]);
        g_string_append(xml, "/>");
        return;
    }
    bool fixed = values[UNUSED] ? strcmp(values[UNUSED], "0") == 0 : values[DISPLAY] != NULL;
    g_string_append(xml, "<graphics type='vnc'");
    if (fixed)
        xen_native_xml(
            xml, " port='%" G_GUINT64_FORMAT "' autoport='no'",
            XEN_VNC_PORT + (values[DISPLAY] ? g_ascii_strtoull(values[DISPLAY], NULL, 10) : 0));
    else
        g_string_append(xml, " port='-1' autoport='yes'");
    append_attribute(xml, "listen", values[LISTEN]);
    append_attribute(xml, "passwd", values[PASSWORD]);
    append_attribute(xml, "keymap", values[KEYMAP]);
    g_string_append(xml, "/>");
}

static bool read_hvm_screen(XenNative *native, GError **error)
{
    int64_t vnc, sdl;
    char *values[N_SETTINGS] = {NULL};
    bool ok = xen_native_number(native, "vnc", 0, &vnc, error) &&
              xen_native_number(native, "sdl", 0, &sdl, error);
    for (size_t i = 0; ok && i < N_SETTINGS; i++)
        ok = xen_native_text(native, screen_settings[i], &values[i], error);
    /* xl's own default is a free port. */
    if (ok && (vnc || sdl))
        read_screen_values(native, vnc, (const char *const *)values);
    for (size_t i = 0; i < N_SETTINGS; i++)
        g_free(values[i]);
    return ok;
}

static bool read_screen(XenNative *native, GError **error)
{
    g_auto(GStrv) list = NULL;
    if (native->type == RV_OS_HVM)
        return read_hvm_screen(native, error);
    if (!xen_native_list(native, "vfb", &list, error))
        return false;
    for (unsigned i = 0; list[i]; i++) {
        const char *values[N_SETTINGS];
        g_auto(GStrv) parts = g_strsplit(list[i], ",", 0);
        const char *type = xen_native_find(parts, "type"), *sdl = xen_native_find(parts, "sdl");
        for (size_t k = 0; k < N_SETTINGS; k++)
            values[k] = xen_native_find(parts, screen_settings[k]);
        read_screen_values(native, type ? strcmp(type, "sdl") != 0 : g_strcmp0(sdl, "1") != 0,
                           values);
    }
    return true;
}

typedef struct {
    XenNative *native;
    GString *list; /* NULL: settings of their own */
} Screen;

static void put_screen(const Screen *screen, int setting, const char *value)
{
    if (!value)
        return;
    if (screen->list)
        g_string_append_printf(screen->list, ",%s=%s", screen_settings[setting], value);
    else if (setting == UNUSED || setting == DISPLAY)
        xen_native_put_number(screen->native, screen_settings[setting],
                              g_ascii_strtoll(value, NULL, 10));
    else
        xen_native_put_text(screen->native, screen_settings[setting], value);
}

static void write_screen_values(const Screen *screen, const RvGraphics *graphics)
{
    if (graphics->type == RV_GRAPHICS_SDL) {
        put_screen(screen, X_DISPLAY, graphics->display);
        put_screen(screen, X_AUTHORITY, graphics->xauth);
        return;
    }
    bool fixed = graphics->autoport != RV_TRISTATE_ON && graphics->port >= XEN_VNC_PORT;
    g_autofree char *display = g_strdup_printf("%d", graphics->port - XEN_VNC_PORT);
    put_screen(screen, UNUSED, fixed ? "0" : "1");
    put_screen(screen, DISPLAY, fixed ? display : NULL);
    put_screen(screen, LISTEN, graphics->listen);
    put_screen(screen, PASSWORD, graphics->password);
    put_screen(screen, KEYMAP, graphics->keymap);
}

static bool write_screen(XenNative *native, const RvDomainDef *def, GError **error)
{
    if (def->graphics->len == 0)
        return true;
    const RvGraphics *graphics = def->graphics->pdata[0];
    bool hvm = def->os.type == RV_OS_HVM, vnc = graphics->type == RV_GRAPHICS_VNC;
    if (hvm && graphics->type == RV_GRAPHICS_SPICE)
        return true; /* see below */
    if ((!vnc && graphics->type != RV_GRAPHICS_SDL) || def->graphics->len > 1) {
        rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED,
                     "a Xen guest has one screen, by vnc or sdl, or spice where it is of type hvm");
        return false;
    }
    if (hvm) {
        xen_native_put_number(native, "sdl", !vnc);
        xen_native_put_number(native, "vnc", vnc);
        write_screen_values(&(Screen){native, NULL}, graphics);
        return true;
    }
    g_autoptr(GString) list = g_string_new(vnc ? "type=vnc" : "type=sdl");
    write_screen_values(&(Screen){native, list}, graphics);
    xen_native_add(native, "vfb", list->str);
    return true;
}

const XenNativePart xen_native_screen = {read_screen, write_screen};

/* ---- SPICE ---------------------------------------------------------------------------------- */

static const char *const spice_settings[] = {
    "spice", "spiceport", "spicetls_port", "spicedisable_ticketing", "spiceagent_mouse",
    "spice_clipboard_sharing", "spicevdagent",
};
enum { SPICE, PORT, TLS_PORT, NO_TICKETS, MOUSE, CLIPBOARD, VDAGENT, N_SPICE };

static bool read_spice(XenNative *native, GError **error)
{
    int64_t values[N_SPICE];
    GString *xml = native->devices;
    g_autofree char *listen = NULL, *password = NULL;
    if (native->type != RV_OS_HVM)
        return true;
    for (size_t i = 0; i < N_SPICE; i++)
        if (!xen_native_number(native, spice_settings[i], 0, &values[i], error))
            return false;
    if (!xen_native_text(native, "spicehost", &listen, error) ||
        !xen_native_text(native, "spicepasswd", &password, error))
        return false;
    if (!values[SPICE])
        return true;
    if (!password && !values[NO_TICKETS]) {
        rv_error_set(error, RV_ERR_INTERNAL, "config value spicepasswd was missing, and "
                     "spicedisable_ticketing is not set");
        return false;
    }
    g_string_append(xml, "<graphics type='spice'");
    if (values[PORT])
        xen_native_xml(xml, " port='%" G_GINT64_FORMAT "'", values[PORT]);
    if (values[TLS_PORT])
        xen_native_xml(xml, " tlsPort='%" G_GINT64_FORMAT "'", values[TLS_PORT]);
    append_attribute(xml, "autoport", values[PORT] || values[TLS_PORT] ? "no" : "yes");
    append_attribute(xml, "listen", listen);
    append_attribute(xml, "passwd", values[NO_TICKETS] ? NULL : password);
    xen_native_xml(xml, "><mouse mode='%s'/><clipboard copypaste='%s'/></graphics>",
                   values[MOUSE] ? "client" : "server", values[CLIPBOARD] ? "yes" : "no");
    return true;
}

static bool write_spice(XenNative *native, const RvDomainDef *def, GError **error)
{
    const RvGraphics *graphics = def->graphics->len ? def->graphics->pdata[0] : NULL;
    if (!graphics || graphics->type != RV_GRAPHICS_SPICE || def->os.type != RV_OS_HVM)
        return true;
    const char *mouse = graphics->spice.mouse;
    bool client = g_strcmp0(mouse, "client") == 0;
    bool shares = graphics->spice.clipboard == RV_TRISTATE_ON;
    xen_native_put_number(native, "sdl", 0);
    xen_native_put_number(native, "vnc", 0);
    xen_native_put_number(native, "spice", 1);
    xen_native_put_text(native, "spicehost", graphics->listen);
    xen_native_put_number(native, "spiceport", MAX(graphics->port, 0));
    xen_native_put_number(native, "spicetls_port", MAX(graphics->tls_port, 0));
    xen_native_put_number(native, "spicedisable_ticketing", graphics->password == NULL);
    xen_native_put_text(native, "spicepasswd", graphics->password);
    if (mouse)
        xen_native_put_number(native, "spiceagent_mouse", client);
    if (shares)
        xen_native_put_number(native, "spice_clipboard_sharing", 1);
    if (client || shares)
        xen_native_put_number(native, "spicevdagent", 1);
    return true;
}

const XenNativePart xen_native_spice = {read_spice, write_spice};

/* ---- Sound ---------------------------------------------------------------------------------- */

static bool read_sound(XenNative *native, GError **error)
{
    g_autofree char *text = NULL;
    if (native->type != RV_OS_HVM)
        return true;
    if (!xen_native_text(native, "soundhw", &text, error))
        return false;
    /* All that Xen's QEMU ever had. */
    g_auto(GStrv) models = g_strsplit(g_strcmp0(text, "all") == 0 ? "sb16,es1370"
                                      : text                      ? text
                                                                  : "", ",", 0);
    for (unsigned i = 0; models[i]; i++)
        if (*models[i])
            xen_native_xml(native->devices, "<sound model='%s'/>",
                           strcmp(models[i], "hda") == 0 ? "ich6" : models[i]);
    return true;
}

static bool write_sound(XenNative *native, const RvDomainDef *def, GError **error)
{
    g_autofree char *text = xen_config_sound(def);
    xen_native_put_text(native, "soundhw", text);
    return true;
}

const XenNativePart xen_native_sound = {read_sound, write_sound};

/* ---- Input ---------------------------------------------------------------------------------- */

static bool read_inputs(XenNative *native, GError **error)
{
    g_auto(GStrv) list = NULL;
    int64_t usb;
    if (native->type != RV_OS_HVM)
        return true;
    if (!xen_native_number(native, "usb", 0, &usb, error) ||
        !xen_native_list(native, "usbdevice", &list, error))
        return false;
    for (unsigned i = 0; list[i]; i++) {
        int type = rv_input_type_from_string(list[i]);
        if (type == RV_INPUT_MOUSE || type == RV_INPUT_TABLET || type == RV_INPUT_KEYBOARD)
            xen_native_xml(native->devices, "<input type='%s' bus='usb'/>", list[i]);
    }
    return true;
}

static bool write_inputs(XenNative *native, const RvDomainDef *def, GError **error)
{
    unsigned n = 0;
    const char *first = NULL;
    for (guint i = 0; def->os.type == RV_OS_HVM && i < def->inputs->len; i++) {
        const RvInput *input = def->inputs->pdata[i];
        if (g_strcmp0(input->bus, "usb") != 0)
            continue;
        xen_native_put_number(native, "usb", 1);
        first = first ? first : rv_input_type_to_string(input->type);
        xen_native_add(native, "usbdevice", rv_input_type_to_string(input->type));
        n++;
    }
    /* xm takes one only; xl took one before Xen 4.3, as a text. */
    if (n == 1 || (n > 1 && native->xm))
        xen_native_put_text(native, "usbdevice", first);
    return true;
}

const XenNativePart xen_native_inputs = {read_inputs, write_inputs};
