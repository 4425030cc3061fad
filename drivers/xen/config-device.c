/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/xen/config-device.h"

#include <string.h>

#include "base/error.h"
#include "drivers/xen/config.h"

static void set_string(json_t *object, const char *name, const char *value)
{
    if (value)
        json_object_set_new(object, name, json_string(value));
}

/* ---- Disks ---------------------------------------------------------------------------------- */

/* What libvirt's names of drivers mean to libxl; without one libxl chooses. */
static const struct {
    const char *driver;
    const char *raw, *other; /* back ends; NULL: cannot be */
} backends[] = {
    {"qemu", "qdisk", "qdisk"}, {"file", "qdisk", NULL}, {"phy", "phy", NULL},
    {"tap", "tap", "qdisk"},    {"tap2", "tap", "qdisk"},
};

static const char *find_backend(const RvDisk *disk, bool raw, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(backends); i++) {
        if (strcmp(disk->driver_name, backends[i].driver) != 0)
            continue;
        const char *name = raw ? backends[i].raw : backends[i].other;
        if (!name)
            rv_error_set(error, RV_ERR_INTERNAL,
                         "disk '%s': libxl's driver '%s' reads raw images only, not %s",
                         disk->target, disk->driver_name, rv_disk_format_to_string(disk->source.format));
        return name;
    }
    rv_error_set(error, RV_ERR_INTERNAL,
                 "disk '%s': libxl has no driver '%s'; it has qemu, phy, tap and file",
                 disk->target, disk->driver_name);
    return NULL;
}

json_t *xen_config_disk(const RvDisk *disk, GError **error)
{
    bool cdrom = disk->kind == RV_DISK_DEVICE_CDROM;
    bool raw = disk->source.format == RV_DISK_RAW || disk->source.format == RV_DISK_FORMAT_NONE;
    const char *backend = disk->driver_name ? find_backend(disk, raw, error) : NULL;
    if (disk->driver_name && !backend)
        return NULL;
    if (disk->transient) {
        rv_error_set(error, RV_ERR_INTERNAL, "disk '%s': libxl has no transient disks",
                     disk->target);
        return NULL;
    }
    json_t *json = json_object();
    set_string(json, "pdev_path", disk->source.path);
    set_string(json, "vdev", disk->target);
    set_string(json, "backend_domname", disk->backend_domain);
    set_string(json, "backend", backend);
    set_string(json, "format", cdrom && !disk->source.path ? "empty"
                               : raw                  ? "raw"
                                                      : rv_disk_format_to_string(disk->source.format));
    json_object_set_new(json, "removable", json_integer(1));
    json_object_set_new(json, "readwrite", json_integer(!disk->read_only));
    if (cdrom)
        json_object_set_new(json, "is_cdrom", json_integer(1));
    if (disk->discard && !disk->read_only)
        set_string(json, "discard_enable", strcmp(disk->discard, "unmap") == 0 ? "True" : "False");
    return json;
}

/* ---- Interfaces ----------------------------------------------------------------------------- */

static const char *nic_type(const RvDomainDef *def, const RvInterface *interface, bool attached)
{
    bool hvm = def->os.type == RV_OS_HVM;
    if (interface->model)
        return strcmp(interface->model, "netfront") == 0 ? "vif" : "vif_ioemu";
    return hvm && !attached ? "vif_ioemu" : "vif";
}

static bool check_interface(const RvDomainDef *def, const RvInterface *interface, GError **error)
{
    if (interface->type != RV_INTERFACE_BRIDGE && interface->type != RV_INTERFACE_ETHERNET) {
        rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED,
                     "an interface of type '%s' cannot be given to a Xen guest: use bridge or "
                     "ethernet",
                     rv_interface_type_to_string(interface->type));
        return false;
    }
    if (def->os.type != RV_OS_HVM && interface->model &&
        strcmp(interface->model, "netfront") != 0) {
        rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED,
                     "only model 'netfront' is there in a PV or PVH guest, not '%s'",
                     interface->model);
        return false;
    }
    return true;
}

json_t *xen_config_interface(const RvDomainDef *def, const RvInterface *interface, int number,
                             GError **error)
{
    const unsigned char *b = interface->mac.bytes;
    if (!check_interface(def, interface, error))
        return NULL;
    g_autofree char *mac =
        g_strdup_printf("%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4], b[5]);
    json_t *json = json_object();
    if (number >= 0)
        json_object_set_new(json, "devid", json_integer(number));
    set_string(json, "mac", mac);
    if (interface->type == RV_INTERFACE_BRIDGE)
        set_string(json, "bridge", interface->source);
    set_string(json, "script", interface->script);
    set_string(json, "model", interface->model);
    set_string(json, "ifname", interface->target);
    set_string(json, "nictype", nic_type(def, interface, number < 0));
    return json;
}

/* ---- Character devices ---------------------------------------------------------------------- */

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
