/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/pci.h"

#include <string.h>

#include "base/error.h"
#include "model/xml-table.h"

/*
 * Addresses are given twice: first on paper, where buses grow as needed, then, with controllers
 * added for the buses that grew, for good. Only so do the new controllers themselves, which come
 * first in the order, get their places before the devices.
 */
enum { SLOTS = 32, FUNCTIONS = 8, MAX_BUSES = 256, ANY_FUNCTION = -1 };

/* What plugs into what. */
typedef enum {
    PLUG_NONE = 0,
    PLUG_PCI = 1 << 0,
    PLUG_PCIE = 1 << 1,
    PLUG_ROOT_PORT = 1 << 2,
    PLUG_BRIDGE = 1 << 3,
    PLUG_PCIE_TO_PCI = 1 << 4,
} Plug;

typedef struct {
    const char *model, *device;
    Plug plug;        /* its own */
    unsigned accepts; /* Plug */
    unsigned first_slot, last_slot;
    bool shares_slots; /* several of them are functions of one slot */
} BusModel;

static const BusModel models[] = {
    {"pci-root", NULL, PLUG_NONE, PLUG_PCI | PLUG_BRIDGE, 1, 31, false},
    {"pcie-root", NULL, PLUG_NONE, PLUG_ROOT_PORT, 1, 31, false},
    {"pci-bridge", "pci-bridge", PLUG_BRIDGE, PLUG_PCI | PLUG_BRIDGE, 1, 31, false},
    {"pcie-root-port", "pcie-root-port", PLUG_ROOT_PORT, PLUG_PCIE | PLUG_PCIE_TO_PCI, 0, 0, true},
    {"pcie-to-pci-bridge", "pcie-pci-bridge", PLUG_PCIE_TO_PCI, PLUG_PCI | PLUG_BRIDGE, 1, 31,
     false},
};

typedef struct {
    const BusModel *model; /* NULL: no controller has this index */
    unsigned accepts;
    uint8_t functions[SLOTS]; /* taken */
    bool shared[SLOTS];       /* by those whose model shares slots */
} Bus;

typedef struct {
    RvDomainDef *def;
    const KvmMachineFamily *family;
    bool on_paper;
    Bus buses[MAX_BUSES];
    unsigned n_buses;
} Plan;

static const BusModel *find_model(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(models); i++) {
        if (g_strcmp0(models[i].model, name) == 0)
            return &models[i];
    }
    return NULL;
}

const char *kvm_pci_controller_device(const char *model)
{
    const BusModel *found = find_model(model);
    return found ? found->device : NULL;
}

bool kvm_pci_controller_is_known(const char *model)
{
    return find_model(model) != NULL;
}

char *kvm_pci_bus_name(const KvmMachineFamily *family, unsigned bus)
{
    return bus == 0 ? g_strdup(family->pci_bus) : g_strdup_printf("pci.%u", bus);
}

/* ---- Slots -------------------------------------------------------------------------------- */

static void add_bus(Plan *plan, unsigned index, const char *model)
{
    Bus *bus = &plan->buses[index];
    bus->model = find_model(model);
    bus->accepts = bus->model ? bus->model->accepts : 0;
    plan->n_buses = MAX(plan->n_buses, index + 1);
}

static void take(Plan *plan, unsigned bus, unsigned slot, unsigned function, bool shared)
{
    plan->buses[bus].functions[slot] |= (uint8_t)(1u << function);
    plan->buses[bus].shared[slot] |= shared;
}

static bool is_free(const Plan *plan, unsigned bus, unsigned slot)
{
    return plan->buses[bus].functions[slot] == 0;
}

/* A whole slot, or for those that share, a function of one they have already. */
static bool find_on_bus(const Bus *bus, Plug plug, bool shares, unsigned *ret_slot,
                        unsigned *ret_function)
{
    if (!bus->model || !(bus->accepts & plug))
        return false;
    for (unsigned slot = bus->model->first_slot; slot <= bus->model->last_slot; slot++) {
        unsigned function = 0;
        while (shares && bus->shared[slot] && function < FUNCTIONS &&
               (bus->functions[slot] & (1u << function)))
            function++;
        if (bus->functions[slot] == 0 || (function > 0 && function < FUNCTIONS)) {
            *ret_slot = slot;
            *ret_function = function;
            return true;
        }
    }
    return false;
}

/* A bus for what is to be plugged in; a PCI Express machine gets conventional slots by a bridge in a
 * root port that takes nothing else. Returns its index, or 0: none can be added. */
static unsigned grow(Plan *plan, Plug plug)
{
    bool pcie = kvm_machine_has_pcie(plan->family);
    unsigned index = plan->n_buses;
    if (index + 2 > MAX_BUSES)
        return 0;
    if (plug == PLUG_PCIE) {
        add_bus(plan, index, "pcie-root-port");
        return index;
    }
    if (plug != PLUG_PCI)
        return 0;
    bool has_conventional = false;
    for (unsigned i = 0; i < plan->n_buses; i++)
        has_conventional |= (plan->buses[i].accepts & PLUG_BRIDGE) != 0;
    if (has_conventional) {
        add_bus(plan, index, "pci-bridge");
        return index;
    }
    if (!pcie)
        return 0;
    add_bus(plan, index, "pcie-root-port");
    plan->buses[index].accepts = PLUG_PCIE_TO_PCI;
    add_bus(plan, index + 1, "pcie-to-pci-bridge");
    return index + 1;
}

/* `address` NULL: only keep a place. */
static bool place(Plan *plan, RvAddress *address, Plug plug, bool shares, int wanted_function,
                  GError **error)
{
    unsigned bus, slot = 0, function = 0;
    for (bus = 0; bus < plan->n_buses; bus++) {
        if (find_on_bus(&plan->buses[bus], plug, shares, &slot, &function))
            break;
    }
    if (bus == plan->n_buses) {
        bus = plan->on_paper ? grow(plan, plug) : 0;
        if (bus == 0) {
            rv_error_set(error, RV_ERR_INTERNAL, "No more available PCI slots");
            return false;
        }
        slot = plan->buses[bus].model->first_slot;
    }
    if (wanted_function != ANY_FUNCTION)
        function = (unsigned)wanted_function;
    take(plan, bus, slot, function, shares);
    if (!plan->on_paper && address) {
        address->type = RV_ADDRESS_PCI;
        address->pci.domain = 0;
        address->pci.bus = bus;
        address->pci.slot = slot;
        address->pci.function = function;
    }
    return true;
}

/* ---- Devices ------------------------------------------------------------------------------ */

/* Calls func for each PCI device that may need an address, in libvirt's order but for the order of
 * its first step, the PCI controllers. */
typedef bool (*DeviceFunc)(Plan *plan, RvDevice *device, Plug plug, GError **error);

static bool is_legacy_model(const char *model)
{
    return model && g_str_has_suffix(model, "-transitional") &&
           !g_str_has_suffix(model, "-non-transitional");
}

/* The plug of a virtio device, and of others that are PCI Express where that is to be had. */
static Plug modern(const Plan *plan, const char *model)
{
    return kvm_machine_has_pcie(plan->family) && !is_legacy_model(model) ? PLUG_PCIE : PLUG_PCI;
}

static Plug interface_plug(const Plan *plan, const RvInterface *interface)
{
    const char *model = interface->model;
    bool is_modern = model && (g_str_has_prefix(model, "virtio") || strcmp(model, "e1000e") == 0);
    return is_modern ? modern(plan, model) : PLUG_PCI;
}

static Plug controller_plug(const Plan *plan, const RvController *controller)
{
    const char *model = controller->model ? controller->model : "";
    switch (controller->type) {
    case RV_CONTROLLER_SCSI:
        return g_str_has_prefix(model, "virtio") ? modern(plan, model) : PLUG_PCI;
    case RV_CONTROLLER_VIRTIO_SERIAL:
        return modern(plan, model);
    case RV_CONTROLLER_USB:
        if (strcmp(model, "none") == 0)
            return PLUG_NONE;
        return g_str_has_suffix(model, "-xhci") ? modern(plan, NULL) : PLUG_PCI;
    case RV_CONTROLLER_SATA:
        return PLUG_PCI;
    case RV_CONTROLLER_IDE:
        return controller->index == 0 ? PLUG_NONE : PLUG_PCI;
    default:
        return PLUG_NONE;
    }
}

static Plug video_plug(const Plan *plan, const RvVideo *video)
{
    const char *model = video->model ? video->model : "";
    if (strcmp(model, "none") == 0 || strcmp(model, "ramfb") == 0)
        return PLUG_NONE;
    return strcmp(model, "virtio") == 0 || strcmp(model, "bochs") == 0 ? modern(plan, NULL)
                                                                       : PLUG_PCI;
}

static bool each_controller(Plan *plan, DeviceFunc func, GError **error)
{
    for (guint i = 0; i < plan->def->controllers->len; i++) {
        RvController *controller = g_ptr_array_index(plan->def->controllers, i);
        Plug plug = controller_plug(plan, controller);
        if (plug && !func(plan, &controller->device, plug, error))
            return false;
    }
    return true;
}

static bool each_late_device(Plan *plan, DeviceFunc func, GError **error)
{
    const RvDomainDef *def = plan->def;
    RvMemballoon *balloon = def->memballoon;
    if (balloon && g_strcmp0(balloon->model, "none") != 0 &&
        !func(plan, &balloon->device, modern(plan, balloon->model), error))
        return false;
    for (guint i = 0; i < def->rngs->len; i++) {
        RvRng *rng = g_ptr_array_index(def->rngs, i);
        if (!func(plan, &rng->device, modern(plan, rng->model), error))
            return false;
    }
    for (guint i = 0; i < def->videos->len; i++) {
        RvVideo *video = g_ptr_array_index(def->videos, i);
        Plug plug = video_plug(plan, video);
        if (plug && !func(plan, &video->device, plug, error))
            return false;
    }
    for (guint i = 0; i < def->inputs->len; i++) {
        RvInput *input = g_ptr_array_index(def->inputs, i);
        if (g_strcmp0(input->bus, "virtio") == 0 &&
            !func(plan, &input->device, modern(plan, input->model), error))
            return false;
    }
    return true;
}

static bool each_device(Plan *plan, DeviceFunc func, GError **error)
{
    const RvDomainDef *def = plan->def;
    for (guint i = 0; i < def->interfaces->len; i++) {
        RvInterface *interface = g_ptr_array_index(def->interfaces, i);
        if (!func(plan, &interface->device, interface_plug(plan, interface), error))
            return false;
    }
    if (!each_controller(plan, func, error))
        return false;
    for (guint i = 0; i < def->disks->len; i++) {
        RvDisk *disk = g_ptr_array_index(def->disks, i);
        if (disk->bus == RV_DISK_BUS_VIRTIO &&
            !func(plan, &disk->device, modern(plan, NULL), error))
            return false;
    }
    return each_late_device(plan, func, error);
}

/* ---- What has an address already ---------------------------------------------------------- */

static bool keep(Plan *plan, RvDevice *device, Plug plug, GError **error)
{
    const RvAddress *address = &device->address;
    if (address->type != RV_ADDRESS_PCI)
        return true;
    unsigned bus = address->pci.bus, slot = address->pci.slot, function = address->pci.function;
    if (address->pci.domain != 0 || bus >= MAX_BUSES || slot >= SLOTS || function >= FUNCTIONS) {
        rv_error_set(error, RV_ERR_XML, "Invalid PCI address %04x:%02x:%02x.%x",
                     address->pci.domain, bus, slot, function);
        return false;
    }
    if (plan->buses[bus].functions[slot] & (1u << function)) {
        rv_error_set(error, RV_ERR_XML, "Attempted double use of PCI Address %04x:%02x:%02x.%x",
                     0u, bus, slot, function);
        return false;
    }
    take(plan, bus, slot, function, plug == PLUG_ROOT_PORT);
    return true;
}

static bool keep_all(Plan *plan, GError **error)
{
    for (guint i = 0; i < plan->def->controllers->len; i++) {
        RvController *controller = g_ptr_array_index(plan->def->controllers, i);
        const BusModel *model = find_model(controller->model);
        if (controller->type == RV_CONTROLLER_PCI &&
            !keep(plan, &controller->device, model ? model->plug : PLUG_NONE, error))
            return false;
        /* The built-in one is not asked about elsewhere. */
        if (controller->type == RV_CONTROLLER_IDE && controller->index == 0 &&
            !keep(plan, &controller->device, PLUG_PCI, error))
            return false;
    }
    return each_device(plan, keep, error);
}

/* Addresses may name buses that no controller makes yet: libvirt adds those. */
static void add_named_buses(Plan *plan)
{
    unsigned n = plan->n_buses;
    for (unsigned i = 0; i < MAX_BUSES; i++) {
        for (unsigned slot = 0; slot < SLOTS && i >= n; slot++) {
            if (plan->buses[i].functions[slot])
                n = i + 1;
        }
    }
    const char *model = kvm_machine_has_pcie(plan->family) ? "pcie-root-port" : "pci-bridge";
    for (unsigned i = plan->n_buses; i < n; i++)
        add_bus(plan, i, model);
}

/* ---- What the chipset brings -------------------------------------------------------------- */

/* A device at its fixed place, unless it says otherwise itself. */
static bool fix(Plan *plan, RvDevice *device, unsigned slot, unsigned function, const char *what,
                GError **error)
{
    RvAddress *address = &device->address;
    if (address->type == RV_ADDRESS_PCI) {
        if (address->pci.bus == 0 && address->pci.slot == slot &&
            address->pci.function == function)
            return true;
        rv_error_set(error, RV_ERR_INTERNAL, "%s must have PCI address 0:0:%x.%x", what, slot,
                     function);
        return false;
    }
    /* On paper too: it is what it is. */
    take(plan, 0, slot, function, false);
    address->type = RV_ADDRESS_PCI;
    address->pci.slot = slot;
    address->pci.function = function;
    return true;
}

static bool fix_controllers(Plan *plan, GError **error)
{
    bool pcie = kvm_machine_has_pcie(plan->family);
    for (guint i = 0; i < plan->def->controllers->len; i++) {
        RvController *controller = g_ptr_array_index(plan->def->controllers, i);
        if (controller->index != 0)
            continue;
        if (!pcie && controller->type == RV_CONTROLLER_IDE &&
            !fix(plan, &controller->device, 1, 1, "Primary IDE controller", error))
            return false;
        if (!pcie && controller->type == RV_CONTROLLER_USB &&
            g_strcmp0(controller->model, "piix3-uhci") == 0 &&
            !fix(plan, &controller->device, 1, 2, "PIIX3 USB controller at index 0", error))
            return false;
        if (pcie && controller->type == RV_CONTROLLER_SATA &&
            !fix(plan, &controller->device, 0x1f, 2, "Primary SATA controller", error))
            return false;
    }
    return true;
}

static bool fix_chipset(Plan *plan, GError **error)
{
    if (!fix_controllers(plan, error))
        return false;
    unsigned bridge = kvm_machine_has_pcie(plan->family) ? 0x1f : 1;
    take(plan, 0, bridge, 0, false);
    take(plan, 0, bridge, 3, false);

    RvVideo *video = plan->def->videos->len ? g_ptr_array_index(plan->def->videos, 0) : NULL;
    unsigned slot = plan->family->video_slot;
    if (video && video_plug(plan, video) && video->device.address.type == RV_ADDRESS_NONE &&
        is_free(plan, 0, slot))
        return fix(plan, &video->device, slot, 0, "The first video device", error);
    return true;
}

/* ---- The plan ----------------------------------------------------------------------------- */

static RvController *usb2_companion(const Plan *plan, const RvController *controller)
{
    for (guint i = 0; i < plan->def->controllers->len; i++) {
        RvController *other = g_ptr_array_index(plan->def->controllers, i);
        if (other != controller && other->type == RV_CONTROLLER_USB &&
            other->index == controller->index && g_str_has_prefix(other->model, "ich9-") &&
            other->device.address.type == RV_ADDRESS_PCI)
            return other;
    }
    return NULL;
}

static int usb2_function(const RvController *controller)
{
    static const struct {
        const char *model;
        int function;
    } rows[] = {{"ich9-ehci1", 7}, {"ich9-uhci1", 0}, {"ich9-uhci2", 1}, {"ich9-uhci3", 2}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (controller->type == RV_CONTROLLER_USB &&
            g_strcmp0(controller->model, rows[i].model) == 0)
            return rows[i].function;
    }
    return ANY_FUNCTION;
}

/* The controllers that make up one USB 2 controller are functions of one slot. */
static bool place_usb2(Plan *plan, RvController *controller, int function, GError **error)
{
    const RvController *companion = usb2_companion(plan, controller);
    RvAddress *address = &controller->device.address;
    if (!companion)
        return place(plan, address, PLUG_PCI, false, function, error);
    if (plan->on_paper)
        return true;
    *address = companion->device.address;
    address->pci.function = (unsigned)function;
    address->pci.multifunction = RV_TRISTATE_ABSENT;
    take(plan, address->pci.bus, address->pci.slot, address->pci.function, false);
    return true;
}

static bool place_device(Plan *plan, RvDevice *device, Plug plug, GError **error)
{
    if (device->address.type != RV_ADDRESS_NONE)
        return true;
    for (guint i = 0; i < plan->def->controllers->len; i++) {
        RvController *controller = g_ptr_array_index(plan->def->controllers, i);
        int function = usb2_function(controller);
        if (&controller->device == device && function != ANY_FUNCTION)
            return place_usb2(plan, controller, function, error);
    }
    return place(plan, &device->address, plug, false, ANY_FUNCTION, error);
}

static bool place_bridges(Plan *plan, GError **error)
{
    for (guint i = 0; i < plan->def->controllers->len; i++) {
        RvController *controller = g_ptr_array_index(plan->def->controllers, i);
        const BusModel *model = find_model(controller->model);
        if (controller->type != RV_CONTROLLER_PCI || !model || !model->plug ||
            controller->device.address.type != RV_ADDRESS_NONE)
            continue;
        if (!place(plan, &controller->device.address, model->plug, model->shares_slots,
                   ANY_FUNCTION, error))
            return false;
    }
    return true;
}

static bool begin(Plan *plan, RvDomainDef *def, const KvmMachineFamily *family, bool on_paper,
                  GError **error)
{
    *plan = (Plan){.def = def, .family = family, .on_paper = on_paper};
    for (guint i = 0; i < def->controllers->len; i++) {
        const RvController *controller = g_ptr_array_index(def->controllers, i);
        if (controller->type != RV_CONTROLLER_PCI)
            continue;
        if (controller->index >= MAX_BUSES) {
            rv_error_set(error, RV_ERR_XML, "PCI controller index %d is above %d",
                         controller->index, MAX_BUSES - 1);
            return false;
        }
        add_bus(plan, (unsigned)controller->index, controller->model);
    }
    if (!keep_all(plan, error))
        return false;
    add_named_buses(plan);
    return fix_chipset(plan, error);
}

static bool has_free_slot(const Plan *plan)
{
    for (unsigned i = 0; i < plan->n_buses; i++) {
        const Bus *bus = &plan->buses[i];
        for (unsigned slot = 1; bus->model && slot <= bus->model->last_slot; slot++) {
            if (bus->functions[slot] == 0)
                return true;
        }
    }
    return false;
}

/* On paper: how many buses of what model there must be. */
static bool draw(Plan *plan, RvDomainDef *def, const KvmMachineFamily *family, GError **error)
{
    if (!begin(plan, def, family, true, error))
        return false;
    unsigned had = plan->n_buses;
    bool pcie = kvm_machine_has_pcie(family);
    /* One slot is kept for a bridge, as long as there is one, so that a guest can grow later. */
    if (!pcie && has_free_slot(plan) && !place(plan, NULL, PLUG_PCI, false, ANY_FUNCTION, error))
        return false;
    if (!place_bridges(plan, error) || !each_device(plan, place_device, error))
        return false;
    if (pcie && had <= 1 && plan->n_buses > had)
        return place(plan, NULL, PLUG_PCIE, false, ANY_FUNCTION, error);
    return true;
}

static void add_controllers(const Plan *plan)
{
    bool known[MAX_BUSES] = {false};
    RvDomainDef *def = plan->def;
    for (guint i = 0; i < def->controllers->len; i++) {
        const RvController *controller = g_ptr_array_index(def->controllers, i);
        if (controller->type == RV_CONTROLLER_PCI)
            known[controller->index] = true;
    }
    for (unsigned i = 0; i < plan->n_buses; i++) {
        if (known[i] || !plan->buses[i].model)
            continue;
        RvController *controller = rv_xml_new(&rv_controller_xml);
        controller->type = RV_CONTROLLER_PCI;
        controller->index = (int)i;
        controller->model = g_strdup(plan->buses[i].model->model);
        g_ptr_array_add(def->controllers, controller);
    }
}

static bool mark_shared(Plan *plan, RvDevice *device, Plug plug, GError **error)
{
    RvAddress *address = &device->address;
    if (address->type == RV_ADDRESS_PCI && address->pci.function == 0 &&
        address->pci.multifunction == RV_TRISTATE_ABSENT &&
        (plan->buses[address->pci.bus].functions[address->pci.slot] & ~1u))
        address->pci.multifunction = RV_TRISTATE_ON;
    return true;
}

/* What a PCI controller has beside its address. */
static void complete_controller(const RvDomainDef *def, RvController *controller)
{
    const RvAddress *address = &controller->device.address;
    const char *device = kvm_pci_controller_device(controller->model);
    if (device && !controller->pci.model_name)
        controller->pci.model_name = g_strdup(device);
    if (g_strcmp0(controller->model, "pci-bridge") == 0 && controller->pci.chassis_nr < 0)
        controller->pci.chassis_nr = controller->index;
    if (g_strcmp0(controller->model, "pcie-root-port") == 0) {
        if (controller->pci.chassis < 0)
            controller->pci.chassis = controller->index;
        if (controller->pci.port < 0)
            controller->pci.port = (int)((address->pci.slot << 3) + address->pci.function);
    }
}

bool kvm_pci_assign(RvDomainDef *def, const KvmMachineFamily *family, GError **error)
{
    g_autofree Plan *plan = g_new(Plan, 1);
    if (!draw(plan, def, family, error))
        return false;
    add_controllers(plan);
    if (!begin(plan, def, family, false, error) || !place_bridges(plan, error) ||
        !each_device(plan, place_device, error) || !each_device(plan, mark_shared, error))
        return false;
    for (guint i = 0; i < def->controllers->len; i++) {
        RvController *controller = g_ptr_array_index(def->controllers, i);
        if (controller->type != RV_CONTROLLER_PCI)
            continue;
        if (!mark_shared(plan, &controller->device, PLUG_NONE, error))
            return false;
        complete_controller(def, controller);
    }
    return true;
}
