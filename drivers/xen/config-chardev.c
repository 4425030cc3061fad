/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/xen/config-chardev.h"

#include <string.h>

#include "base/error.h"
#include "drivers/xen/config-device.h"

/* ---- Where a port leads to ------------------------------------------------------------------ */

static const char *or_nothing(const char *text)
{
    return text ? text : "";
}

static char *make_udp(const RvChardevSource *source)
{
    static const RvChardevEnd nowhere = {.service = (char *)"0"};
    const RvChardevEnd *to = &nowhere, *from = &nowhere;
    for (guint i = 0; i < source->ends->len; i++) {
        const RvChardevEnd *end = source->ends->pdata[i];
        if (end->mode == RV_CHARDEV_BIND)
            from = end;
        else
            to = end;
    }
    return g_strdup_printf("udp:%s:%s@%s:%s", or_nothing(to->host), or_nothing(to->service),
                           or_nothing(from->host), from->service ? from->service : "0");
}

char *xen_config_chardev(const RvChardev *chardev, GError **error)
{
    const RvChardevSource *source = &chardev->source;
    switch (source->type) {
    case RV_CHARDEV_NULL:
    case RV_CHARDEV_VC:
    case RV_CHARDEV_PTY:
    case RV_CHARDEV_STDIO:
        return g_strdup(rv_chardev_type_to_string(source->type));
    case RV_CHARDEV_FILE:
    case RV_CHARDEV_PIPE:
        return g_strdup_printf("%s:%s", rv_chardev_type_to_string(source->type), source->path);
    case RV_CHARDEV_DEV:
        return g_strdup(source->path);
    case RV_CHARDEV_TCP:
        return g_strdup_printf("%s:%s:%s%s",
                               source->protocol == RV_CHARDEV_TELNET ? "telnet" : "tcp",
                               or_nothing(source->host), or_nothing(source->service),
                               source->mode == RV_CHARDEV_BIND ? ",server,nowait" : "");
    case RV_CHARDEV_UDP:
        return make_udp(source);
    case RV_CHARDEV_UNIX:
        return g_strdup_printf("unix:%s%s", source->path,
                               source->mode == RV_CHARDEV_CONNECT ? "" : ",server,nowait");
    default:
        rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED,
                     "a serial port of type '%s' cannot be given to a Xen guest",
                     rv_chardev_type_to_string(source->type));
        return NULL;
    }
}

/* ---- Serial ports --------------------------------------------------------------------------- */

static const RvChardev *find_port(const GPtrArray *ports, int number)
{
    for (guint i = 0; i < ports->len; i++)
        if (((const RvChardev *)ports->pdata[i])->target_port == number)
            return ports->pdata[i];
    return NULL;
}

bool xen_config_set_serials(json_t *hvm, const RvDomainDef *def, GError **error)
{
    json_t *list = json_array();
    int last = -1;
    bool ok = true;
    for (guint i = 0; i < def->serials->len; i++)
        last = MAX(last, ((const RvChardev *)def->serials->pdata[i])->target_port);
    for (int number = 0; number <= last && ok; number++) {
        const RvChardev *port = find_port(def->serials, number);
        g_autofree char *text = port ? xen_config_chardev(port, error) : g_strdup("none");
        ok = text && json_array_append_new(list, json_string(text)) == 0;
    }
    if (ok && last == 0)
        json_object_set(hvm, "serial", json_array_get(list, 0));
    else if (ok && last > 0)
        json_object_set(hvm, "serial_list", list);
    json_decref(list);
    return ok;
}

/* ---- Channels ------------------------------------------------------------------------------- */

enum { FIRST_CHANNEL = 1 }; /* libxl counts channels as consoles: 0 is the console */

static json_t *make_channel(const RvChardev *channel, guint place, GError **error)
{
    const RvChardevSource *source = &channel->source;
    json_t *json = json_pack("{s:i}", "devid", (int)place + FIRST_CHANNEL);
    xen_config_set_text(json, "name", channel->target_name);
    if (source->type == RV_CHARDEV_PTY) {
        json_object_set_new(json, "connection.pty", json_object());
        return json;
    }
    if (source->type == RV_CHARDEV_UNIX) {
        json_t *socket = json_object();
        xen_config_set_text(socket, "path", source->path);
        json_object_set_new(json, "connection.socket", socket);
        return json;
    }
    rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED,
                 "a channel of type '%s' cannot be given to a Xen guest: use pty or unix",
                 rv_chardev_type_to_string(source->type));
    json_decref(json);
    return NULL;
}

bool xen_config_set_channels(json_t *config, const RvDomainDef *def, GError **error)
{
    json_t *list = json_array();
    bool ok = true;
    for (guint i = 0; i < def->channels->len && ok; i++) {
        json_t *channel = make_channel(def->channels->pdata[i], i, error);
        ok = channel && json_array_append_new(list, channel) == 0;
    }
    if (ok && json_array_size(list) > 0)
        json_object_set(config, "channels", list);
    json_decref(list);
    return ok;
}
