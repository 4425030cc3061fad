/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/graphics.h"

#include "base/error.h"
#include "model/device-xml.h"

RV_ENUM(rv_graphics_type, RvGraphicsType, RV_GRAPHICS_LAST, "sdl", "vnc", "spice");

RV_ENUM(rv_listen_type, RvListenType, RV_LISTEN_LAST, "unspecified", "address", "network",
        "socket", "none");

static const char *const share_policy_names[] = {"allow-exclusive", "force-shared", "ignore", NULL};

#define BIT(type) RV_XML_BIT(RV_GRAPHICS_##type)
#define TYPE(mask) RV_XML_WHEN(RvGraphics, type, mask)
#define LISTEN(mask) RV_XML_WHEN(RvGraphics, listen_type, mask)
#define REMOTE (BIT(VNC) | BIT(SPICE))

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
    return !listens_on_port(object);
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

static const RvXmlRow graphics_rows[] = {
    RV_XML_ATTRIBUTE(RvGraphics, type, "type", enum, .names = rv_graphics_type_names,
                     .flags = RV_XML_REQUIRED | RV_XML_ALWAYS,
                     .doc = "How the screen is shown."),
    RV_XML_ATTRIBUTE(RvGraphics, socket, "socket", string, TYPE(BIT(VNC)),
                     .omit = listens_on_no_socket, .doc = "The same as that of <listen>."),
    RV_XML_ATTRIBUTE(RvGraphics, port, "port", int, .min = -1, .max = 65535, .absent = -1,
                     .flags = RV_XML_LIVE | RV_XML_ALWAYS, TYPE(REMOTE), .stays = has_fixed_port,
                     .omit = has_no_port, .fallback = "-1", .doc = "-1: a free one."),
    RV_XML_ATTRIBUTE(RvGraphics, tls_port, "tlsPort", int, .min = -1, .max = 65535, .absent = -1,
                     .flags = RV_XML_LIVE, TYPE(BIT(SPICE)), .stays = has_fixed_port,
                     .doc = "The port for encrypted channels."),
    RV_XML_ATTRIBUTE(RvGraphics, autoport, "autoport", enum, .names = rv_tristate_bool_names,
                     .min = 1, TYPE(REMOTE), .omit = has_no_autoport,
                     .doc = "Whether to take a free port at each start."),
    RV_XML_ATTRIBUTE(RvGraphics, listen, "listen", string, TYPE(REMOTE),
                     .omit = listens_elsewhere, .doc = "The same as the address of <listen>."),
    RV_XML_ATTRIBUTE(RvGraphics, keymap, "keymap", string, TYPE(REMOTE),
                     .doc = "The layout of the keyboard: de, en-us, ..."),
    RV_XML_ATTRIBUTE(RvGraphics, share_policy, "sharePolicy", string, TYPE(BIT(VNC)),
                     .names = share_policy_names, .fallback = "allow-exclusive",
                     .doc = "What happens when a second viewer comes."),
    RV_XML_ATTRIBUTE(RvGraphics, password, "passwd", string, TYPE(REMOTE),
                     .flags = RV_XML_SECRET | RV_XML_KEEP_EMPTY, .min = 1, .max = 255,
                     .doc = "What viewers must know. It cannot be empty."),
    RV_XML_ATTRIBUTE(RvGraphics, password_valid_to, "passwdValidTo", string, TYPE(REMOTE),
                     .doc = "When the password stops to be good, in UTC."),
    RV_XML_GROUP("listen", &listen_xml, TYPE(REMOTE), .doc = "Where viewers connect to."),
    RV_DEVICE_ROWS(RvGraphics),
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

static void check_graphics(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    RvGraphics *graphics = object;
    if (graphics->type != RV_GRAPHICS_VNC && graphics->type != RV_GRAPHICS_SPICE)
        return;
    complete_listen(reader, node, graphics);
    complete_port(reader, node, graphics);
    if (!graphics->password)
        g_clear_pointer(&graphics->password_valid_to, g_free);
}

const RvXmlType rv_graphics_xml = {
    .doc = "A way to see the guest's screen.",
    .size = sizeof(RvGraphics),
    RV_XML_ROWS(graphics_rows),
    .check = check_graphics,
};
