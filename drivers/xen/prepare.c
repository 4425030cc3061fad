/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/xen/prepare.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "drivers/xen/config-device.h"
#include "drivers/xen/config-hostdev.h"
#include "drivers/xen/guest.h"
#include "drivers/xen/host.h"
#include "drivers/xen/hostdev.h"
#include "model/device-xml.h"
#include "model/xml-table.h"

enum { LAST_PORT = 65535 };

/* ---- Screens -------------------------------------------------------------------------------- */

static bool is_free(unsigned short port)
{
    const struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    rv_autofd int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0;
}

/* Under lock: no other start looks meanwhile, and those that found one are known. */
static bool is_taken(XenHost *xen, const RvGuest *but, int port)
{
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, xen->guests);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const RvDomainDef *def = ((const RvGuest *)value)->def;
        for (guint i = 0; value != but && i < def->graphics->len; i++)
            if (((const RvGraphics *)def->graphics->pdata[i])->port == port)
                return true;
    }
    return false;
}

static bool has_server(const RvGraphics *graphics)
{
    return graphics->type == RV_GRAPHICS_VNC || graphics->type == RV_GRAPHICS_SPICE;
}

static bool choose_ports(RvGuest *guest, GError **error)
{
    XenHost *xen = xen_host(guest->host);
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&xen->lock);
    for (guint i = 0; i < guest->def->graphics->len; i++) {
        RvGraphics *graphics = guest->def->graphics->pdata[i];
        if (has_server(graphics) && !graphics->listen &&
            graphics->listen_type == RV_LISTEN_ADDRESS)
            graphics->listen = g_strdup(XEN_SCREEN_ADDRESS);
        if (!has_server(graphics) || graphics->port > 0)
            continue;
        int port = XEN_VNC_PORT;
        while (port <= LAST_PORT &&
               (is_taken(xen, guest, port) || !is_free((unsigned short)port)))
            port++;
        if (port > LAST_PORT) {
            rv_error_set(error, RV_ERR_OPERATION_FAILED, "no port is free for a screen's server");
            return false;
        }
        graphics->port = port;
    }
    return true;
}

/* ---- Channels ------------------------------------------------------------------------------- */

/* Where the sockets are that no definition names. */
static char *channel_folder(const RvGuest *guest)
{
    return g_build_filename(guest->host->run_dir, "channel", NULL);
}

static char *channel_path(const RvGuest *guest, const RvChardev *channel)
{
    char uuid[RV_UUID_STRING_LEN + 1];
    rv_uuid_format(&guest->def->uuid, uuid);
    g_autofree char *folder = channel_folder(guest), *name = g_strdup(channel->target_name);
    g_strdelimit(name, "/", '_');
    return g_strdup_printf("%s/%s-%s", folder, uuid, name);
}

static bool is_made(const RvChardev *channel)
{
    return channel->source.type == RV_CHARDEV_UNIX && channel->target_name;
}

static bool choose_sockets(RvGuest *guest, GError **error)
{
    g_autofree char *folder = channel_folder(guest);
    for (guint i = 0; i < guest->def->channels->len; i++) {
        RvChardev *channel = guest->def->channels->pdata[i];
        if (!is_made(channel) || channel->source.path)
            continue;
        channel->source.path = channel_path(guest, channel);
        channel->source.mode = RV_CHARDEV_BIND;
        if (mkdir(folder, 0700) < 0 && errno != EEXIST) {
            rv_error_set_errno(error, errno, "cannot make '%s' for sockets of channels", folder);
            return false;
        }
    }
    return true;
}

static void remove_sockets(RvGuest *guest)
{
    for (guint i = 0; i < guest->def->channels->len; i++) {
        const RvChardev *channel = guest->def->channels->pdata[i];
        g_autofree char *own = is_made(channel) ? channel_path(guest, channel) : NULL;
        if (own && g_strcmp0(own, channel->source.path) == 0)
            unlink(own);
    }
}

/* ---- Devices of the host -------------------------------------------------------------------- */

/* As libvirt does, where the definition has none at all. */
static void add_usb_controllers(RvDomainDef *def)
{
    guint devices = 0;
    for (guint i = 0; i < def->hostdevs->len; i++)
        devices += ((const RvHostdev *)def->hostdevs->pdata[i])->type == RV_HOSTDEV_USB;
    if (rv_domain_def_find_controller(def, RV_CONTROLLER_USB, 0))
        return;
    for (guint i = 0; i * XEN_USB_PORTS < devices; i++) {
        RvController *controller = rv_xml_new(&rv_controller_xml);
        controller->type = RV_CONTROLLER_USB;
        controller->index = (int)i;
        controller->model = g_strdup("qusb2");
        controller->ports = XEN_USB_PORTS;
        g_ptr_array_add(def->controllers, controller);
    }
}

static bool take_hostdevs(RvGuest *guest, RvOperation *op, GError **error)
{
    RvDomainDef *def = guest->def;
    for (guint i = 0; i < def->hostdevs->len; i++)
        if (!xen_hostdev_find(def->hostdevs->pdata[i], error) ||
            !xen_hostdev_take(guest, def->hostdevs->pdata[i], op->cancel, error))
            return false;
    return true;
}

/* ---- All of it ------------------------------------------------------------------------------ */

bool xen_prepare(RvGuest *guest, RvOperation *op, GError **error)
{
    add_usb_controllers(guest->def);
    return choose_ports(guest, error) && choose_sockets(guest, error) &&
           take_hostdevs(guest, op, error);
}

void xen_prepare_undo(RvGuest *guest)
{
    remove_sockets(guest);
    for (guint i = 0; i < guest->def->hostdevs->len; i++)
        xen_hostdev_return(guest, guest->def->hostdevs->pdata[i]);
}
