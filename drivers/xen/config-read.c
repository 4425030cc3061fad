/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/xen/config.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "model/device-xml.h"
#include "model/xml-table.h"

/* Strangers' domains in our words: what libxl kept of their making, as far as the model has it. */

static char *get_string(const json_t *object, const char *name)
{
    return g_strdup(json_string_value(json_object_get(object, name)));
}

static uint64_t get_number(const json_t *object, const char *name, uint64_t fallback)
{
    const json_t *value = json_object_get(object, name);
    json_int_t number = json_integer_value(value);
    return json_is_integer(value) && number > 0 ? (uint64_t)number : fallback;
}

/* libxl writes defbools as texts. */
static bool get_bool(const json_t *object, const char *name)
{
    return g_strcmp0(json_string_value(json_object_get(object, name)), "True") == 0;
}

static RvOsType read_type(const char *name)
{
    if (g_strcmp0(name, "hvm") == 0)
        return RV_OS_HVM;
    return g_strcmp0(name, "pvh") == 0 ? RV_OS_XENPVH : RV_OS_LINUX;
}

/* ---- Devices -------------------------------------------------------------------------------- */

static void read_disk(RvDomainDef *def, const json_t *json)
{
    static const char *const drivers[][2] = {{"qdisk", "qemu"}, {"tap", "tap"}, {"phy", "phy"}};
    const char *backend = json_string_value(json_object_get(json, "backend"));
    const char *format = json_string_value(json_object_get(json, "format"));
    RvDisk *disk = rv_xml_new(&rv_disk_xml);
    g_ptr_array_add(def->disks, disk);
    disk->source.path = get_string(json, "pdev_path");
    disk->target = get_string(json, "vdev");
    disk->source.type = disk->source.path && g_str_has_prefix(disk->source.path, "/dev/")
                            ? RV_DISK_BLOCK
                            : RV_DISK_FILE;
    int known = format ? rv_disk_format_from_string(format) : -1;
    disk->source.format = known > 0 ? (RvDiskFormat)known : RV_DISK_RAW;
    for (size_t i = 0; i < G_N_ELEMENTS(drivers); i++)
        if (g_strcmp0(backend, drivers[i][0]) == 0)
            disk->driver_name = g_strdup(drivers[i][1]);
    if (get_number(json, "is_cdrom", 0))
        disk->kind = RV_DISK_DEVICE_CDROM;
    disk->read_only = !get_number(json, "readwrite", 0);
}

static void read_interface(RvDomainDef *def, const json_t *json)
{
    const char *mac = json_string_value(json_object_get(json, "mac"));
    RvInterface *interface = rv_xml_new(&rv_interface_xml);
    g_ptr_array_add(def->interfaces, interface);
    interface->source = get_string(json, "bridge");
    interface->type = interface->source ? RV_INTERFACE_BRIDGE : RV_INTERFACE_ETHERNET;
    interface->model = get_string(json, "model");
    unsigned b[6];
    if (mac && sscanf(mac, "%2x:%2x:%2x:%2x:%2x:%2x", &b[0], &b[1], &b[2], &b[3], &b[4],
                      &b[5]) == 6)
        for (unsigned i = 0; i < 6; i++)
            interface->mac.bytes[i] = (unsigned char)b[i];
}

static void read_devices(RvDomainDef *def, const json_t *config)
{
    size_t i;
    json_t *device;
    json_array_foreach(json_object_get(config, "disks"), i, device)
        if (json_is_string(json_object_get(device, "vdev")))
            read_disk(def, device);
    json_array_foreach(json_object_get(config, "nics"), i, device)
        read_interface(def, device);
}

/* ---- The machine ---------------------------------------------------------------------------- */

static void read_build(RvDomainDef *def, const json_t *build)
{
    def->max_memory_kib = get_number(build, "max_memkb", 1024);
    def->memory_kib = get_number(build, "target_memkb", def->max_memory_kib);
    def->max_vcpus = (unsigned)get_number(build, "max_vcpus", 1);
    def->vcpus = (unsigned)json_array_size(json_object_get(build, "avail_vcpus"));
    if (def->vcpus == 0 || def->vcpus > def->max_vcpus)
        def->vcpus = def->max_vcpus;
    def->os.kernel = get_string(build, "kernel");
    def->os.initrd = get_string(build, "ramdisk");
    def->os.cmdline = get_string(build, "cmdline");
    const json_t *hvm = json_object_get(build, "type.hvm");
    def->features.acpi = get_bool(build, "acpi");
    if (get_bool(build, "apic"))
        def->features.apic = g_new0(RvApic, 1);
    def->features.pae = get_bool(hvm, "pae");
    def->clock.adjustment = json_integer_value(json_object_get(build, "rtc_timeoffset"));
    if (get_bool(build, "localtime"))
        def->clock.offset = RV_CLOCK_LOCALTIME;
    else if (def->clock.adjustment)
        def->clock.offset = RV_CLOCK_VARIABLE;
}

RvDomainDef *xen_config_to_def(const json_t *config, GError **error)
{
    const json_t *identity = json_object_get(config, "c_info");
    const char *uuid = json_string_value(json_object_get(identity, "uuid"));
    g_autoptr(RvDomainDef) def = rv_domain_def_new();
    def->virt = RV_VIRT_XEN;
    def->name = get_string(identity, "name");
    def->os.type = read_type(json_string_value(json_object_get(identity, "type")));
    def->os.arch = g_strdup("x86_64");
    def->os.machine = g_strdup(def->os.type == RV_OS_HVM      ? "xenfv"
                               : def->os.type == RV_OS_XENPVH ? "xenpvh"
                                                              : "xenpv");
    if (!def->name || !*def->name || !uuid || !rv_uuid_parse(uuid, &def->uuid)) {
        rv_error_set(error, RV_ERR_INTERNAL, "libxl tells neither its name nor its UUID");
        return NULL;
    }
    read_build(def, json_object_get(config, "b_info"));
    read_devices(def, config);
    return g_steal_pointer(&def);
}
