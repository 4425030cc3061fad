/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/xen/config-device.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "drivers/xen/config.h"

void xen_config_set_text(json_t *object, const char *name, const char *value)
{
    if (value)
        json_object_set_new(object, name, json_string(value));
}

void xen_config_set_bool(json_t *object, const char *name, bool value)
{
    json_object_set_new(object, name, json_string(value ? "True" : "False"));
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

static bool is_raw(const RvDisk *disk)
{
    return disk->source.format == RV_DISK_RAW || disk->source.format == RV_DISK_FORMAT_NONE;
}

const char *xen_config_disk_backend(const RvDisk *disk, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(backends); i++) {
        if (strcmp(disk->driver_name, backends[i].driver) != 0)
            continue;
        const char *name = is_raw(disk) ? backends[i].raw : backends[i].other;
        if (!name)
            rv_error_set(error, RV_ERR_INTERNAL,
                         "disk '%s': libxl's driver '%s' reads raw images only, not %s",
                         disk->target, disk->driver_name,
                         rv_disk_format_to_string(disk->source.format));
        return name;
    }
    rv_error_set(error, RV_ERR_INTERNAL,
                 "disk '%s': libxl has no driver '%s'; it has qemu, phy, tap and file",
                 disk->target, disk->driver_name);
    return NULL;
}

const char *xen_config_disk_format(const RvDisk *disk, GError **error)
{
    static const RvDiskFormat known[] = {RV_DISK_QCOW, RV_DISK_QCOW2, RV_DISK_QED, RV_DISK_VHD};
    if (is_raw(disk))
        return "raw";
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
        if (disk->source.format == known[i])
            return rv_disk_format_to_string(known[i]);
    rv_error_set(error, RV_ERR_INTERNAL,
                 "disk '%s': libxl reads images of format raw, qcow, qcow2, qed and vhd, not %s",
                 disk->target, rv_disk_format_to_string(disk->source.format));
    return NULL;
}

/* Ceph's block device, as QEMU takes it: what stands for itself behind a backslash. */
static char *make_rbd(const RvDiskSource *source)
{
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "rbd:%s:auth_supported=none", source->path);
    for (guint i = 0; i < source->hosts->len; i++) {
        const RvStorageHost *host = source->hosts->pdata[i];
        bool v6 = strchr(host->name, ':');
        g_auto(GStrv) parts = g_strsplit(host->name, ":", 0);
        g_autofree char *name = g_strjoinv("\\:", parts);
        g_string_append_printf(text, "%s%s%s%s", i ? "\\;" : ":mon_host=", v6 ? "[" : "", name,
                               v6 ? "]" : "");
        if (host->port)
            g_string_append_printf(text, "\\:%u", host->port);
    }
    if (source->config)
        g_string_append_printf(text, ":conf=%s", source->config);
    return g_string_free(text, FALSE);
}

bool xen_config_disk_source(const RvDiskSource *source, char **ret, GError **error)
{
    *ret = NULL;
    if (source->type != RV_DISK_NETWORK) {
        *ret = g_strdup(source->path);
        return true;
    }
    if (source->protocol != RV_PROTOCOL_RBD) {
        rv_error_set(error, RV_ERR_NO_SUPPORT,
                     "Unsupported network block protocol '%s': Xen guests "
                     "have rbd only",
                     rv_protocol_to_string(source->protocol));
        return false;
    }
    if (source->auth || (source->path && strchr(source->path, ':'))) {
        rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED,
                     source->auth
                         ? "a disk of type rbd with a secret cannot be given to a Xen guest"
                         : "':' not allowed in RBD source volume name");
        return false;
    }
    *ret = make_rbd(source);
    return true;
}

json_t *xen_config_disk(const RvDisk *disk, GError **error)
{
    bool cdrom = disk->kind == RV_DISK_DEVICE_CDROM;
    g_autofree char *source = NULL;
    if (!xen_config_disk_source(&disk->source, &source, error))
        return NULL;
    const char *backend = disk->driver_name ? xen_config_disk_backend(disk, error) : NULL;
    const char *format = cdrom && !source ? "empty" : xen_config_disk_format(disk, error);
    if (!format || (disk->driver_name && !backend))
        return NULL;
    if (disk->transient) {
        rv_error_set(error, RV_ERR_INTERNAL, "disk '%s': libxl has no transient disks",
                     disk->target);
        return NULL;
    }
    json_t *json = json_object();
    xen_config_set_text(json, "pdev_path", source);
    xen_config_set_text(json, "vdev", disk->target);
    xen_config_set_text(json, "backend_domname", disk->backend_domain);
    xen_config_set_text(json, "backend", backend);
    xen_config_set_text(json, "format", format);
    json_object_set_new(json, "removable", json_integer(1));
    json_object_set_new(json, "readwrite", json_integer(!disk->read_only));
    if (cdrom)
        json_object_set_new(json, "is_cdrom", json_integer(1));
    if (disk->discard && !disk->read_only)
        xen_config_set_text(json, "discard_enable",
                            strcmp(disk->discard, "unmap") == 0 ? "True" : "False");
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
    if (interface->type != RV_INTERFACE_BRIDGE && interface->type != RV_INTERFACE_NETWORK &&
        interface->type != RV_INTERFACE_ETHERNET) {
        rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED,
                     "an interface of type '%s' cannot be given to a Xen guest: use network, bridge "
                     "or ethernet",
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

bool xen_config_is_given(const char *name)
{
    unsigned domid, number;
    return name && sscanf(name, "vif%u.%u", &domid, &number) == 2;
}

char *xen_config_mac(const RvInterface *interface)
{
    const unsigned char *b = interface->mac.bytes;
    return g_strdup_printf("%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4], b[5]);
}

static bool is_open_vswitch(const RvInterface *interface)
{
    return interface->virtual_port &&
           interface->virtual_port->type == RV_VIRTUAL_PORT_OPENVSWITCH;
}

char *xen_config_bridge(const RvInterface *interface)
{
    const RvVlan *vlan = interface->vlan;
    const char *bridge = rv_interface_bridge(interface);
    if (!bridge)
        return NULL;
    GString *text = g_string_new(bridge);
    guint n = !vlan || !is_open_vswitch(interface) ? 0 : vlan->trunk ? vlan->tags->len : 1;
    for (guint i = 0; i < n && i < vlan->tags->len; i++)
        g_string_append_printf(text, "%c%u", vlan->trunk ? ':' : '.',
                               ((const RvVlanTag *)vlan->tags->pdata[i])->id);
    return g_string_free(text, FALSE);
}

char *xen_config_ips(const RvInterface *interface)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < interface->ips->len; i++)
        g_string_append_printf(text, "%s%s", i ? " " : "",
                               ((const RvIp *)interface->ips->pdata[i])->address);
    return g_string_free(text, text->len == 0);
}

const char *xen_config_script(const RvInterface *interface)
{
    if (interface->script || interface->type != RV_INTERFACE_BRIDGE)
        return interface->script;
    return is_open_vswitch(interface) ? "vif-openvswitch" : NULL;
}

json_t *xen_config_interface(const RvDomainDef *def, const RvInterface *interface, int number,
                             GError **error)
{
    enum { INTERVAL_US = 50 * 1000 }; /* xl's own */
    if (!check_interface(def, interface, error))
        return NULL;
    g_autofree char *mac = xen_config_mac(interface), *bridge = xen_config_bridge(interface);
    g_autofree char *ips = xen_config_ips(interface);
    json_t *json = json_object();
    if (number >= 0)
        json_object_set_new(json, "devid", json_integer(number));
    xen_config_set_text(json, "mac", mac);
    xen_config_set_text(json, "bridge", bridge);
    xen_config_set_text(json, "script", xen_config_script(interface));
    xen_config_set_text(json, "ip", ips);
    xen_config_set_text(json, "model", interface->model);
    xen_config_set_text(json, "ifname", interface->target);
    xen_config_set_text(json, "backend_domname", interface->backend_domain);
    xen_config_set_text(json, "nictype", nic_type(def, interface, number < 0));
    if (interface->outbound.average) {
        uint64_t each = interface->outbound.average * 1024 * INTERVAL_US / G_USEC_PER_SEC;
        json_object_set_new(json, "rate_bytes_per_interval", json_integer((json_int_t)each));
        json_object_set_new(json, "rate_interval_usecs", json_integer(INTERVAL_US));
    }
    return json;
}

/* ---- Others --------------------------------------------------------------------------------- */

char *xen_config_boot_order(const RvDomainDef *def)
{
    static const char letters[] = {[RV_BOOT_FD] = 'a', [RV_BOOT_HD] = 'c', [RV_BOOT_CDROM] = 'd',
                                   [RV_BOOT_NETWORK] = 'n'};
    GString *order = g_string_new(NULL);
    for (guint i = 0; i < def->os.boot->len; i++) {
        RvBootDevice device = g_array_index(def->os.boot, RvBootDevice, i);
        if (device > RV_BOOT_NONE && device < G_N_ELEMENTS(letters))
            g_string_append_c(order, letters[device]);
    }
    if (order->len == 0)
        g_string_append_c(order, 'c');
    return g_string_free(order, FALSE);
}

char *xen_config_sound(const RvDomainDef *def)
{
    GString *models = g_string_new(NULL);
    for (guint i = 0; def->os.type == RV_OS_HVM && i < def->sounds->len; i++) {
        const RvSound *sound = def->sounds->pdata[i];
        const char *model = rv_sound_model_to_string(sound->model);
        g_string_append_printf(models, "%s%s", i ? "," : "",
                               sound->model == RV_SOUND_ICH6 ? "hda" : model);
    }
    return g_string_free(models, models->len == 0);
}
