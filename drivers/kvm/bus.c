/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/bus.h"

#include <string.h>

#include "base/error.h"

/* ---- Ports of virtio-serial --------------------------------------------------------------- */

static bool is_virtio_channel(const RvChardev *channel)
{
    return channel->channel == RV_CHANNEL_VIRTIO;
}

static bool port_is_taken(const RvDomainDef *def, unsigned controller, unsigned port)
{
    for (guint i = 0; i < def->channels->len; i++) {
        const RvChardev *channel = g_ptr_array_index(def->channels, i);
        const RvAddress *address = &channel->device.address;
        if (address->type == RV_ADDRESS_VIRTIO_SERIAL && address->drive.controller == controller &&
            address->drive.unit == port)
            return true;
    }
    return false;
}

bool kvm_bus_assign_serial_ports(RvDomainDef *def, GError **error)
{
    enum { PORTS = 31 };
    for (guint i = 0; i < def->channels->len; i++) {
        RvChardev *channel = g_ptr_array_index(def->channels, i);
        RvAddress *address = &channel->device.address;
        if (!is_virtio_channel(channel) || address->type != RV_ADDRESS_NONE)
            continue;
        unsigned controller = 0, port = 1; /* 0 is the console's */
        while (port_is_taken(def, controller, port)) {
            if (++port == PORTS) {
                port = 1;
                controller++;
            }
        }
        address->type = RV_ADDRESS_VIRTIO_SERIAL;
        address->drive.controller = controller;
        address->drive.bus = 0;
        address->drive.unit = port;
    }
    return true;
}

/* ---- USB ---------------------------------------------------------------------------------- */

static const struct {
    const char *model;
    unsigned ports;
} usb_models[] = {
    {"piix3-uhci", 2}, {"piix4-uhci", 2}, {"vt82c686b-uhci", 2}, {"ehci", 6},
    {"ich9-ehci1", 6}, {"pci-ohci", 3},   {"nec-xhci", 4},       {"qemu-xhci", 4},
};

static unsigned ports_of(const RvController *controller)
{
    if (controller->ports && controller->model && g_str_has_suffix(controller->model, "-xhci"))
        return controller->ports;
    for (size_t i = 0; i < G_N_ELEMENTS(usb_models); i++) {
        if (g_strcmp0(controller->model, usb_models[i].model) == 0)
            return usb_models[i].ports;
    }
    return 0;
}

static RvDevice *usb_device(const RvDomainDef *def, guint index)
{
    if (index < def->disks->len) {
        RvDisk *disk = g_ptr_array_index(def->disks, index);
        return disk->bus == RV_DISK_BUS_USB ? &disk->device : NULL;
    }
    RvInput *input = g_ptr_array_index(def->inputs, index - def->disks->len);
    return g_strcmp0(input->bus, "usb") == 0 ? &input->device : NULL;
}

static bool usb_port_is_taken(const RvDomainDef *def, unsigned bus, const char *port)
{
    for (guint i = 0; i < def->disks->len + def->inputs->len; i++) {
        const RvDevice *device = usb_device(def, i);
        if (device && device->address.type == RV_ADDRESS_USB && device->address.usb.bus == bus &&
            g_strcmp0(device->address.usb.port, port) == 0)
            return true;
    }
    return false;
}

static bool assign_usb(RvDomainDef *def, RvAddress *address)
{
    for (guint i = 0; i < def->controllers->len; i++) {
        const RvController *controller = g_ptr_array_index(def->controllers, i);
        if (controller->type != RV_CONTROLLER_USB)
            continue;
        for (unsigned n = 1; n <= ports_of(controller); n++) {
            g_autofree char *port = g_strdup_printf("%u", n);
            if (usb_port_is_taken(def, (unsigned)controller->index, port))
                continue;
            address->type = RV_ADDRESS_USB;
            address->usb.bus = (unsigned)controller->index;
            address->usb.port = g_steal_pointer(&port);
            return true;
        }
    }
    return false;
}

bool kvm_bus_assign_usb_ports(RvDomainDef *def, GError **error)
{
    for (guint i = 0; i < def->disks->len + def->inputs->len; i++) {
        RvDevice *device = usb_device(def, i);
        if (!device || device->address.type != RV_ADDRESS_NONE)
            continue;
        if (!assign_usb(def, &device->address)) {
            rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED, "No free USB ports");
            rv_error_remedy(error, "add a USB controller, for example "
                                   "<controller type='usb' model='qemu-xhci' ports='15'/>");
            return false;
        }
    }
    return true;
}
