/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/pci.h"

#include <string.h>

#include "base/error.h"
#include "drivers/kvm/device-list.h"
#include "drivers/kvm/pci-bus.h"
#include "drivers/kvm/pci-chipset.h"
#include "drivers/kvm/pci-plug.h"
#include "model/xml-table.h"

/*
 * Addresses are given twice: first on paper, where buses grow as needed, then, with controllers
 * added for the buses that grew, for good. Only so do the new controllers themselves, which come
 * first in the order, get their places before the devices.
 */
typedef struct {
    RvDomainDef *def;
    const KvmMachineFamily *family;
    const KvmEmulator *emulator;
    KvmPciBuses buses; /* .grows: on paper */
    GError **error;
} Plan;

const char *kvm_pci_controller_device(const char *model)
{
    const KvmPciModel *found = kvm_pci_model(model);
    return found ? found->device : NULL;
}

char *kvm_pci_bus_name(const KvmMachineFamily *family, unsigned bus)
{
    return bus == 0 ? g_strdup(family->pci_bus) : g_strdup_printf("pci.%u", bus);
}

/* ---- What has an address already ---------------------------------------------------------- */

static KvmPciPlace place_of(const RvAddress *address)
{
    return (KvmPciPlace){address->pci.bus, address->pci.slot, address->pci.function};
}

static bool keep(KvmDeviceKind kind, void *device, void *data)
{
    Plan *plan = data;
    const RvAddress *address = &((RvDevice *)device)->address;
    if (!rv_address_pci_is_known(address))
        return true;
    unsigned bus = address->pci.bus, slot = address->pci.slot, function = address->pci.function;
    if (address->pci.domain != 0 || bus >= KVM_PCI_BUSES || slot >= KVM_PCI_SLOTS ||
        function >= KVM_PCI_FUNCTIONS) {
        rv_error_set(plan->error, RV_ERR_XML, "Invalid PCI address %04x:%02x:%02x.%x",
                     address->pci.domain, bus, slot, function);
        return false;
    }
    if (plan->buses.buses[bus].functions[slot] & (1u << function)) {
        rv_error_set(plan->error, RV_ERR_XML,
                     "Attempted double use of PCI Address %04x:%02x:%02x.%x", 0u, bus, slot,
                     function);
        return false;
    }
    unsigned plug = kvm_pci_plug(plan->family, kind, device);
    kvm_pci_take(&plan->buses, place_of(address), plug & KVM_PLUG_ROOT_PORT);
    return true;
}

static bool accept(KvmDeviceKind kind, void *device, void *data)
{
    Plan *plan = data;
    const RvAddress *address = &((RvDevice *)device)->address;
    return !rv_address_pci_is_known(address) ||
           kvm_pci_accepts(&plan->buses, place_of(address),
                           kvm_pci_plug(plan->family, kind, device), plan->error);
}

/* Addresses may name buses that no controller makes yet: libvirt adds those. */
static void add_named_buses(KvmPciBuses *buses)
{
    unsigned n = MAX(buses->n_buses, buses->n_named);
    const char *model = kvm_pci_default_model(buses);
    for (unsigned i = 0; i < n; i++) {
        if (!buses->buses[i].model)
            kvm_pci_add_bus(buses, i, model);
    }
}

/* ---- Giving places ------------------------------------------------------------------------ */

static void set_address(Plan *plan, RvAddress *address, KvmPciPlace place)
{
    if (plan->buses.grows)
        return;
    if (address->type != RV_ADDRESS_PCI)
        *address = (RvAddress){.type = RV_ADDRESS_PCI};
    address->pci.bus = place.bus;
    address->pci.slot = place.slot;
    address->pci.function = place.function;
}

static bool is_usb2(const RvController *controller)
{
    return controller->type == RV_CONTROLLER_USB && controller->model &&
           g_str_has_prefix(controller->model, "ich9-");
}

static const RvController *usb2_companion(const RvDomainDef *def, const RvController *controller)
{
    for (guint i = 0; i < def->controllers->len; i++) {
        const RvController *other = g_ptr_array_index(def->controllers, i);
        if (is_usb2(other) && other->index == controller->index &&
            rv_address_pci_is_known(&other->device.address))
            return other;
    }
    return NULL;
}

static unsigned usb2_function(const RvController *controller)
{
    static const struct {
        const char *model;
        unsigned function;
    } rows[] = {{"ich9-ehci1", 7}, {"ich9-uhci1", 0}, {"ich9-uhci2", 1}, {"ich9-uhci3", 2}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (strcmp(controller->model, rows[i].model) == 0)
            return rows[i].function;
    }
    return 0;
}

/* The controllers that make up one USB 2 controller are functions of one slot. */
static bool place_usb2(Plan *plan, RvController *controller, unsigned plug)
{
    RvAddress *address = &controller->device.address;
    const RvController *companion = usb2_companion(plan->def, controller);
    unsigned function = usb2_function(controller);
    KvmPciPlace place;
    if (companion) {
        place = place_of(&companion->device.address);
        place.function = function;
        if (plan->buses.buses[place.bus].functions[place.slot] & (1u << function)) {
            rv_error_set(plan->error, RV_ERR_XML,
                         "Attempted double use of PCI Address 0000:%02x:%02x.%x", place.bus,
                         place.slot, function);
            return false;
        }
        kvm_pci_take(&plan->buses, place, false);
    } else if (!kvm_pci_find_place(&plan->buses, plug, false, (int)function, &place,
                                   plan->error)) {
        return false;
    }
    set_address(plan, address, place);
    if (!plan->buses.grows && function == 0)
        address->pci.multifunction = RV_TRISTATE_ON;
    return true;
}

static bool place(KvmDeviceKind kind, void *device, void *data)
{
    Plan *plan = data;
    RvAddress *address = &((RvDevice *)device)->address;
    unsigned plug = kvm_pci_plug(plan->family, kind, device);
    if (!plug || !rv_address_pci_is_wanted(address))
        return true;
    if (kind == KVM_DEVICE_CONTROLLER && is_usb2(device))
        return place_usb2(plan, device, plug);
    KvmPciPlace found;
    if (!kvm_pci_find_place(&plan->buses, plug, plug & KVM_PLUG_ROOT_PORT, KVM_PCI_ANY_FUNCTION,
                            &found, plan->error))
        return false;
    set_address(plan, address, found);
    return true;
}

/* A function of the host that is an interface is placed with the other devices of the host. */
static bool place_interface(KvmDeviceKind kind, void *device, void *data)
{
    return ((const RvInterface *)device)->type == RV_INTERFACE_HOSTDEV || place(kind, device, data);
}

static bool place_host_interface(KvmDeviceKind kind, void *device, void *data)
{
    return ((const RvInterface *)device)->type != RV_INTERFACE_HOSTDEV || place(kind, device, data);
}

static bool place_bridge(KvmDeviceKind kind, void *device, void *data)
{
    const RvController *controller = device;
    return controller->type != RV_CONTROLLER_PCI || place(kind, device, data);
}

static bool place_controller(KvmDeviceKind kind, void *device, void *data)
{
    const RvController *controller = device;
    return controller->type == RV_CONTROLLER_PCI || place(kind, device, data);
}

static bool place_all(Plan *plan)
{
    static const struct {
        KvmDeviceKind kind;
        KvmDeviceFunc func;
    } order[] = {
        {KVM_DEVICE_CONTROLLER, place_bridge},
        {KVM_DEVICE_FILESYSTEM, place},
        {KVM_DEVICE_INTERFACE, place_interface},
        {KVM_DEVICE_SOUND, place},
        {KVM_DEVICE_CONTROLLER, place_controller},
        {KVM_DEVICE_DISK, place},
        {KVM_DEVICE_INTERFACE, place_host_interface},
        {KVM_DEVICE_HOSTDEV, place},
        {KVM_DEVICE_MEMBALLOON, place},
        {KVM_DEVICE_RNG, place},
        {KVM_DEVICE_WATCHDOG, place},
        {KVM_DEVICE_VIDEO, place},
        {KVM_DEVICE_SHMEM, place},
        {KVM_DEVICE_INPUT, place},
        {KVM_DEVICE_SERIAL, place},
        {KVM_DEVICE_IOMMU, place},
        {KVM_DEVICE_VSOCK, place},
        {KVM_DEVICE_MEMORY, place},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(order); i++) {
        if (!kvm_devices_foreach_of(plan->def, order[i].kind, order[i].func, plan))
            return false;
    }
    return true;
}

/* ---- The plan ----------------------------------------------------------------------------- */

/* Further root buses are known to two chipsets, each kind to its own, and to ARM's machine virt. */
static bool can_expand(const Plan *plan, const RvController *controller)
{
    const KvmPciModel *model = controller->model ? kvm_pci_model(controller->model) : NULL;
    unsigned plug = model ? model->plug : 0;
    KvmChipset chipset = plan->family->chipset;
    bool fits = (!(plug & KVM_PLUG_EXPANDER) || chipset == KVM_CHIPSET_PIIX3) &&
                (!(plug & KVM_PLUG_PCIE_EXPANDER) || chipset == KVM_CHIPSET_ICH9 ||
                 plan->family->has_gic);
    if (!fits) {
        rv_error_set(plan->error, RV_ERR_CONFIG_UNSUPPORTED, "machine '%s' has no controller '%s'",
                     plan->def->os.machine, controller->model);
        rv_error_remedy(plan->error, "pci-expander-bus is for machines of type i440fx, "
                                     "pcie-expander-bus for q35 and ARM's virt");
    }
    return fits;
}

static bool begin(Plan *plan, bool on_paper)
{
    RvDomainDef *def = plan->def;
    memset(&plan->buses, 0, sizeof(plan->buses));
    plan->buses.grows = on_paper;
    plan->buses.many_roots = plan->family->many_roots;
    plan->buses.has_pcie_bridge = kvm_emulator_may_have(plan->emulator, "pcie-pci-bridge");
    for (guint i = 0; i < def->controllers->len; i++) {
        const RvController *controller = g_ptr_array_index(def->controllers, i);
        if (controller->type != RV_CONTROLLER_PCI)
            continue;
        if (controller->index >= KVM_PCI_BUSES) {
            rv_error_set(plan->error, RV_ERR_XML, "PCI controller index %d is above %d",
                         controller->index, KVM_PCI_BUSES - 1);
            return false;
        }
        if (!can_expand(plan, controller))
            return false;
        kvm_pci_add_bus(&plan->buses, (unsigned)controller->index, controller->model);
    }
    if (!plan->buses.n_buses)
        return true;
    if (!kvm_devices_foreach(def, keep, plan))
        return false;
    add_named_buses(&plan->buses);
    return kvm_devices_foreach(def, accept, plan) &&
           kvm_pci_fix_chipset(def, plan->family, &plan->buses, plan->error);
}

static bool has_free_slot(const KvmPciBuses *buses)
{
    for (unsigned i = 0; i < buses->n_buses; i++) {
        const KvmPciBus *bus = &buses->buses[i];
        for (unsigned slot = 1; bus->model && slot <= bus->model->last_slot; slot++) {
            if (bus->functions[slot] == 0)
                return true;
        }
    }
    return false;
}

/* On paper: how many buses of what model there must be. */
static bool draw(Plan *plan)
{
    KvmPciPlace spare;
    if (!begin(plan, true))
        return false;
    KvmPciBuses *buses = &plan->buses;
    unsigned had = buses->n_buses;
    bool pcie = kvm_machine_has_pcie(plan->family);
    /* One slot is kept for a bridge, as long as there is one, so that a guest can grow later. */
    if (!pcie && has_free_slot(buses) &&
        !kvm_pci_find_place(buses, KVM_PLUG_PCI | KVM_PLUG_AUTO, false, KVM_PCI_ANY_FUNCTION,
                            &spare, plan->error))
        return false;
    if (!place_all(plan))
        return false;
    bool is_new = true;
    for (guint i = 0; i < plan->def->controllers->len; i++) {
        const RvController *controller = g_ptr_array_index(plan->def->controllers, i);
        is_new &= controller->type != RV_CONTROLLER_PCI || controller->index == 0;
    }
    if (pcie && is_new && had >= 1 && buses->n_buses > 1)
        return kvm_pci_find_place(buses, KVM_PLUG_PCIE | KVM_PLUG_AUTO, false,
                                  KVM_PCI_ANY_FUNCTION, &spare, plan->error);
    return true;
}

static void add_controllers(const Plan *plan)
{
    bool known[KVM_PCI_BUSES] = {false};
    RvDomainDef *def = plan->def;
    for (guint i = 0; i < def->controllers->len; i++) {
        const RvController *controller = g_ptr_array_index(def->controllers, i);
        if (controller->type == RV_CONTROLLER_PCI)
            known[controller->index] = true;
    }
    for (unsigned i = 0; i < plan->buses.n_buses; i++) {
        if (known[i] || !plan->buses.buses[i].model)
            continue;
        RvController *controller = rv_xml_new(&rv_controller_xml);
        controller->type = RV_CONTROLLER_PCI;
        controller->index = (int)i;
        controller->model = g_strdup(plan->buses.buses[i].model->model);
        g_ptr_array_add(def->controllers, controller);
    }
}

static bool mark_shared(KvmDeviceKind kind, void *device, void *data)
{
    const Plan *plan = data;
    RvAddress *address = &((RvDevice *)device)->address;
    if (rv_address_pci_is_known(address) && address->pci.function == 0 &&
        address->pci.multifunction == RV_TRISTATE_ABSENT &&
        (plan->buses.buses[address->pci.bus].functions[address->pci.slot] & ~1u))
        address->pci.multifunction = RV_TRISTATE_ON;
    return true;
}

/* ---- What PCI controllers have beside their address --------------------------------------- */

/* Two numbers below those of all others: one for the bus, one for the bridge in it. */
static int free_bus_number(const RvDomainDef *def)
{
    int lowest = KVM_PCI_BUSES;
    for (guint i = 0; i < def->controllers->len; i++) {
        const RvController *controller = g_ptr_array_index(def->controllers, i);
        if (controller->type == RV_CONTROLLER_PCI && controller->pci.bus_nr >= 0)
            lowest = MIN(lowest, controller->pci.bus_nr);
    }
    return lowest <= 2 ? -1 : lowest - 2;
}

static bool complete_expander(const Plan *plan, RvController *controller)
{
    if (controller->pci.bus_nr < 0)
        controller->pci.bus_nr = free_bus_number(plan->def);
    if (controller->pci.bus_nr >= 0)
        return true;
    rv_error_set(plan->error, RV_ERR_CONFIG_UNSUPPORTED,
                 "no bus number is left for the expander bus %d: give it one with busNr=",
                 controller->index);
    return false;
}

/* The first root is the machine's own, and always number 0. */
static void number_root(const Plan *plan, RvController *root)
{
    bool taken = root->pci.index < 0 && root->index != 0;
    if (root->pci.index < 0)
        root->pci.index = root->index != 0;
    while (taken) {
        taken = false;
        for (guint i = 0; i < plan->def->controllers->len; i++) {
            const RvController *other = g_ptr_array_index(plan->def->controllers, i);
            taken |= other != root && other->type == RV_CONTROLLER_PCI &&
                     other->pci.index == root->pci.index;
        }
        root->pci.index += taken;
    }
}

static bool complete_controller(KvmDeviceKind kind, void *device, void *data)
{
    const Plan *plan = data;
    RvController *controller = device;
    const RvAddress *address = &controller->device.address;
    const KvmPciModel *model =
        controller->type == RV_CONTROLLER_PCI ? kvm_pci_model(controller->model) : NULL;
    if (!model)
        return true;
    if (!controller->pci.model_name)
        controller->pci.model_name =
            g_strdup(model->plug                 ? model->device
                     : plan->family->many_roots  ? "spapr-pci-host-bridge"
                                                 : NULL);
    if (!model->plug && plan->family->many_roots)
        number_root(plan, controller);
    if (model->plug & (KVM_PLUG_EXPANDER | KVM_PLUG_PCIE_EXPANDER))
        return complete_expander(plan, controller);
    if ((model->plug & KVM_PLUG_BRIDGE) && controller->pci.chassis_nr < 0)
        controller->pci.chassis_nr = controller->index;
    if (model->plug & (KVM_PLUG_ROOT_PORT | KVM_PLUG_DOWNSTREAM)) {
        unsigned port = (model->plug & KVM_PLUG_ROOT_PORT)
                            ? (address->pci.slot << 3) + address->pci.function
                            : address->pci.slot;
        if (controller->pci.chassis < 0)
            controller->pci.chassis = controller->index;
        if (controller->pci.port < 0)
            controller->pci.port = (int)port;
    }
    if ((model->plug & KVM_PLUG_BRIDGE) && controller->index <= (int)address->pci.bus) {
        rv_error_set(plan->error, RV_ERR_CONFIG_UNSUPPORTED,
                     "PCI controller at index %d is plugged into bus %u: the index must be larger",
                     controller->index, address->pci.bus);
        return false;
    }
    return true;
}

/* ---- All of it ---------------------------------------------------------------------------- */

bool kvm_pci_assign(RvDomainDef *def, const KvmMachineFamily *family, const KvmEmulator *emulator,
                    GError **error)
{
    g_autofree Plan *plan = g_new(Plan, 1);
    *plan = (Plan){.def = def, .family = family, .emulator = emulator, .error = error};
    if (!rv_domain_def_find_controller(def, RV_CONTROLLER_PCI, 0))
        return true;
    if (!draw(plan))
        return false;
    add_controllers(plan);
    return begin(plan, false) && place_all(plan) && kvm_devices_foreach(def, mark_shared, plan) &&
           kvm_devices_foreach_of(def, KVM_DEVICE_CONTROLLER, complete_controller, plan);
}
