/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Controllers: their numbers, and those that devices need and nobody wrote down. As libvirt does it
 * for every driver. */

#include "base/error.h"
#include "model/domain-def.h"
#include "model/domain-xml.h"
#include "model/xml-table.h"

#include <string.h>

/* ---- Numbers ------------------------------------------------------------------------------- */

RvController *rv_domain_def_find_controller(const RvDomainDef *def, RvControllerType type,
                                            int index)
{
    for (unsigned i = 0; i < def->controllers->len; i++) {
        RvController *controller = def->controllers->pdata[i];
        if (controller->type == type && controller->index == index)
            return controller;
    }
    return NULL;
}

static bool is_usb2(const RvController *controller)
{
    return controller->type == RV_CONTROLLER_USB && controller->model &&
           g_str_has_prefix(controller->model, "ich9-");
}

/* Companions of one USB 2 controller share its index: those that follow each other in the document
 * and are of different models. -1: this one does not join the one before. */
static int index_of_companions(const RvDomainDef *def, unsigned position)
{
    const RvController *controller = def->controllers->pdata[position], *before = NULL;
    for (unsigned i = position; i-- > 0 && !before;) {
        before = def->controllers->pdata[i];
        if (before->type != RV_CONTROLLER_USB)
            before = NULL;
    }
    if (!before || !is_usb2(before))
        return -1;
    for (unsigned i = 0; i < def->controllers->len; i++) {
        const RvController *other = def->controllers->pdata[i];
        if (other->type == RV_CONTROLLER_USB && other->index == before->index &&
            !g_strcmp0(other->model, controller->model))
            return -1;
    }
    return before->index;
}

void rv_domain_def_number_controllers(RvDomainDef *def)
{
    int next[RV_CONTROLLER_LAST] = {0}; /* none below is free */
    for (unsigned i = 0; i < def->controllers->len; i++) {
        RvController *controller = def->controllers->pdata[i];
        if (controller->index >= 0)
            continue;
        int index = is_usb2(controller) ? index_of_companions(def, i) : -1;
        if (index < 0) {
            while (rv_domain_def_find_controller(def, controller->type, next[controller->type]))
                next[controller->type]++;
            index = next[controller->type];
        }
        controller->index = index;
    }
}

/* ---- What devices need --------------------------------------------------------------------- */

/* Controllers 0 to `last` of a type, those that are missing. */
static bool need_controllers(RvDomainDef *def, RvControllerType type, unsigned first,
                             unsigned last, GError **error)
{
    if (last >= RV_MAX_DEVICES) {
        rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED,
                     "an address names %s controller %u: there can be %d",
                     rv_controller_type_to_string(type), last, RV_MAX_DEVICES);
        return false;
    }
    for (unsigned index = first; index <= last; index++) {
        if (rv_domain_def_find_controller(def, type, (int)index))
            continue;
        RvController *controller = rv_xml_new(&rv_controller_xml);
        controller->type = type;
        controller->index = (int)index;
        g_ptr_array_add(def->controllers, controller);
    }
    return true;
}

static bool need_drive_controllers(RvDomainDef *def, RvDiskBus bus, RvControllerType type,
                                   GError **error)
{
    bool any = false;
    unsigned last = 0;
    for (unsigned i = 0; i < def->disks->len; i++) {
        const RvDisk *disk = def->disks->pdata[i];
        if (disk->bus != bus || disk->device.address.type != RV_ADDRESS_DRIVE)
            continue;
        any = true;
        last = MAX(last, disk->device.address.drive.controller);
    }
    return !any || need_controllers(def, type, 0, last, error);
}

static bool need_serial_controller(RvDomainDef *def, const RvChardev *chardev, GError **error)
{
    const RvAddress *address = &chardev->device.address;
    unsigned index = address->type == RV_ADDRESS_VIRTIO_SERIAL ? address->drive.controller : 0;
    return need_controllers(def, RV_CONTROLLER_VIRTIO_SERIAL, index, index, error);
}

static int last_slot(const RvDomainDef *def)
{
    int last = -1;
    for (unsigned i = 0; i < def->smartcards->len; i++) {
        const RvAddress *address = &((RvSmartcard *)def->smartcards->pdata[i])->device.address;
        if (address->type == RV_ADDRESS_CCID && !address->drive.controller)
            last = MAX(last, (int)address->drive.unit);
    }
    return last;
}

/* A card that says no slot has the next one of the first reader. */
static bool need_smartcard_controllers(RvDomainDef *def, GError **error)
{
    for (unsigned i = 0; i < def->smartcards->len; i++) {
        RvAddress *address = &((RvSmartcard *)def->smartcards->pdata[i])->device.address;
        if (address->type == RV_ADDRESS_NONE)
            *address = (RvAddress){.type = RV_ADDRESS_CCID,
                                   .drive.unit = (unsigned)(last_slot(def) + 1)};
        unsigned index = address->type == RV_ADDRESS_CCID ? address->drive.controller : 0;
        if (!need_controllers(def, RV_CONTROLLER_CCID, index, index, error))
            return false;
    }
    return true;
}

static void set_model(RvController *controller, const char *model)
{
    if (!controller->model)
        controller->model = g_strdup(model);
}

/* Those that are added are like the last one that such a device is on. */
static bool need_hostdev_controllers(RvDomainDef *def, GError **error)
{
    int last = -1;
    const char *model = NULL;
    for (unsigned i = 0; i < def->hostdevs->len; i++) {
        const RvHostdev *hostdev = def->hostdevs->pdata[i];
        int index = (int)hostdev->device.address.drive.controller;
        if (hostdev->type != RV_HOSTDEV_SCSI ||
            hostdev->device.address.type != RV_ADDRESS_DRIVE || index <= last)
            continue;
        last = index;
        const RvController *controller =
            rv_domain_def_find_controller(def, RV_CONTROLLER_SCSI, index);
        model = controller ? controller->model : model;
    }
    unsigned before = def->controllers->len;
    if (last >= 0 && !need_controllers(def, RV_CONTROLLER_SCSI, 0, (unsigned)last, error))
        return false;
    for (unsigned i = before; i < def->controllers->len; i++)
        set_model(def->controllers->pdata[i], model);
    return true;
}

bool rv_domain_def_add_controllers(RvDomainDef *def, GError **error)
{
    static const struct {
        RvDiskBus bus;
        RvControllerType type;
    } order[] = {{RV_DISK_BUS_SCSI, RV_CONTROLLER_SCSI},
                 {RV_DISK_BUS_FDC, RV_CONTROLLER_FDC},
                 {RV_DISK_BUS_IDE, RV_CONTROLLER_IDE},
                 {RV_DISK_BUS_SATA, RV_CONTROLLER_SATA}};
    for (unsigned i = 0; i < G_N_ELEMENTS(order); i++) {
        if (!need_drive_controllers(def, order[i].bus, order[i].type, error))
            return false;
    }
    for (unsigned i = 0; i < def->channels->len; i++) {
        const RvChardev *channel = def->channels->pdata[i];
        if (channel->channel == RV_CHANNEL_VIRTIO && !need_serial_controller(def, channel, error))
            return false;
    }
    for (unsigned i = 0; i < def->consoles->len; i++) {
        const RvChardev *console = def->consoles->pdata[i];
        if (!g_strcmp0(console->target_type, "virtio") &&
            !need_serial_controller(def, console, error))
            return false;
    }
    return need_smartcard_controllers(def, error) && need_hostdev_controllers(def, error);
}
