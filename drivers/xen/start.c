/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/xen/start.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "drivers/xen/config-device.h"
#include "drivers/xen/config.h"
#include "drivers/xen/console.h"
#include "drivers/xen/guest.h"
#include "drivers/xen/host.h"
#include "drivers/xen/prepare.h"
#include "drivers/xen/toolstack.h"

/* It waits for hotplug scripts and device models, each of which has limits of its own in libxl. */
enum { CREATE_MS = 300 * 1000 };

/* ---- What must be there --------------------------------------------------------------------- */

/* libxl's words for a file that is missing are of little help. */
static bool check_file(const char *path, const char *what, GError **error)
{
    if (!path || access(path, R_OK) == 0)
        return true;
    rv_error_set_errno(error, errno, "cannot read the %s '%s'", what, path);
    return false;
}

bool xen_start_check_disk(const RvDisk *disk, GError **error)
{
    return check_file(disk->source.path, "image of a disk", error);
}

static bool check_files(const RvDomainDef *def, GError **error)
{
    if (!check_file(def->os.kernel, "kernel", error) ||
        !check_file(def->os.initrd, "initial RAM disk", error) ||
        !check_file(def->emulator, "emulator", error))
        return false;
    for (guint i = 0; i < def->disks->len; i++) {
        if (!xen_start_check_disk(def->disks->pdata[i], error))
            return false;
    }
    return true;
}

bool xen_start_check_interface(const RvInterface *interface, GError **error)
{
    const char *bridge = rv_interface_bridge(interface);
    g_autofree char *path = bridge ? g_strdup_printf("/sys/class/net/%s/bridge", bridge) : NULL;
    if (!path || access(path, F_OK) == 0)
        return true;
    rv_error_set(error, RV_ERR_OPERATION_FAILED, "there is no bridge '%s' on this host", bridge);
    rv_error_remedy(error, "make it, or name another in <interface>");
    return false;
}

static bool check_bridges(const RvDomainDef *def, GError **error)
{
    for (guint i = 0; i < def->interfaces->len; i++) {
        if (!xen_start_check_interface(def->interfaces->pdata[i], error))
            return false;
    }
    return true;
}

/* ---- Disks ---------------------------------------------------------------------------------- */

void xen_start_learn_backend(RvDisk *disk, const json_t *config)
{
    static const char *const drivers[][2] = {{"qdisk", "qemu"}, {"tap", "tap"}, {"phy", "phy"}};
    const char *backend = json_string_value(json_object_get(config, "backend"));
    for (size_t k = 0; k < G_N_ELEMENTS(drivers); k++)
        if (!disk->driver_name && g_strcmp0(backend, drivers[k][0]) == 0)
            disk->driver_name = g_strdup(drivers[k][1]);
}

static void learn_backends(RvDomainDef *def, const json_t *config)
{
    const json_t *disks = json_object_get(config, "disks");
    for (guint i = 0; i < def->disks->len; i++)
        xen_start_learn_backend(def->disks->pdata[i], json_array_get(disks, i));
}

/* ---- Interfaces ----------------------------------------------------------------------------- */

static void forget_interfaces(RvDomainDef *def)
{
    for (guint i = 0; i < def->interfaces->len; i++) {
        RvInterface *interface = def->interfaces->pdata[i];
        if (xen_config_is_given(interface->target))
            g_clear_pointer(&interface->target, g_free);
    }
}

void xen_start_name_interface(const RvGuest *guest, RvInterface *interface, unsigned number)
{
    if (!interface->target)
        interface->target = g_strdup_printf("vif%d.%u", guest->def->id, number);
}

void xen_start_name_interfaces(RvGuest *guest)
{
    for (guint i = 0; i < guest->def->interfaces->len; i++)
        xen_start_name_interface(guest, guest->def->interfaces->pdata[i], i);
}

/* ---- Start ---------------------------------------------------------------------------------- */

bool xen_start(RvGuest *guest, RvOperation *op, GError **error)
{
    return xen_start_from(guest, -1, op, error);
}

bool xen_start_from(RvGuest *guest, int fd, RvOperation *op, GError **error)
{
    RvDomainDef *def = guest->def;
    if (!xen_host_check(guest->host, error) || !check_files(def, error) ||
        !check_bridges(def, error))
        return false;
    forget_interfaces(def);
    xen_guest_begin(guest, -1, false);
    json_t *config = xen_prepare(guest, op, error) ? xen_config_new(def, error) : NULL;
    if (!config)
        return false;
    json_t *made = xen_toolstack_run_on(fd, fd >= 0 ? "restore" : "create",
                                        json_pack("{s:o}", "config", config), CREATE_MS,
                                        op->cancel, error);
    if (!made)
        return false;
    xen_guest_created(guest, (int)json_integer_value(json_object_get(made, "domid")));
    xen_guest_learn_model(guest, made);
    learn_backends(def, json_object_get(made, "config"));
    json_decref(made);
    xen_start_name_interfaces(guest);
    xen_console_learn(guest);
    return true;
}
