/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/alias.h"

#include "drivers/kvm/machine.h"
#include "model/xml-table.h"

/* Takes `name` over. */
static void set(RvDevice *device, char *name)
{
    if (device->alias)
        g_free(name);
    else
        device->alias = name;
}

static char *drive_name(const RvDomainDef *def, const RvDisk *disk)
{
    const RvAddress *at = &disk->device.address;
    const RvController *controller;
    switch (disk->bus) {
    case RV_DISK_BUS_VIRTIO:
        return g_strdup_printf("virtio-disk%d", rv_disk_name_index(disk->target));
    case RV_DISK_BUS_USB:
        return g_strdup_printf("usb-disk%d", rv_disk_name_index(disk->target));
    case RV_DISK_BUS_SCSI:
        controller = rv_domain_def_find_controller(def, RV_CONTROLLER_SCSI,
                                                   (int)at->drive.controller);
        if (!controller || g_strcmp0(controller->model, "lsilogic") != 0)
            return g_strdup_printf("scsi%u-%u-%u-%u", at->drive.controller, at->drive.bus,
                                   at->drive.target, at->drive.unit);
        G_GNUC_FALLTHROUGH;
    default:
        return g_strdup_printf("%s%u-%u-%u", rv_disk_bus_to_string(disk->bus),
                               at->drive.controller, at->drive.bus, at->drive.unit);
    }
}

static char *controller_name(const KvmMachineFamily *family, const RvController *controller)
{
    bool first = controller->index == 0;
    if (controller->type == RV_CONTROLLER_PCI)
        return first ? g_strdup(family->pci_bus) : g_strdup_printf("pci.%d", controller->index);
    if (controller->type == RV_CONTROLLER_USB && first)
        return g_strdup("usb");
    if (first && ((controller->type == RV_CONTROLLER_IDE && family->has_ide) ||
                  (controller->type == RV_CONTROLLER_SATA && family->has_sata)))
        return g_strdup("ide");
    return g_strdup_printf("%s%d", rv_controller_type_to_string(controller->type),
                           controller->index);
}

static void name_controllers(RvDomainDef *def)
{
    const KvmMachineFamily *family = kvm_machine_family(def->os.arch, def->os.machine);
    for (guint i = 0; i < def->controllers->len; i++) {
        RvController *controller = g_ptr_array_index(def->controllers, i);
        set(&controller->device, controller_name(family, controller));
    }
}

static void name_consoles(RvDomainDef *def)
{
    for (guint i = 0; i < def->consoles->len; i++) {
        RvChardev *console = g_ptr_array_index(def->consoles, i);
        const RvChardev *serial = def->serials->len ? g_ptr_array_index(def->serials, 0) : NULL;
        if (serial && g_strcmp0(console->target_type, "serial") == 0)
            set(&console->device, g_strdup(serial->device.alias));
        else
            set(&console->device, g_strdup_printf("console%u", i));
    }
}

/* Every element of all these lists begins with an RvDevice. */
static void name_list(GPtrArray *list, const char *stem)
{
    for (guint i = 0; i < list->len; i++)
        set(g_ptr_array_index(list, i), g_strdup_printf("%s%u", stem, i));
}

G_STATIC_ASSERT(G_STRUCT_OFFSET(RvInterface, device) == 0);
G_STATIC_ASSERT(G_STRUCT_OFFSET(RvChardev, device) == 0);
G_STATIC_ASSERT(G_STRUCT_OFFSET(RvInput, device) == 0);
G_STATIC_ASSERT(G_STRUCT_OFFSET(RvVideo, device) == 0);
G_STATIC_ASSERT(G_STRUCT_OFFSET(RvRng, device) == 0);

void kvm_assign_aliases(RvDomainDef *def)
{
    name_controllers(def);
    for (guint i = 0; i < def->disks->len; i++) {
        RvDisk *disk = g_ptr_array_index(def->disks, i);
        set(&disk->device, drive_name(def, disk));
    }
    name_list(def->interfaces, "net");
    name_list(def->serials, "serial");
    name_list(def->parallels, "parallel");
    name_consoles(def);
    name_list(def->channels, "channel");
    name_list(def->inputs, "input");
    name_list(def->videos, "video");
    name_list(def->rngs, "rng");
    if (def->memballoon && g_strcmp0(def->memballoon->model, "none") != 0)
        set(&def->memballoon->device, g_strdup("balloon0"));
}

static void note_image(RvDisk *disk, unsigned index)
{
    if (!disk->source.path) {
        disk->source.format = RV_DISK_FORMAT_NONE;
        return;
    }
    disk->source.index = index;
    if (!disk->backing)
        disk->backing = rv_xml_new(&rv_backing_store_xml);
}

void kvm_note_images(RvDomainDef *def)
{
    for (guint i = 0; i < def->disks->len; i++)
        note_image(g_ptr_array_index(def->disks, i), def->disks->len - i);
}
