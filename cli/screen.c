/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Where a running domain's screens and serial lines are, from its live definition. */
#include <string.h>

#include "base/error.h"
#include "cli/live.h"

#define VNC_BASE_PORT 5900

static const char *const schemes[] = {"vnc", "spice", "rdp", NULL};

static const RvXmlNode *find_graphics(const RvLive *live, const char *type)
{
    const RvXmlNode *node = rv_live_child(live->devices, "graphics");
    while (node && g_strcmp0(rv_live_attribute(node, "type"), type) != 0)
        node = rv_live_next(node, "graphics");
    return node;
}

static int port_of(const RvXmlNode *graphics, const char *name)
{
    const char *text = rv_live_attribute(graphics, name);
    guint64 port;
    return text && g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT16, &port, NULL) ? (int)port
                                                                                    : 0;
}

static const char *address_of(const RvXmlNode *graphics)
{
    const char *address = rv_live_attribute(graphics, "listen");
    return address ? address : rv_live_attribute(rv_live_child(graphics, "listen"), "address");
}

/* ---- ttyconsole, vncdisplay ---- */

static bool run_ttyconsole(RvCli *cli, const RvArgs *args, GError **error)
{
    g_auto(RvLive) live = {0};
    if (!rv_live_get(cli, args, 0, false, &live, error))
        return false;
    const char *tty = rv_live_attribute(rv_live_child(live.devices, "console"), "tty");
    if (!tty) {
        g_set_error(error, RV_ERROR, RV_ERR_OPERATION_INVALID,
                    "domain '%s' has no console on a terminal of the host now",
                    live.found.domain.name);
        return false;
    }
    rv_output_text(&cli->output, "%s\n", tty);
    rv_output_json(&cli->output, cli->command, json_pack("{s:s}", "tty", tty));
    return true;
}

static bool run_vncdisplay(RvCli *cli, const RvArgs *args, GError **error)
{
    g_auto(RvLive) live = {0};
    if (!rv_live_get(cli, args, 0, true, &live, error))
        return false;
    const RvXmlNode *graphics = find_graphics(&live, "vnc");
    int port = port_of(graphics, "port");
    if (!port) {
        g_set_error(error, RV_ERROR, RV_ERR_OPERATION_INVALID, "domain '%s' has no VNC port",
                    live.found.domain.name);
        return false;
    }
    const char *address = address_of(graphics);
    bool all = !address || !strcmp(address, "0.0.0.0");
    rv_output_text(&cli->output, "%s:%d\n", all ? "" : address, port - VNC_BASE_PORT);
    rv_output_json(&cli->output, cli->command,
                   json_pack("{s:s?, s:i, s:i}", "address", address, "port", port, "display",
                             port - VNC_BASE_PORT));
    return true;
}

/* ---- domdisplay ---- */

static bool is_wildcard(const char *address)
{
    return !strcmp(address, "0.0.0.0") || !strcmp(address, "::");
}

static void append_host(GString *uri, const RvXmlNode *graphics, const char *socket)
{
    const char *address = address_of(graphics);
    if (socket)
        g_string_append(uri, socket);
    else if (!address || is_wildcard(address))
        g_string_append(uri, "localhost");
    else
        g_string_append_printf(uri, strchr(address, ':') ? "[%s]" : "%s", address);
}

/* NULL: there is none of this scheme. */
static char *display_uri(const RvLive *live, const char *scheme)
{
    const RvXmlNode *graphics = find_graphics(live, scheme);
    const RvXmlNode *listen = rv_live_child(graphics, "listen");
    bool on_socket = !g_strcmp0(rv_live_attribute(listen, "type"), "socket");
    const char *socket = on_socket ? rv_live_attribute(listen, "socket") : NULL;
    int port = port_of(graphics, "port"), tls_port = port_of(graphics, "tlsPort");
    if (!port && !tls_port && !socket)
        return NULL;

    bool vnc = !strcmp(scheme, "vnc"), spice = !strcmp(scheme, "spice");
    const char *password = rv_live_attribute(graphics, "passwd");
    GString *uri = g_string_new(NULL);
    g_string_append_printf(uri, socket ? "%s+unix://" : "%s://", scheme);
    if (vnc && password)
        g_string_append_printf(uri, ":%s@", password);
    append_host(uri, graphics, socket);
    if (port)
        g_string_append_printf(uri, ":%d", vnc ? port - VNC_BASE_PORT : port);
    const char *gap = "?";
    if (tls_port) {
        g_string_append_printf(uri, "%stls-port=%d", gap, tls_port);
        gap = "&";
    }
    if (spice && password)
        g_string_append_printf(uri, "%spassword=%s", gap, password);
    return g_string_free(uri, FALSE);
}

static bool run_domdisplay(RvCli *cli, const RvArgs *args, GError **error)
{
    g_auto(RvLive) live = {0};
    unsigned flags = rv_args_has(args, "include-password") ? RV_XML_SECURE : 0;
    if (!rv_live_get(cli, args, flags, true, &live, error))
        return false;
    const char *type = rv_args_string(args, "type");
    bool all = rv_args_has(args, "all");
    json_t *list = json_array();
    for (const char *const *scheme = schemes; *scheme; scheme++) {
        if (!type || !strcmp(type, *scheme)) {
            g_autofree char *uri = display_uri(&live, *scheme);
            if (!uri)
                continue;
            /* One alone has no line end of its own; so has virsh's. */
            rv_output_text(&cli->output, all ? "%s\n" : "%s", uri);
            json_array_append_new(list, json_pack("{s:s, s:s}", "type", *scheme, "uri", uri));
            if (!all)
                break;
        }
    }
    bool found = json_array_size(list) > 0;
    if (found)
        rv_output_json(&cli->output, cli->command, list);
    else
        json_decref(list);
    if (!found)
        g_set_error(error, RV_ERROR, RV_ERR_OPERATION_INVALID, "domain '%s' has no %s%sdisplay",
                    live.found.domain.name, type ? type : "graphical", " ");
    return found;
}

/* ---- Tables ---- */

static const RvOption active_options[] = {RV_OPTION_DOMAIN(RV_COMPLETE_ACTIVE), {NULL}};

static const RvCommand domdisplay = {
    .name = "domdisplay",
    .summary = "print where the screen of a domain can be seen",
    .options =
        (const RvOption[]){
            RV_OPTION_DOMAIN(RV_COMPLETE_ACTIVE),
            {.name = "include-password", .text = "with its password"},
            {.name = "type", .kind = RV_OPTION_STRING, .completion = RV_COMPLETE_WORD,
             .words = schemes, .value = "TYPE", .text = "only of this type: vnc, spice, rdp"},
            {.name = "all", .text = "all of them, not only the first"},
            {NULL},
        },
    .exclusive = (const RvOptionPair[]){{"all", "type"}, {NULL}},
    .examples = (const RvExample[]){{"domdisplay web", "For example vnc://127.0.0.1:0."}, {NULL}},
    .keys = (const RvKey[]){{"type", "vnc, spice or rdp"}, {"uri", "for a viewer"}, {NULL}},
    .run = run_domdisplay,
};

static const RvCommand ttyconsole = {
    .name = "ttyconsole",
    .summary = "print the host's terminal that a domain's console is on",
    .options = active_options,
    .examples = (const RvExample[]){{"ttyconsole web", "For example /dev/pts/3."}, {NULL}},
    .keys = (const RvKey[]){{"tty", "the device"}, {NULL}},
    .run = run_ttyconsole,
};

static const RvCommand vncdisplay = {
    .name = "vncdisplay",
    .summary = "print the VNC display of a domain",
    .options = active_options,
    .examples = (const RvExample[]){{"vncdisplay web", "For example 127.0.0.1:0."}, {NULL}},
    .keys = (const RvKey[]){{"address", "where it listens, or null"},
                            {"port", "TCP port"},
                            {"display", "the port counted from 5900"},
                            {NULL}},
    .run = run_vncdisplay,
};

const RvFamily rv_family_screen = {
    .name = "screen",
    .title = "Consoles and screens",
    .commands = (const RvCommand *const[]){&rv_command_console, &domdisplay,
                                           &rv_command_exec, &rv_command_screenshot,
                                           &ttyconsole, &vncdisplay, NULL},
};
