/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/virtio-serial.h"

#include <string.h>

#include "base/error.h"
#include "drivers/kvm/device-list.h"
#include "model/xml-table.h"

enum { DEFAULT_PORTS = 31 };

typedef struct {
    RvDomainDef *def;
    GHashTable *taken; /* set of "controller.bus.port" */
    GError **error;
} Plan;

static bool is_virtio(KvmDeviceKind kind, const RvChardev *chardev)
{
    if (kind == KVM_DEVICE_CONSOLE)
        return g_strcmp0(chardev->target_type, "virtio") == 0;
    return kind == KVM_DEVICE_CHANNEL && chardev->channel == RV_CHANNEL_VIRTIO;
}

static unsigned ports_of(const RvController *controller)
{
    return controller->ports ? controller->ports : DEFAULT_PORTS;
}

static char *key_of(unsigned controller, unsigned port)
{
    return g_strdup_printf("%u.%u", controller, port);
}

static bool is_complete(const RvAddress *address)
{
    return address->type == RV_ADDRESS_VIRTIO_SERIAL && address->drive.unit;
}

static bool keep(KvmDeviceKind kind, void *device, void *data)
{
    Plan *plan = data;
    const RvAddress *address = &((RvDevice *)device)->address;
    if (!is_virtio(kind, device) || !is_complete(address))
        return true;
    const RvController *controller = rv_domain_def_find_controller(
        plan->def, RV_CONTROLLER_VIRTIO_SERIAL, (int)address->drive.controller);
    const char *why = NULL;
    if (!controller || address->drive.unit >= ports_of(controller))
        why = "there is no such port";
    else if (!g_hash_table_add(plan->taken,
                               key_of(address->drive.controller, address->drive.unit)))
        why = "two devices are there";
    if (!why)
        return true;
    rv_error_set(plan->error, RV_ERR_XML, "virtio-serial controller %u, port %u: %s",
                 address->drive.controller, address->drive.unit, why);
    return false;
}

static bool take_free(Plan *plan, RvAddress *address, const RvController *controller,
                      unsigned first)
{
    for (unsigned port = first; port < ports_of(controller); port++) {
        if (!g_hash_table_add(plan->taken, key_of((unsigned)controller->index, port)))
            continue;
        address->type = RV_ADDRESS_VIRTIO_SERIAL;
        address->drive.controller = (unsigned)controller->index;
        address->drive.bus = 0;
        address->drive.unit = port;
        return true;
    }
    return false;
}

/* By index, as libvirt keeps them. */
static RvController *next_controller(const RvDomainDef *def, int after)
{
    RvController *next = NULL;
    for (guint i = 0; i < def->controllers->len; i++) {
        RvController *controller = g_ptr_array_index(def->controllers, i);
        if (controller->type == RV_CONTROLLER_VIRTIO_SERIAL && controller->index > after &&
            (!next || controller->index < next->index))
            next = controller;
    }
    return next;
}

static RvController *add_controller(RvDomainDef *def)
{
    RvController *controller = rv_xml_new(&rv_controller_xml);
    controller->type = RV_CONTROLLER_VIRTIO_SERIAL;
    controller->index = 0;
    while (rv_domain_def_find_controller(def, RV_CONTROLLER_VIRTIO_SERIAL, controller->index))
        controller->index++;
    g_ptr_array_add(def->controllers, controller);
    return controller;
}

/* A console keeps a port from others, but has no address for that: libvirt leaves it out. */
static bool give(KvmDeviceKind kind, void *device, void *data)
{
    Plan *plan = data;
    RvAddress scratch = ((RvDevice *)device)->address;
    RvAddress *address =
        kind == KVM_DEVICE_CONSOLE ? &scratch : &((RvDevice *)device)->address;
    unsigned first = kind == KVM_DEVICE_CONSOLE ? 0 : 1;
    bool says_controller = address->type == RV_ADDRESS_VIRTIO_SERIAL;
    if (!is_virtio(kind, device) || is_complete(address) ||
        (!says_controller && address->type != RV_ADDRESS_NONE))
        return true;
    if (says_controller) {
        const RvController *controller = rv_domain_def_find_controller(
            plan->def, RV_CONTROLLER_VIRTIO_SERIAL, (int)address->drive.controller);
        if (controller && take_free(plan, address, controller, 1))
            return true;
        rv_error_set(plan->error, RV_ERR_XML, "no port of virtio-serial controller %u is free",
                     address->drive.controller);
        return false;
    }
    for (const RvController *controller = next_controller(plan->def, -1); controller;
         controller = next_controller(plan->def, controller->index)) {
        if (take_free(plan, address, controller, first))
            return true;
    }
    return take_free(plan, address, add_controller(plan->def), first);
}

bool kvm_virtio_serial_assign(RvDomainDef *def, GError **error)
{
    g_autoptr(GHashTable) taken = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    Plan plan = {.def = def, .taken = taken, .error = error};
    return kvm_devices_foreach_of(def, KVM_DEVICE_CONSOLE, keep, &plan) &&
           kvm_devices_foreach_of(def, KVM_DEVICE_CHANNEL, keep, &plan) &&
           kvm_devices_foreach_of(def, KVM_DEVICE_CONSOLE, give, &plan) &&
           kvm_devices_foreach_of(def, KVM_DEVICE_CHANNEL, give, &plan);
}
