/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/line.h"

#include <string.h>

#include "drivers/kvm/pci.h"

void kvm_line_add(KvmLine *line, const char *option, const char *format, ...)
{
    va_list args;
    g_ptr_array_add(line->args, g_strdup(option));
    if (!format)
        return;
    va_start(args, format);
    g_ptr_array_add(line->args, g_strdup_vprintf(format, args));
    va_end(args);
}

void kvm_line_add_json(KvmLine *line, const char *option, json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT | JSON_PRESERVE_ORDER);
    kvm_line_add(line, option, "%s", text);
    free(text);
    json_decref(json);
}

char *kvm_line_escape(const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, ",", -1);
    return g_strjoinv(",,", parts);
}

int kvm_line_fd(const KvmLine *line, const void *device)
{
    void *fd;
    if (line->launch->fds && g_hash_table_lookup_extended(line->launch->fds, device, NULL, &fd))
        return GPOINTER_TO_INT(fd);
    return -1;
}

/* ---- Devices ------------------------------------------------------------------------------ */

void kvm_line_set(json_t *object, const char *name, const char *value)
{
    if (value)
        json_object_set_new(object, name, json_string(value));
}

static void set_pci_address(const KvmLine *line, json_t *object, const RvAddress *address)
{
    g_autofree char *bus = kvm_pci_bus_name(line->family, address->pci.bus);
    g_autofree char *slot = address->pci.function
                                ? g_strdup_printf("0x%x.0x%x", address->pci.slot,
                                                  address->pci.function)
                                : g_strdup_printf("0x%x", address->pci.slot);
    kvm_line_set(object, "bus", bus);
    if (address->pci.multifunction == RV_TRISTATE_ON)
        json_object_set_new(object, "multifunction", json_true());
    kvm_line_set(object, "addr", slot);
}

json_t *kvm_line_device(const KvmLine *line, const char *driver, const RvDevice *device)
{
    json_t *object = json_pack("{s:s, s:s*}", "driver", driver, "id", device->alias);
    if (device->address.type == RV_ADDRESS_PCI) {
        set_pci_address(line, object, &device->address);
    } else if (device->address.type == RV_ADDRESS_USB) {
        unsigned bus = device->address.usb.bus;
        g_autofree char *name =
            bus ? g_strdup_printf("usb%u.0", bus) : g_strdup("usb.0");
        kvm_line_set(object, "bus", name);
        kvm_line_set(object, "port", device->address.usb.port);
    }
    return object;
}

/* ---- The order of booting ----------------------------------------------------------------- */

/* <boot dev=> in <os> stands for the first device of its kind. */
static const void *first_of_kind(const RvDomainDef *def, RvBootDevice kind)
{
    static const struct {
        RvBootDevice boot;
        RvDiskDevice disk;
    } rows[] = {
        {RV_BOOT_FD, RV_DISK_DEVICE_FLOPPY},
        {RV_BOOT_HD, RV_DISK_DEVICE_DISK},
        {RV_BOOT_CDROM, RV_DISK_DEVICE_CDROM},
    };
    if (kind == RV_BOOT_NETWORK)
        return def->interfaces->len ? g_ptr_array_index(def->interfaces, 0) : NULL;
    for (size_t row = 0; row < G_N_ELEMENTS(rows); row++) {
        for (guint i = 0; rows[row].boot == kind && i < def->disks->len; i++) {
            const RvDisk *disk = g_ptr_array_index(def->disks, i);
            if (disk->kind == rows[row].disk)
                return disk;
        }
    }
    return NULL;
}

unsigned kvm_line_boot_index(const KvmLine *line, const void *device)
{
    const RvDevice *common = device; /* first in each: see alias.c */
    if (common->boot_order)
        return common->boot_order;
    const GArray *boot = line->def->os.boot;
    for (guint i = 0; i < boot->len; i++) {
        if (first_of_kind(line->def, g_array_index(boot, RvBootDevice, i)) == device)
            return i + 1;
    }
    return 0;
}
