/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Of a configuration: serial and parallel ports, the console, channels. */
#include "drivers/xen/native.h"

#include <string.h>

#include "base/error.h"
#include "drivers/xen/config-chardev.h"

/* ---- Where a port leads to, in QEMU's words ------------------------------------------------- */

static bool bad_port(GError **error, const char *text)
{
    rv_error_set(error, RV_ERR_INTERNAL, "malformed char device string '%s'", text);
    return false;
}

/* HOST:SERVICE[,OPTIONS] */
static bool read_tcp(GString *xml, const char *text, bool telnet, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(text, ",", 2);
    char *colon = parts[0] ? strrchr(parts[0], ':') : NULL;
    if (!colon)
        return bad_port(error, text);
    *colon = '\0';
    bool listens = parts[1] && strstr(parts[1], "server");
    xen_native_xml(xml, " type='tcp'><source mode='%s' host='%s' service='%s'/>",
                   listens ? "bind" : "connect", parts[0], colon + 1);
    xen_native_xml(xml, "<protocol type='%s'/>", telnet ? "telnet" : "raw");
    return true;
}

static bool read_end(GString *xml, const char *mode, char *end)
{
    char *colon = strrchr(end, ':');
    if (!colon)
        return false;
    *colon = '\0';
    xen_native_xml(xml, "<source mode='%s'", mode);
    if (*end)
        xen_native_xml(xml, " host='%s'", end);
    xen_native_xml(xml, " service='%s'/>", colon + 1);
    return true;
}

/* HOST:SERVICE[@HOST:SERVICE]: where to, and where from. */
static bool read_udp(GString *xml, const char *text, GError **error)
{
    g_auto(GStrv) ends = g_strsplit(text, "@", 2);
    g_string_append(xml, " type='udp'>");
    bool ok = ends[0] && (!ends[1] || read_end(xml, "bind", ends[1])) &&
              read_end(xml, "connect", ends[0]);
    return ok || bad_port(error, text);
}

static void read_unix(GString *xml, const char *text)
{
    size_t len = strcspn(text, ",");
    g_autofree char *path = g_strndup(text, len);
    xen_native_xml(xml, " type='unix'><source mode='%s' path='%s'/>",
                   strstr(text + len, "server") ? "bind" : "connect", path);
}

/* Appends the rest of the element's head, and its source. */
static bool read_source(GString *xml, const char *text, GError **error)
{
    if (*text == '/') {
        xen_native_xml(xml, " type='dev'><source path='%s'/>", text);
        return true;
    }
    const char *colon = strchr(text, ':'), *rest = colon ? colon + 1 : "";
    g_autofree char *type = colon ? g_strndup(text, (size_t)(colon - text)) : g_strdup(text);
    bool telnet = strcmp(type, "telnet") == 0;
    if (telnet || strcmp(type, "tcp") == 0)
        return read_tcp(xml, rest, telnet, error);
    if (strcmp(type, "udp") == 0)
        return read_udp(xml, rest, error);
    if (strcmp(type, "unix") == 0)
        read_unix(xml, rest);
    else
        xen_native_xml(xml, " type='%s'>", type);
    if (strcmp(type, "file") == 0 || strcmp(type, "pipe") == 0)
        xen_native_xml(xml, "<source path='%s'/>", rest);
    return true;
}

/* ---- Ports ---------------------------------------------------------------------------------- */

static bool read_port(XenNative *native, const char *element, unsigned number, const char *text,
                      GError **error)
{
    if (strcmp(text, "none") == 0)
        return true;
    g_string_append_printf(native->devices, "<%s", element);
    if (!read_source(native->devices, text, error))
        return false;
    g_string_append_printf(native->devices, "<target port='%u'/></%s>", number, element);
    return true;
}

static bool read_serials(XenNative *native, GError **error)
{
    g_auto(GStrv) list = NULL;
    bool several = json_is_array(json_object_get(native->settings, "serial"));
    if (!xen_native_list(native, "serial", &list, error))
        return false;
    if (several && native->xm) {
        rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED,
                     "Multiple serial devices are not supported by xen-xm");
        return false;
    }
    for (unsigned i = 0; list[i]; i++)
        if (!read_port(native, "serial", i, list[i], error))
            return false;
    return true;
}

static bool read_ports(XenNative *native, GError **error)
{
    g_autofree char *parallel = NULL;
    if (native->type != RV_OS_HVM) {
        g_string_append(native->devices, "<console type='pty'><target type='xen' port='0'/>"
                                         "</console>");
        return true;
    }
    if (!xen_native_text(native, "parallel", &parallel, error) ||
        (parallel && !read_port(native, "parallel", 0, parallel, error)))
        return false;
    return read_serials(native, error);
}

static bool write_port(XenNative *native, const char *name, const RvChardev *port, bool listed,
                       GError **error)
{
    g_autofree char *text = port ? xen_config_chardev(port, error) : g_strdup("none");
    if (!text)
        return false;
    if (listed)
        xen_native_add(native, name, text);
    else
        xen_native_put_text(native, name, text);
    return true;
}

static const RvChardev *find_port(const GPtrArray *ports, int number)
{
    for (guint i = 0; i < ports->len; i++)
        if (((const RvChardev *)ports->pdata[i])->target_port == number)
            return ports->pdata[i];
    return NULL;
}

static bool write_serials(XenNative *native, const GPtrArray *serials, GError **error)
{
    int last = -1;
    for (guint i = 0; i < serials->len; i++)
        last = MAX(last, ((const RvChardev *)serials->pdata[i])->target_port);
    if (last < 1)
        return write_port(native, "serial", serials->len ? serials->pdata[0] : NULL, false, error);
    if (native->xm) {
        rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED,
                     "Multiple serial devices are not supported by xen-xm");
        return false;
    }
    for (int number = 0; number <= last; number++)
        if (!write_port(native, "serial", find_port(serials, number), true, error))
            return false;
    return true;
}

static bool write_ports(XenNative *native, const RvDomainDef *def, GError **error)
{
    if (def->os.type != RV_OS_HVM)
        return true;
    const RvChardev *parallel = def->parallels->len ? def->parallels->pdata[0] : NULL;
    return write_port(native, "parallel", parallel, false, error) &&
           write_serials(native, def->serials, error);
}

const XenNativePart xen_native_ports = {read_ports, write_ports};

/* ---- Channels ------------------------------------------------------------------------------- */

static bool read_channel(XenNative *native, const char *text, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(text, ",", 0);
    const char *kind = xen_native_find(parts, "connection"), *name = xen_native_find(parts, "name");
    const char *path = xen_native_find(parts, "path");
    bool socket = g_strcmp0(kind, "socket") == 0;
    if (!name || (!socket && g_strcmp0(kind, "pty") != 0)) {
        rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED,
                     "channel '%s': it needs a name= and connection=pty or connection=socket",
                     text);
        return false;
    }
    xen_native_xml(native->devices, "<channel type='%s'>", socket ? "unix" : "pty");
    if (socket && path)
        xen_native_xml(native->devices, "<source mode='bind' path='%s'/>", path);
    xen_native_xml(native->devices, "<target type='xen' name='%s'/></channel>", name);
    return true;
}

static bool read_channels(XenNative *native, GError **error)
{
    g_auto(GStrv) list = NULL;
    if (!xen_native_list(native, "channel", &list, error))
        return false;
    for (unsigned i = 0; list[i]; i++)
        if (!read_channel(native, list[i], error))
            return false;
    return true;
}

static bool write_channels(XenNative *native, const RvDomainDef *def, GError **error)
{
    for (guint i = 0; i < def->channels->len; i++) {
        const RvChardev *channel = def->channels->pdata[i];
        const RvChardevSource *source = &channel->source;
        if (channel->channel != RV_CHANNEL_XEN)
            continue;
        if (source->type != RV_CHARDEV_PTY && source->type != RV_CHARDEV_UNIX) {
            rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED,
                         "a channel of type '%s' cannot be given to a Xen guest: use pty or unix",
                         rv_chardev_type_to_string(source->type));
            return false;
        }
        bool has_path = source->type == RV_CHARDEV_UNIX && source->path;
        g_autofree char *text = g_strdup_printf(
            "connection=%s,%s%s%sname=%s", source->type == RV_CHARDEV_PTY ? "pty" : "socket",
            has_path ? "path=" : "", has_path ? source->path : "", has_path ? "," : "",
            channel->target_name);
        xen_native_add(native, "channel", text);
    }
    return true;
}

const XenNativePart xen_native_channels = {read_channels, write_channels};
