/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/usb.h"

#include <string.h>

#include "base/error.h"
#include "drivers/kvm/device-list.h"
#include "model/xml-table.h"

enum { MAX_DEPTH = 4, MAX_PORTS = 255, HUB_PORTS = 8 };

/* ---- Buses -------------------------------------------------------------------------------- */

typedef struct Hub Hub;
struct Hub {
    unsigned n_ports;
    struct {
        bool taken;
        Hub *hub; /* plugged in there, or NULL */
    } ports[MAX_PORTS];
};

typedef struct {
    unsigned index; /* of the controller */
    Hub *root;
} Bus;

typedef struct {
    RvDomainDef *def;
    GArray *buses; /* Bus, by index */
    unsigned n_devices, n_ports;
    GError **error;
} Plan;

static Hub *hub_new(unsigned n_ports)
{
    Hub *hub = g_new0(Hub, 1);
    hub->n_ports = MIN(n_ports, MAX_PORTS);
    return hub;
}

static void hub_free(Hub *hub)
{
    for (unsigned i = 0; hub && i < hub->n_ports; i++)
        hub_free(hub->ports[i].hub);
    g_free(hub);
}

static void bus_clear(void *data)
{
    hub_free(((Bus *)data)->root);
}

static unsigned ports_of(const RvController *controller)
{
    static const struct {
        const char *model;
        unsigned ports;
    } rows[] = {
        {"piix3-uhci", 2}, {"piix4-uhci", 2}, {"vt82c686b-uhci", 2}, {"ehci", 6},
        {"ich9-ehci1", 6}, {"pci-ohci", 3},   {"nec-xhci", 4},       {"qemu-xhci", 4},
    };
    if (!controller->model)
        return 2;
    if (controller->ports && g_str_has_suffix(controller->model, "-xhci"))
        return controller->ports;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (strcmp(controller->model, rows[i].model) == 0)
            return rows[i].ports;
    }
    return 0; /* companions share the ports of their master */
}

static Hub *find_bus(const Plan *plan, unsigned index)
{
    for (guint i = 0; i < plan->buses->len; i++) {
        const Bus *bus = &g_array_index(plan->buses, Bus, i);
        if (bus->index == index)
            return bus->root;
    }
    return NULL;
}

static bool add_bus(KvmDeviceKind kind, void *device, void *data)
{
    Plan *plan = data;
    const RvController *controller = device;
    unsigned ports = controller->type == RV_CONTROLLER_USB ? ports_of(controller) : 0;
    Bus bus = {.index = (unsigned)controller->index};
    if (!ports)
        return true;
    if (find_bus(plan, bus.index)) {
        rv_error_set(plan->error, RV_ERR_XML, "two USB controllers have the index %u", bus.index);
        return false;
    }
    guint at = 0;
    while (at < plan->buses->len && g_array_index(plan->buses, Bus, at).index < bus.index)
        at++;
    bus.root = hub_new(ports);
    plan->n_ports += bus.root->n_ports;
    g_array_insert_val(plan->buses, at, bus);
    return true;
}

/* ---- Ports -------------------------------------------------------------------------------- */

static bool has_port(const RvAddress *address)
{
    return address->type == RV_ADDRESS_USB && address->usb.port && *address->usb.port;
}

/* Takes the port of an address, and plugs `hub` (taken over, may be NULL) into it. */
static bool take(Plan *plan, const RvAddress *address, Hub *hub)
{
    const char *text = address->usb.port;
    Hub *at = find_bus(plan, address->usb.bus);
    const char *why = at ? NULL : "there is no such bus";
    for (unsigned depth = 0; !why; depth++) {
        char *end;
        guint64 port = g_ascii_strtoull(text, &end, 10);
        if (port < 1 || port > at->n_ports || depth >= MAX_DEPTH) {
            why = "there is no such port";
        } else if (*end == '.') {
            text = end + 1;
            at = at->ports[port - 1].hub;
            why = at ? NULL : "there is no hub";
        } else if (at->ports[port - 1].taken) {
            why = "two devices are there";
        } else {
            at->ports[port - 1].taken = true;
            at->ports[port - 1].hub = hub;
            return true;
        }
    }
    hub_free(hub);
    rv_error_set(plan->error, RV_ERR_XML, "USB port %s on bus %u: %s", address->usb.port,
                 address->usb.bus, why);
    return false;
}

/* Appends the first free port of a hub, or of one in it. */
static bool find_free(const Hub *hub, unsigned depth, GString *port)
{
    size_t len = port->len;
    for (unsigned i = 0; i < hub->n_ports; i++) {
        if (!hub->ports[i].taken) {
            g_string_append_printf(port, "%u", i + 1);
            return true;
        }
    }
    for (unsigned i = 0; i < hub->n_ports && depth + 1 < MAX_DEPTH; i++) {
        if (!hub->ports[i].hub)
            continue;
        g_string_append_printf(port, "%u.", i + 1);
        if (find_free(hub->ports[i].hub, depth + 1, port))
            return true;
        g_string_truncate(port, len);
    }
    return false;
}

static bool give_port(Plan *plan, RvAddress *address, Hub *hub)
{
    g_autoptr(GString) port = g_string_new(NULL);
    bool is_there = address->type == RV_ADDRESS_NONE;
    for (guint i = 0; i < plan->buses->len; i++) {
        const Bus *bus = &g_array_index(plan->buses, Bus, i);
        bool wanted = address->type == RV_ADDRESS_NONE || address->usb.bus == bus->index;
        is_there |= wanted;
        if (!wanted || !find_free(bus->root, 0, port))
            continue;
        if (address->type == RV_ADDRESS_USB)
            g_free(address->usb.port);
        address->type = RV_ADDRESS_USB;
        address->usb.bus = bus->index;
        address->usb.port = g_strdup(port->str);
        return take(plan, address, hub);
    }
    hub_free(hub);
    if (is_there)
        rv_error_set(plan->error, RV_ERR_INTERNAL, "No free USB ports");
    else
        rv_error_set(plan->error, RV_ERR_XML, "there is no USB controller with index %u",
                     address->usb.bus);
    rv_error_remedy(plan->error, "add a USB controller, for example "
                                 "<controller type='usb' model='qemu-xhci' ports='15'/>");
    return false;
}

/* ---- Devices ------------------------------------------------------------------------------ */

static bool is_usb(KvmDeviceKind kind, const void *device)
{
    switch (kind) {
    case KVM_DEVICE_DISK:
        return ((const RvDisk *)device)->bus == RV_DISK_BUS_USB;
    case KVM_DEVICE_CONTROLLER:
        return ((const RvController *)device)->type == RV_CONTROLLER_CCID;
    case KVM_DEVICE_INPUT:
        return g_strcmp0(((const RvInput *)device)->bus, "usb") == 0;
    case KVM_DEVICE_SERIAL:
        return g_strcmp0(((const RvChardev *)device)->target_type, "usb-serial") == 0;
    case KVM_DEVICE_SOUND:
        return ((const RvSound *)device)->model == RV_SOUND_USB;
    case KVM_DEVICE_HOSTDEV:
        return ((const RvHostdev *)device)->type == RV_HOSTDEV_USB;
    case KVM_DEVICE_REDIRDEV:
        return g_strcmp0(((const RvRedirdev *)device)->bus, "usb") == 0;
    case KVM_DEVICE_HUB:
        return g_strcmp0(((const RvHub *)device)->type, "usb") == 0;
    default:
        return false;
    }
}

/* In libvirt's order, hubs first. */
static bool each(Plan *plan, KvmDeviceFunc func, bool hubs)
{
    static const KvmDeviceKind order[] = {KVM_DEVICE_HUB,        KVM_DEVICE_HOSTDEV,
                                          KVM_DEVICE_DISK,       KVM_DEVICE_CONTROLLER,
                                          KVM_DEVICE_INPUT,      KVM_DEVICE_SERIAL,
                                          KVM_DEVICE_SOUND,      KVM_DEVICE_REDIRDEV};
    for (size_t i = hubs ? 0 : 1; i < G_N_ELEMENTS(order); i++) {
        if (!kvm_devices_foreach_of(plan->def, order[i], func, plan))
            return false;
    }
    return true;
}

static bool count(KvmDeviceKind kind, void *device, void *data)
{
    ((Plan *)data)->n_devices += is_usb(kind, device);
    return true;
}

static bool keep(KvmDeviceKind kind, void *device, void *data)
{
    const RvAddress *address = &((RvDevice *)device)->address;
    Hub *hub = kind == KVM_DEVICE_HUB ? hub_new(HUB_PORTS) : NULL;
    if (is_usb(kind, device) && has_port(address))
        return take(data, address, hub);
    hub_free(hub);
    return true;
}

static bool give(KvmDeviceKind kind, void *device, void *data)
{
    RvAddress *address = &((RvDevice *)device)->address;
    bool wants = address->type == RV_ADDRESS_NONE || address->type == RV_ADDRESS_USB;
    if (!is_usb(kind, device) || !wants || has_port(address))
        return true;
    return give_port(data, address, kind == KVM_DEVICE_HUB ? hub_new(HUB_PORTS) : NULL);
}

/* Every hub takes a port itself. */
static void add_hubs(Plan *plan)
{
    unsigned ports = plan->n_ports + plan->def->hubs->len * HUB_PORTS;
    if (plan->n_devices <= ports)
        return;
    unsigned missing = plan->n_devices - ports + 1;
    for (unsigned n = (missing + HUB_PORTS - 2) / (HUB_PORTS - 1); n > 0; n--) {
        RvHub *hub = rv_xml_new(&rv_hub_xml);
        hub->type = g_strdup("usb");
        g_ptr_array_add(plan->def->hubs, hub);
    }
}

static bool has_usb(const RvDomainDef *def)
{
    for (guint i = 0; i < def->controllers->len; i++) {
        const RvController *controller = g_ptr_array_index(def->controllers, i);
        if (controller->type == RV_CONTROLLER_USB && g_strcmp0(controller->model, "none") != 0)
            return true;
    }
    return false;
}

static bool assign(Plan *plan)
{
    if (!kvm_devices_foreach_of(plan->def, KVM_DEVICE_CONTROLLER, add_bus, plan))
        return false;
    each(plan, count, true);
    if (plan->n_devices && !has_usb(plan->def)) {
        rv_error_set(plan->error, RV_ERR_CONFIG_UNSUPPORTED,
                     "the domain has USB devices, but no USB: its controller is of model 'none', "
                     "or there is none");
        return false;
    }
    add_hubs(plan);
    return each(plan, keep, true) && each(plan, give, true);
}

bool kvm_usb_assign(RvDomainDef *def, GError **error)
{
    g_autoptr(GArray) buses = g_array_new(FALSE, FALSE, sizeof(Bus));
    g_array_set_clear_func(buses, bus_clear);
    Plan plan = {.def = def, .buses = buses, .error = error};
    return assign(&plan);
}
