/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The PCI buses of a guest while its devices are given places: what plugs into what, and what is
 * taken. */

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum { KVM_PCI_SLOTS = 32, KVM_PCI_FUNCTIONS = 8, KVM_PCI_BUSES = 256, KVM_PCI_ANY_FUNCTION = -1 };

/* What plugs into what; what a bus accepts is a set of these. */
typedef enum {
    KVM_PLUG_NONE = 0,
    KVM_PLUG_PCI = 1 << 0,
    KVM_PLUG_PCIE = 1 << 1,
    KVM_PLUG_ROOT_PORT = 1 << 2,
    KVM_PLUG_BRIDGE = 1 << 3,
    KVM_PLUG_PCIE_TO_PCI = 1 << 4,
    KVM_PLUG_DMI_TO_PCI = 1 << 5,
    KVM_PLUG_UPSTREAM = 1 << 6,
    KVM_PLUG_DOWNSTREAM = 1 << 7,
    KVM_PLUG_EXPANDER = 1 << 8,
    KVM_PLUG_PCIE_EXPANDER = 1 << 9,
    KVM_PLUG_AUTO = 1 << 10,       /* of a bus: devices may be put there without being asked */
    KVM_PLUG_INTEGRATED = 1 << 11, /* of a device: on bus 0 only */
} KvmPlug;

typedef struct {
    const char *model, *device;
    unsigned plug;    /* KvmPlug: its own */
    unsigned accepts; /* KvmPlug */
    unsigned first_slot, last_slot;
    bool shares_slots; /* several of them are functions of one slot */
} KvmPciModel;

typedef struct {
    const KvmPciModel *model; /* NULL: no controller has this index */
    unsigned accepts;
    uint8_t functions[KVM_PCI_SLOTS]; /* taken */
    bool shared[KVM_PCI_SLOTS];       /* by those whose model shares slots */
} KvmPciBus;

typedef struct {
    bool many_roots;       /* grows by roots, not by bridges */
    bool has_pcie_bridge;  /* the emulator has a bridge from PCI Express to PCI */
    bool grows;            /* buses are added as needed */
    KvmPciBus buses[KVM_PCI_BUSES];
    unsigned n_buses;
    unsigned n_named; /* up to the last one in which something is taken */
} KvmPciBuses;

typedef struct {
    unsigned bus, slot, function;
} KvmPciPlace;

const KvmPciModel *kvm_pci_model(const char *name); /* NULL: none such */
void kvm_pci_add_bus(KvmPciBuses *buses, unsigned index, const char *model);
void kvm_pci_take(KvmPciBuses *buses, KvmPciPlace place, bool shared);
bool kvm_pci_slot_is_free(const KvmPciBuses *buses, unsigned bus, unsigned slot);

/* Whether a device may be where its document says. RV_ERR_XML. */
G_GNUC_WARN_UNUSED_RESULT bool kvm_pci_accepts(const KvmPciBuses *buses, KvmPciPlace place,
                                               unsigned plug, GError **error);

/* Takes the first free place for a plug. `function`: KVM_PCI_ANY_FUNCTION or one. RV_ERR_INTERNAL:
 * there is none, and none can be had. */
G_GNUC_WARN_UNUSED_RESULT bool kvm_pci_find_place(KvmPciBuses *buses, unsigned plug, bool shares,
                                                  int function, KvmPciPlace *ret_place,
                                                  GError **error);

/* The model of buses that addresses name but no controller makes. */
const char *kvm_pci_default_model(const KvmPciBuses *buses);
