/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/pci-bus.h"

#include <string.h>

#include "base/error.h"

#define ENDPOINTS (KVM_PLUG_PCI | KVM_PLUG_PCIE)
#define TYPES (KVM_PLUG_AUTO - 1)

/* A guest has many of the first. */
static const KvmPciModel models[] = {
    {"pcie-root-port", "pcie-root-port", KVM_PLUG_ROOT_PORT,
     KVM_PLUG_PCIE | KVM_PLUG_UPSTREAM | KVM_PLUG_PCIE_TO_PCI | KVM_PLUG_AUTO, 0, 0, true},
    {"pci-root", NULL, KVM_PLUG_NONE,
     KVM_PLUG_PCI | KVM_PLUG_BRIDGE | KVM_PLUG_EXPANDER | KVM_PLUG_AUTO, 1, 31, false},
    {"pcie-root", NULL, KVM_PLUG_NONE,
     KVM_PLUG_PCIE | KVM_PLUG_ROOT_PORT | KVM_PLUG_DMI_TO_PCI | KVM_PLUG_PCIE_EXPANDER, 1, 31,
     false},
    {"pci-bridge", "pci-bridge", KVM_PLUG_BRIDGE, KVM_PLUG_PCI | KVM_PLUG_BRIDGE | KVM_PLUG_AUTO,
     1, 31, false},
    {"pci-expander-bus", "pxb", KVM_PLUG_EXPANDER, KVM_PLUG_PCI | KVM_PLUG_BRIDGE | KVM_PLUG_AUTO,
     0, 31, false},
    {"dmi-to-pci-bridge", "i82801b11-bridge", KVM_PLUG_DMI_TO_PCI, KVM_PLUG_PCI | KVM_PLUG_BRIDGE,
     0, 31, false},
    {"pcie-to-pci-bridge", "pcie-pci-bridge", KVM_PLUG_PCIE_TO_PCI,
     KVM_PLUG_PCI | KVM_PLUG_BRIDGE | KVM_PLUG_AUTO, 1, 31, false},
    {"pcie-switch-upstream-port", "x3130-upstream", KVM_PLUG_UPSTREAM, KVM_PLUG_DOWNSTREAM, 0, 31,
     false},
    {"pcie-switch-downstream-port", "xio3130-downstream", KVM_PLUG_DOWNSTREAM,
     KVM_PLUG_PCIE | KVM_PLUG_UPSTREAM | KVM_PLUG_PCIE_TO_PCI | KVM_PLUG_AUTO, 0, 0, false},
    {"pcie-expander-bus", "pxb-pcie", KVM_PLUG_PCIE_EXPANDER,
     KVM_PLUG_ROOT_PORT | KVM_PLUG_DMI_TO_PCI, 0, 31, false},
};

const KvmPciModel *kvm_pci_model(const char *name)
{
    for (size_t i = 0; name && i < G_N_ELEMENTS(models); i++) {
        if (strcmp(models[i].model, name) == 0)
            return &models[i];
    }
    return NULL;
}

void kvm_pci_add_bus(KvmPciBuses *buses, unsigned index, const char *model)
{
    KvmPciBus *bus = &buses->buses[index];
    bus->model = kvm_pci_model(model);
    bus->accepts = bus->model ? bus->model->accepts : 0;
    buses->n_buses = MAX(buses->n_buses, index + 1);
}

void kvm_pci_take(KvmPciBuses *buses, KvmPciPlace place, bool shared)
{
    KvmPciBus *bus = &buses->buses[place.bus];
    bus->functions[place.slot] |= (uint8_t)(1u << place.function);
    bus->shared[place.slot] |= shared;
    buses->n_named = MAX(buses->n_named, place.bus + 1);
}

bool kvm_pci_slot_is_free(const KvmPciBuses *buses, unsigned bus, unsigned slot)
{
    return buses->buses[bus].functions[slot] == 0;
}

bool kvm_pci_accepts(const KvmPciBuses *buses, KvmPciPlace place, unsigned plug, GError **error)
{
    const KvmPciBus *bus = &buses->buses[place.bus];
    unsigned accepts = bus->accepts;
    if (accepts & ENDPOINTS)
        accepts |= ENDPOINTS;
    if (plug & KVM_PLUG_BRIDGE)
        plug |= KVM_PLUG_PCI;
    if (!(plug & TYPES))
        plug |= KVM_PLUG_PCI;
    bool fits = bus->model && place.slot >= bus->model->first_slot &&
                place.slot <= bus->model->last_slot;
    if (!fits)
        rv_error_set(error, RV_ERR_XML,
                     "Invalid PCI address 0000:%02x:%02x.%x. slot must be from %u to %u",
                     place.bus, place.slot, place.function, bus->model ? bus->model->first_slot : 0,
                     bus->model ? bus->model->last_slot : 0);
    else if ((plug & KVM_PLUG_INTEGRATED) && place.bus)
        rv_error_set(error, RV_ERR_XML,
                     "the device at PCI address 0000:%02x:%02x.%x has to be on bus 0", place.bus,
                     place.slot, place.function);
    else if (!(accepts & plug & TYPES))
        rv_error_set(error, RV_ERR_XML,
                     "the device at PCI address 0000:%02x:%02x.%x cannot be plugged into a %s",
                     place.bus, place.slot, place.function, bus->model->model);
    else
        return true;
    return false;
}

/* A whole slot, or for those that share, a function of one they have already. */
static bool find_on_bus(const KvmPciBus *bus, unsigned plug, bool shares, KvmPciPlace *ret)
{
    if (!bus->model || !(bus->accepts & plug & TYPES))
        return false;
    for (unsigned slot = bus->model->first_slot; slot <= bus->model->last_slot; slot++) {
        unsigned function = 0;
        while (shares && bus->shared[slot] && function < KVM_PCI_FUNCTIONS &&
               (bus->functions[slot] & (1u << function)))
            function++;
        if (bus->functions[slot] == 0 || (function > 0 && function < KVM_PCI_FUNCTIONS)) {
            ret->slot = slot;
            ret->function = function;
            return true;
        }
    }
    return false;
}

static bool may_use(const KvmPciBuses *buses, unsigned index, unsigned plug)
{
    if (plug & KVM_PLUG_INTEGRATED)
        return index == 0;
    return !(plug & KVM_PLUG_AUTO) || (buses->buses[index].accepts & KVM_PLUG_AUTO);
}

/* The way from PCI Express to the first conventional bus. A root port for a bridge takes nothing
 * else. */
static unsigned add_way_to_pci(KvmPciBuses *buses)
{
    unsigned index = buses->n_buses;
    if (buses->has_pcie_bridge) {
        kvm_pci_add_bus(buses, index, "pcie-root-port");
        buses->buses[index].accepts = KVM_PLUG_PCIE_TO_PCI;
        kvm_pci_add_bus(buses, index + 1, "pcie-to-pci-bridge");
    } else {
        kvm_pci_add_bus(buses, index, "dmi-to-pci-bridge");
        kvm_pci_add_bus(buses, index + 1, "pci-bridge");
    }
    return index + 1;
}

/* A bus for what is to be plugged in. Returns its index, or 0: none can be added. */
static unsigned grow(KvmPciBuses *buses, unsigned plug)
{
    unsigned index = buses->n_buses;
    if (index + 2 > KVM_PCI_BUSES)
        return 0;
    if (plug & KVM_PLUG_PCI) {
        bool has_conventional = false;
        for (unsigned i = 0; i < buses->n_buses; i++)
            has_conventional |= (buses->buses[i].accepts & KVM_PLUG_BRIDGE) != 0;
        if (!buses->many_roots && !has_conventional)
            return add_way_to_pci(buses);
        kvm_pci_add_bus(buses, index, buses->many_roots ? "pci-root" : "pci-bridge");
        return index;
    }
    if (!(plug & (KVM_PLUG_PCIE | KVM_PLUG_UPSTREAM)))
        return 0;
    kvm_pci_add_bus(buses, index, "pcie-root-port");
    return index;
}

bool kvm_pci_find_place(KvmPciBuses *buses, unsigned plug, bool shares, int function,
                        KvmPciPlace *ret_place, GError **error)
{
    KvmPciPlace place = {0, 0, 0};
    while (place.bus < buses->n_buses &&
           (!may_use(buses, place.bus, plug) ||
            !find_on_bus(&buses->buses[place.bus], plug, shares, &place)))
        place.bus++;
    if (place.bus == buses->n_buses) {
        place.bus = buses->grows && buses->n_buses ? grow(buses, plug) : 0;
        if (place.bus == 0) {
            rv_error_set(error, RV_ERR_INTERNAL, "No more available PCI slots");
            return false;
        }
        place.slot = buses->buses[place.bus].model->first_slot;
        place.function = 0;
    }
    if (function != KVM_PCI_ANY_FUNCTION)
        place.function = (unsigned)function;
    kvm_pci_take(buses, place, shares);
    *ret_place = place;
    return true;
}

const char *kvm_pci_default_model(const KvmPciBuses *buses)
{
    if (buses->many_roots)
        return "pci-root";
    bool pcie = buses->buses[0].model && strcmp(buses->buses[0].model->model, "pcie-root") == 0;
    return pcie ? "pcie-root-port" : "pci-bridge";
}
