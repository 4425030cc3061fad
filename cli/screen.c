/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Where a running domain's screens and serial lines are, from its live definition. */
#include <string.h>

#include "base/error.h"
#include "cli/cli.h"
#include "model/xml-node.h"

#define VNC_BASE_PORT 5900

static const char *const schemes[] = {"vnc", "spice", "rdp", NULL};

/* A domain's live document, and its <devices>. */
typedef struct {
    wire_domain_ret found;
    RvXmlDocument *document;
    const RvXmlNode *devices; /* may be NULL */
} Live;

static void live_clear(Live *live)
{
    wire_domain_ret_clear(&live->found);
    g_clear_pointer(&live->document, rv_xml_document_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Live, live_clear)

static const RvXmlNode *child(const RvXmlNode *parent, const char *name)
{
    for (const RvXmlNode *node = parent ? parent->children : NULL; node; node = node->next) {
        if (!strcmp(node->name, name))
            return node;
    }
    return NULL;
}

static const char *attribute(const RvXmlNode *node, const char *name)
{
    const RvXmlAttribute *found = node ? rv_xml_node_attribute(node, name) : NULL;
    return found && *found->value ? found->value : NULL;
}

static bool get_live(RvCli *cli, const RvArgs *args, unsigned flags, bool must_run, Live *live,
                     GError **error)
{
    if (!rv_cli_find_domain(cli, rv_args_string(args, "domain"), RV_BY_ANY, &live->found, error))
        return false;
    const wire_domain *domain = &live->found.domain;
    if (must_run && domain->id == -1) {
        g_set_error(error, RV_ERROR, RV_ERR_OPERATION_INVALID, "domain '%s' is not running",
                    domain->name);
        rv_error_remedy(error, "start it with `reeve start %s`", domain->name);
        return false;
    }
    g_autofree char *xml = rv_cli_domain_xml(cli, domain, flags, error);
    if (!xml)
        return false;
    live->document = rv_xml_document_parse(xml, strlen(xml), error);
    if (!live->document)
        return false;
    live->devices = child(rv_xml_document_root(live->document), "devices");
    return true;
}

static const RvXmlNode *find_graphics(const Live *live, const char *type)
{
    for (const RvXmlNode *node = live->devices ? live->devices->children : NULL; node;
         node = node->next) {
        if (!strcmp(node->name, "graphics") && !g_strcmp0(attribute(node, "type"), type))
            return node;
    }
    return NULL;
}

static int port_of(const RvXmlNode *graphics, const char *name)
{
    const char *text = attribute(graphics, name);
    guint64 port;
    return text && g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT16, &port, NULL) ? (int)port
                                                                                    : 0;
}

static const char *address_of(const RvXmlNode *graphics)
{
    const char *address = attribute(graphics, "listen");
    return address ? address : attribute(child(graphics, "listen"), "address");
}

/* ---- ttyconsole, vncdisplay ---- */

static bool run_ttyconsole(RvCli *cli, const RvArgs *args, GError **error)
{
    g_auto(Live) live = {0};
    if (!get_live(cli, args, 0, false, &live, error))
        return false;
    const char *tty = attribute(child(live.devices, "console"), "tty");
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
    g_auto(Live) live = {0};
    if (!get_live(cli, args, 0, true, &live, error))
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
static char *display_uri(const Live *live, const char *scheme)
{
    const RvXmlNode *graphics = find_graphics(live, scheme);
    const RvXmlNode *listen = child(graphics, "listen");
    bool on_socket = !g_strcmp0(attribute(listen, "type"), "socket");
    const char *socket = on_socket ? attribute(listen, "socket") : NULL;
    int port = port_of(graphics, "port"), tls_port = port_of(graphics, "tlsPort");
    if (!port && !tls_port && !socket)
        return NULL;

    bool vnc = !strcmp(scheme, "vnc"), spice = !strcmp(scheme, "spice");
    const char *password = attribute(graphics, "passwd");
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
    g_auto(Live) live = {0};
    unsigned flags = rv_args_has(args, "include-password") ? RV_XML_SECURE : 0;
    if (!get_live(cli, args, flags, true, &live, error))
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
    .commands = (const RvCommand *const[]){&rv_command_console, &domdisplay, &ttyconsole,
                                           &vncdisplay, NULL},
};
