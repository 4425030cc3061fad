/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/pci-chipset.h"

#include <string.h>

#include "base/error.h"
#include "drivers/kvm/pci-plug.h"

static void put(KvmPciBuses *buses, RvDevice *device, unsigned slot, unsigned function)
{
    RvAddress *address = &device->address;
    kvm_pci_take(buses, (KvmPciPlace){0, slot, function}, false);
    if (address->type == RV_ADDRESS_NONE)
        *address = (RvAddress){.type = RV_ADDRESS_PCI};
    address->pci.slot = slot;
    address->pci.function = function;
}

/* A device at its fixed place, unless it says otherwise itself. */
static bool fix(KvmPciBuses *buses, RvDevice *device, unsigned slot, unsigned function,
                const char *what, GError **error)
{
    const RvAddress *address = &device->address;
    if (rv_address_pci_is_wanted(address)) {
        put(buses, device, slot, function);
        return true;
    }
    if (address->type == RV_ADDRESS_PCI && address->pci.bus == 0 && address->pci.slot == slot &&
        address->pci.function == function)
        return true;
    rv_error_set(error, RV_ERR_INTERNAL, "%s must have PCI address 0:0:%x.%x", what, slot,
                 function);
    return false;
}

static bool put_if_free(KvmPciBuses *buses, RvDevice *device, unsigned slot)
{
    if (!rv_address_pci_is_wanted(&device->address) || !kvm_pci_slot_is_free(buses, 0, slot))
        return false;
    put(buses, device, slot, 0);
    return true;
}

static bool fix_piix3(RvDomainDef *def, KvmPciBuses *buses, GError **error)
{
    for (guint i = 0; i < def->controllers->len; i++) {
        RvController *controller = g_ptr_array_index(def->controllers, i);
        bool usb = controller->type == RV_CONTROLLER_USB &&
                   (!controller->model || strcmp(controller->model, "piix3-uhci") == 0);
        if (controller->index != 0)
            continue;
        if (controller->type == RV_CONTROLLER_IDE &&
            !fix(buses, &controller->device, 1, 1, "Primary IDE controller", error))
            return false;
        if (usb && !fix(buses, &controller->device, 1, 2, "PIIX3 USB controller at index 0", error))
            return false;
    }
    return true;
}

static bool fix_ich9(RvDomainDef *def, KvmPciBuses *buses, GError **error)
{
    for (guint i = 0; i < def->controllers->len; i++) {
        RvController *controller = g_ptr_array_index(def->controllers, i);
        const char *model = controller->model ? controller->model : "";
        if (controller->type == RV_CONTROLLER_SATA && controller->index == 0 &&
            !fix(buses, &controller->device, 0x1f, 2, "Primary SATA controller", error))
            return false;
        if (controller->type == RV_CONTROLLER_USB && strcmp(model, "ich9-uhci1") == 0 &&
            (put_if_free(buses, &controller->device, 0x1d) ||
             put_if_free(buses, &controller->device, 0x1a)))
            controller->device.address.pci.multifunction = RV_TRISTATE_ON;
        if (controller->type == RV_CONTROLLER_PCI && strcmp(model, "dmi-to-pci-bridge") == 0)
            put_if_free(buses, &controller->device, 0x1e);
    }
    return true;
}

static void fix_sound(RvDomainDef *def, KvmPciBuses *buses)
{
    for (guint i = 0; i < def->sounds->len; i++) {
        RvSound *sound = g_ptr_array_index(def->sounds, i);
        if (sound->model == RV_SOUND_ICH9 && put_if_free(buses, &sound->device, 0x1b))
            return;
    }
}

/* Where the emulator puts the first graphics card. */
static bool fix_video(RvDomainDef *def, const KvmMachineFamily *family, KvmPciBuses *buses,
                      GError **error)
{
    unsigned slot = family->chipset == KVM_CHIPSET_ICH9 ? 1 : 2;
    RvVideo *video = def->videos->len ? g_ptr_array_index(def->videos, 0) : NULL;
    unsigned plug = video ? kvm_pci_plug(family, KVM_DEVICE_VIDEO, video) : KVM_PLUG_NONE;
    KvmPciPlace place;
    if (!plug || !rv_address_pci_is_wanted(&video->device.address) ||
        put_if_free(buses, &video->device, slot))
        return true;
    if (!kvm_pci_find_place(buses, plug, false, KVM_PCI_ANY_FUNCTION, &place, error))
        return false;
    if (!buses->grows)
        video->device.address = (RvAddress){
            .type = RV_ADDRESS_PCI,
            .pci = {.bus = place.bus, .slot = place.slot, .function = place.function},
        };
    return true;
}

bool kvm_pci_fix_chipset(RvDomainDef *def, const KvmMachineFamily *family, KvmPciBuses *buses,
                         GError **error)
{
    bool ich9 = family->chipset == KVM_CHIPSET_ICH9;
    unsigned bridge = ich9 ? 0x1f : 1;
    if (family->chipset == KVM_CHIPSET_NONE || !buses->n_buses)
        return true;
    if (!(ich9 ? fix_ich9(def, buses, error) : fix_piix3(def, buses, error)))
        return false;
    kvm_pci_take(buses, (KvmPciPlace){0, bridge, 0}, false);
    kvm_pci_take(buses, (KvmPciPlace){0, bridge, 3}, false);
    if (!fix_video(def, family, buses, error))
        return false;
    if (ich9)
        fix_sound(def, buses);
    return true;
}
