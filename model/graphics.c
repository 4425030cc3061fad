/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/graphics.h"

#include "base/error.h"
#include "model/xml-table.h"

#include <stdio.h>

RV_ENUM(rv_graphics_type, RvGraphicsType, RV_GRAPHICS_LAST, "sdl", "vnc", "spice", "rdp",
        "desktop", "egl-headless", "dbus");

RV_ENUM(rv_listen_type, RvListenType, RV_LISTEN_LAST, "unspecified", "address", "network",
        "socket", "none");

RV_ENUM(rv_spice_channel_name, RvSpiceChannelName, RV_SPICE_CHANNEL_LAST, "main", "display",
        "inputs", "cursor", "playback", "record", "smartcard", "usbredir");
RV_ENUM(rv_spice_mode, RvSpiceMode, RV_SPICE_MODE_LAST, "any", "secure", "insecure");

static const char *const connected_names[] = {"fail", "disconnect", "keep", NULL};
static const char *const image_names[] = {"auto_glz", "auto_lz", "quic", "glz", "lz", "off", NULL};
static const char *const compression_names[] = {"auto", "never", "always", NULL};
static const char *const streaming_names[] = {"filter", "all", "off", NULL};
static const char *const mouse_names[] = {"server", "client", NULL};
static const char *const share_policy_names[] = {"allow-exclusive", "force-shared", "ignore", NULL};

#define BIT(type) RV_XML_BIT(RV_GRAPHICS_##type)
#define TYPE(mask) RV_XML_WHEN(RvGraphics, type, mask)
#define LISTEN(mask) RV_XML_WHEN(RvGraphics, listen_type, mask)
#define LISTENING (BIT(VNC) | BIT(SPICE) | BIT(RDP))
#define REMOTE (BIT(VNC) | BIT(SPICE))
#define YES_NO .names = rv_tristate_bool_names, .min = 1
#define ON_OFF .names = rv_tristate_switch_names, .min = 1

static bool has_fixed_port(const void *object)
{
    return ((const RvGraphics *)object)->autoport != RV_TRISTATE_ON;
}

static bool listens_on_port(const RvGraphics *graphics)
{
    return graphics->listen_type == RV_LISTEN_ADDRESS ||
           graphics->listen_type == RV_LISTEN_NETWORK;
}

static bool has_no_port(const void *object)
{
    const RvGraphics *graphics = object;
    return !listens_on_port(graphics) ||
           (graphics->port <= 0 &&
            (graphics->autoport != RV_TRISTATE_ON || graphics->type == RV_GRAPHICS_SPICE));
}

static bool listens_on_no_socket(const void *object)
{
    return ((const RvGraphics *)object)->listen_type != RV_LISTEN_SOCKET;
}

static bool has_no_autoport(const void *object)
{
    return !listens_on_port(object) || (((const RvGraphics *)object)->type == RV_GRAPHICS_RDP &&
                                        has_fixed_port(object));
}

static bool has_no_password(const void *object)
{
    return !((const RvGraphics *)object)->password;
}

static bool listens_elsewhere(const void *object)
{
    return ((const RvGraphics *)object)->listen_type != RV_LISTEN_ADDRESS;
}

static const RvXmlRow listen_rows[] = {
    RV_XML_ATTRIBUTE(RvGraphics, listen_type, "type", enum, .names = rv_listen_type_names,
                     .min = 1, .flags = RV_XML_REQUIRED,
                     .doc = "How viewers reach it."),
    RV_XML_ATTRIBUTE(RvGraphics, listen, "address", string,
                     LISTEN(RV_XML_BIT(RV_LISTEN_ADDRESS)), .fallback = "127.0.0.1",
                     .doc = "The name or address of the host to listen on."),
    RV_XML_ATTRIBUTE(RvGraphics, listen_network, "network", string, .flags = RV_XML_REQUIRED,
                     LISTEN(RV_XML_BIT(RV_LISTEN_NETWORK)),
                     .doc = "The network whose address of the host to use."),
    RV_XML_ATTRIBUTE(RvGraphics, socket, "socket", string,
                     LISTEN(RV_XML_BIT(RV_LISTEN_SOCKET)), .doc = "Absolute path."),
};
static const RvXmlType listen_xml = {RV_XML_ROWS(listen_rows)};

static const RvXmlRow channel_rows[] = {
    RV_XML_ATTRIBUTE(RvSpiceChannel, name, "name", enum, .names = rv_spice_channel_name_names,
                     .flags = RV_XML_REQUIRED | RV_XML_ALWAYS, .doc = "What it carries."),
    RV_XML_ATTRIBUTE(RvSpiceChannel, mode, "mode", enum, .names = rv_spice_mode_names,
                     .flags = RV_XML_REQUIRED | RV_XML_ALWAYS, .doc = "Whether it is encrypted."),
};
static const RvXmlType channel = {
    .doc = "How one channel of SPICE differs from the others.",
    .size = sizeof(RvSpiceChannel),
    RV_XML_ROWS(channel_rows),
};

static const RvXmlRow gl_rows[] = {
    RV_XML_ATTRIBUTE(RvGraphics, gl, "enable", enum, YES_NO, .flags = RV_XML_REQUIRED,
                     TYPE(BIT(SDL) | BIT(SPICE) | BIT(DBUS)),
                     .doc = "Whether the host draws what is 3D."),
    RV_XML_ATTRIBUTE(RvGraphics, rendernode, "rendernode", string,
                     TYPE(BIT(SPICE) | BIT(EGL_HEADLESS) | BIT(DBUS)),
                     .doc = "Absolute path of the host's graphics card."),
};
static const RvXmlType gl = {RV_XML_ROWS(gl_rows)};

#define AUDIO_ROW(type)                                                                            \
    RV_XML_LEAF(RvGraphics, audio, "audio", uint, .attribute = "id", .min = 1,                     \
                .flags = RV_XML_NOT_EMPTY, TYPE(type), .doc = "Which <audio> viewers hear.")
#define SPICE_LEAF(field, name, attribute_, kind, ...)                                             \
    RV_XML_LEAF(RvGraphics, spice.field, name, kind, .attribute = attribute_, TYPE(BIT(SPICE)),    \
                .flags = RV_XML_NOT_EMPTY, __VA_ARGS__)

static const RvXmlRow graphics_rows[] = {
    RV_XML_ATTRIBUTE(RvGraphics, type, "type", enum, .names = rv_graphics_type_names,
                     .flags = RV_XML_REQUIRED | RV_XML_ALWAYS,
                     .doc = "How the screen is shown."),
    RV_XML_ATTRIBUTE(RvGraphics, p2p, "p2p", yes_no, TYPE(BIT(DBUS)), .fallback = "no",
                     .doc = "Whether viewers connect without a bus."),
    RV_XML_ATTRIBUTE(RvGraphics, address, "address", string, TYPE(BIT(DBUS)),
                     .doc = "The address of the bus."),
    RV_XML_ATTRIBUTE(RvGraphics, display, "display", string, TYPE(BIT(SDL) | BIT(DESKTOP)),
                     .doc = "The X display to show it on: :0.0."),
    RV_XML_ATTRIBUTE(RvGraphics, xauth, "xauth", string, TYPE(BIT(SDL)),
                     .doc = "Absolute path of the X authority file."),
    RV_XML_ATTRIBUTE(RvGraphics, fullscreen, "fullscreen", yes_no, TYPE(BIT(SDL) | BIT(DESKTOP)),
                     .fallback = "no", .doc = "Whether it takes all of the screen."),
    RV_XML_ATTRIBUTE(RvGraphics, socket, "socket", string, TYPE(BIT(VNC)),
                     .omit = listens_on_no_socket, .doc = "The same as that of <listen>."),
    RV_XML_ATTRIBUTE(RvGraphics, port, "port", int, .min = -1, .max = 65535, .absent = -1,
                     .flags = RV_XML_LIVE | RV_XML_ALWAYS, TYPE(REMOTE), .stays = has_fixed_port,
                     .omit = has_no_port, .fallback = "-1", .doc = "-1: a free one."),
    RV_XML_ATTRIBUTE(RvGraphics, port, "port", int, .min = -1, .max = 65535,
                     .flags = RV_XML_ALWAYS, TYPE(BIT(RDP)), .omit = has_no_port,
                     .fallback = "0", .doc = "0: a free one."),
    RV_XML_ATTRIBUTE(RvGraphics, tls_port, "tlsPort", int, .min = -1, .max = 65535, .absent = -1,
                     .flags = RV_XML_LIVE, TYPE(BIT(SPICE)), .stays = has_fixed_port,
                     .doc = "The port for encrypted channels."),
    RV_XML_ATTRIBUTE(RvGraphics, autoport, "autoport", enum, YES_NO, TYPE(LISTENING),
                     .omit = has_no_autoport,
                     .doc = "Whether to take a free port at each start."),
    RV_XML_ATTRIBUTE(RvGraphics, replace_user, "replaceUser", yes_no, TYPE(BIT(RDP)),
                     .fallback = "no", .doc = "Whether a new viewer ends the connection of the "
                                              "one before."),
    RV_XML_ATTRIBUTE(RvGraphics, multi_user, "multiUser", yes_no, TYPE(BIT(RDP)),
                     .fallback = "no", .doc = "Whether several can view at the same time."),
    RV_XML_ATTRIBUTE(RvGraphics, websocket, "websocket", int, .min = -1, .max = 65535,
                     TYPE(BIT(VNC)), .omit = has_no_autoport,
                     .doc = "The port for viewers in browsers; -1: a free one."),
    RV_XML_ATTRIBUTE(RvGraphics, listen, "listen", string, TYPE(LISTENING),
                     .omit = listens_elsewhere, .doc = "The same as the address of <listen>."),
    RV_XML_ATTRIBUTE(RvGraphics, keymap, "keymap", string, TYPE(REMOTE),
                     .doc = "The layout of the keyboard: de, en-us, ..."),
    RV_XML_ATTRIBUTE(RvGraphics, spice.default_mode, "defaultMode", enum, TYPE(BIT(SPICE)),
                     .names = rv_spice_mode_names,
                     .doc = "Whether channels are encrypted for which nothing is said."),
    RV_XML_ATTRIBUTE(RvGraphics, share_policy, "sharePolicy", string, TYPE(BIT(VNC)),
                     .names = share_policy_names, .fallback = "allow-exclusive",
                     .doc = "What happens when a second viewer comes."),
    RV_XML_ATTRIBUTE(RvGraphics, power_control, "powerControl", enum, YES_NO, TYPE(BIT(VNC)),
                     .doc = "Whether viewers may power the guest off and reset it."),
    RV_XML_ATTRIBUTE(RvGraphics, password, "passwd", string, TYPE(REMOTE),
                     .flags = RV_XML_SECRET | RV_XML_KEEP_EMPTY,
                     .doc = "What viewers must know. A guest cannot start with an empty one."),
    RV_XML_ATTRIBUTE(RvGraphics, password_valid_to, "passwdValidTo", string, TYPE(REMOTE),
                     .omit = has_no_password,
                     .doc = "When the password stops to be good, in UTC: 2030-12-31T23:59:59."),
    RV_XML_ATTRIBUTE(RvGraphics, connected, "connected", string, TYPE(REMOTE),
                     .names = connected_names, .bad_code = RV_ERR_CONFIG_UNSUPPORTED,
                     .omit = has_no_password,
                     .doc = "What happens to viewers when the password changes; of vnc: keep."),
    RV_XML_GROUP("gl", &gl, TYPE(BIT(SDL) | BIT(EGL_HEADLESS) | BIT(DBUS))),
    AUDIO_ROW(BIT(DBUS)),
    RV_XML_GROUP("listen", &listen_xml, TYPE(LISTENING), .doc = "Where viewers connect to."),
    RV_XML_LIST(RvGraphics, spice.channels, "channel", &channel, .max = 64, TYPE(BIT(SPICE))),
    SPICE_LEAF(image, "image", "compression", string, .names = image_names,
               .doc = "How pictures are made smaller."),
    SPICE_LEAF(jpeg, "jpeg", "compression", string, .names = compression_names,
               .doc = "Whether pictures may lose detail on slow lines."),
    SPICE_LEAF(zlib, "zlib", "compression", string, .names = compression_names,
               .doc = "Whether pictures are packed once more on slow lines."),
    SPICE_LEAF(playback, "playback", "compression", enum, ON_OFF,
               .doc = "Whether sound is made smaller."),
    SPICE_LEAF(streaming, "streaming", "mode", string, .names = streaming_names,
               .doc = "What is sent as video."),
    SPICE_LEAF(mouse, "mouse", "mode", string, .names = mouse_names,
               .doc = "Who draws the pointer."),
    SPICE_LEAF(clipboard, "clipboard", "copypaste", enum, YES_NO,
               .doc = "Whether guest and viewer share a clipboard."),
    SPICE_LEAF(file_transfer, "filetransfer", "enable", enum, YES_NO,
               .doc = "Whether viewers can drop files into the guest."),
    RV_XML_GROUP("gl", &gl, TYPE(BIT(SPICE))),
    AUDIO_ROW(BIT(VNC)),
};

/* What an attribute of <graphics> says for the sake of older documents, <listen> must say too. */
static void check_same(RvXmlReader *reader, const RvXmlNode *node, const char *attribute,
                       const char *value)
{
    const RvXmlAttribute *found = rv_xml_node_attribute(node, attribute);
    if (found && *found->value && g_strcmp0(found->value, value))
        rv_xml_fault(reader, RV_DIAGNOSTIC_ERROR, RV_ERR_CONFIG_UNSUPPORTED, node, attribute, NULL,
                     "'%s' is not what <listen> says: '%s'", found->value, value);
}

static void complete_listen(RvXmlReader *reader, const RvXmlNode *node, RvGraphics *graphics)
{
    bool socket = graphics->type == RV_GRAPHICS_VNC && rv_xml_node_attribute(node, "socket");
    if (socket && graphics->listen_type != RV_LISTEN_SOCKET)
        graphics->listen_type = RV_LISTEN_SOCKET;
    else if (graphics->listen_type == RV_LISTEN_UNSPECIFIED)
        graphics->listen_type = RV_LISTEN_ADDRESS;

    if (graphics->listen_type == RV_LISTEN_ADDRESS)
        check_same(reader, node, "listen", graphics->listen);
    else
        g_clear_pointer(&graphics->listen, g_free);
    if (graphics->listen_type == RV_LISTEN_SOCKET)
        check_same(reader, node, "socket", graphics->socket);
}

static void complete_rdp_port(const RvXmlNode *node, RvGraphics *graphics)
{
    if (graphics->port == -1 || !rv_xml_node_attribute(node, "port"))
        graphics->autoport = RV_TRISTATE_ON;
    else if (graphics->autoport == RV_TRISTATE_ABSENT)
        graphics->autoport = RV_TRISTATE_OFF;
    if (graphics->autoport == RV_TRISTATE_ON)
        graphics->port = 0;
}

static void set_ports(RvGraphics *graphics, int port, RvTristate autoport)
{
    graphics->port = port;
    graphics->tls_port = -1;
    graphics->autoport = autoport;
}

/* A free port is taken where autoport= says so, or the port is -1; for VNC where there is none. */
static void complete_port(RvXmlReader *reader, const RvXmlNode *node, RvGraphics *graphics)
{
    bool vnc = graphics->type == RV_GRAPHICS_VNC;
    bool free_port = graphics->port == -1 && (vnc || rv_xml_node_attribute(node, "port"));
    bool free_tls = graphics->tls_port == -1 && (vnc || rv_xml_node_attribute(node, "tlsPort"));
    if (graphics->autoport == RV_TRISTATE_ABSENT)
        graphics->autoport = free_port && free_tls ? RV_TRISTATE_ON : RV_TRISTATE_OFF;
    if (graphics->autoport == RV_TRISTATE_OFF)
        graphics->port = MAX(graphics->port, 0);
    if (!vnc && graphics->autoport == RV_TRISTATE_OFF &&
        graphics->listen_type == RV_LISTEN_ADDRESS && !graphics->port && graphics->tls_port <= 0) {
        graphics->listen_type = RV_LISTEN_NONE;
        g_clear_pointer(&graphics->listen, g_free);
    }
    if (!listens_on_port(graphics))
        set_ports(graphics, vnc ? -1 : 0, vnc ? RV_TRISTATE_ON : RV_TRISTATE_OFF);
}

/* One for each channel that differs, in the order of names; the last that is said counts. */
static void order_channels(GPtrArray *channels)
{
    RvSpiceChannel *said[RV_SPICE_CHANNEL_LAST] = {NULL};
    for (unsigned i = 0; i < channels->len; i++) {
        RvSpiceChannel **place = &said[((RvSpiceChannel *)channels->pdata[i])->name];
        rv_xml_free(&channel, *place);
        *place = channels->pdata[i];
    }
    g_ptr_array_set_size(channels, 0);
    for (unsigned i = 0; i < G_N_ELEMENTS(said); i++) {
        if (said[i] && said[i]->mode != RV_SPICE_ANY)
            g_ptr_array_add(channels, said[i]);
        else
            rv_xml_free(&channel, said[i]);
    }
}

static void check_password(RvXmlReader *reader, const RvXmlNode *node, RvGraphics *graphics)
{
    int year, month, day, hour, minute, second;
    char rest;
    if (!graphics->password) {
        g_clear_pointer(&graphics->password_valid_to, g_free);
        g_clear_pointer(&graphics->connected, g_free);
        return;
    }
    if (graphics->password_valid_to) {
        g_autoptr(GDateTime) when = NULL;
        if (sscanf(graphics->password_valid_to, "%d-%d-%dT%d:%d:%d%c", &year, &month, &day, &hour,
                   &minute, &second, &rest) == 6)
            when = g_date_time_new_utc(year, month, day, hour, minute, second);
        if (!when)
            rv_xml_error(reader, RV_ERR_INTERNAL, node, "passwdValidTo",
                         "'%s' is not a time such as 2030-12-31T23:59:59",
                         graphics->password_valid_to);
        else
            g_free(graphics->password_valid_to);
        if (when)
            graphics->password_valid_to = g_date_time_format(when, "%Y-%m-%dT%H:%M:%S");
    }
    if (graphics->type == RV_GRAPHICS_VNC && graphics->connected &&
        g_strcmp0(graphics->connected, "keep"))
        rv_xml_error(reader, RV_ERR_CONFIG_UNSUPPORTED, node, "connected",
                     "viewers of VNC stay when the password changes: keep");
}

static void check_graphics(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    RvGraphics *graphics = object;
    uint64_t bit = RV_XML_BIT(graphics->type);
    order_channels(graphics->spice.channels);
    if (bit & LISTENING)
        complete_listen(reader, node, graphics);
    if (bit & REMOTE) {
        complete_port(reader, node, graphics);
        check_password(reader, node, graphics);
    }
    if (bit & BIT(RDP)) {
        if (!listens_on_port(graphics))
            rv_xml_error(reader, RV_ERR_CONFIG_UNSUPPORTED, rv_xml_node_child(node, "listen", 0),
                         "type", "RDP listens on an address or a network only");
        complete_rdp_port(node, graphics);
    }
    if (graphics->p2p && graphics->address)
        rv_xml_error(reader, RV_ERR_XML, node, "address",
                     "either there is a bus with an address, or p2p='yes'");
}

const RvXmlType rv_graphics_xml = {
    .doc = "A way to see the guest's screen.",
    .size = sizeof(RvGraphics),
    RV_XML_ROWS(graphics_rows),
    .check = check_graphics,
};
