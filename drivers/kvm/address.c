/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/address.h"

#include <string.h>

#include "base/error.h"
#include "drivers/kvm/device-list.h"

/* ---- ccw ---------------------------------------------------------------------------------- */

enum { CCW_CSSID = 0xfe, CCW_MAX_SSID = 3, CCW_MAX_DEVNO = 0xffff };

typedef struct {
    GHashTable *taken; /* set of numbers */
    unsigned next;     /* ssid and devno */
    GError **error;
} Channels;

static unsigned ccw_key(const RvAddress *address)
{
    return address->ccw.cssid << 18 | address->ccw.ssid << 16 | address->ccw.devno;
}

static bool keep_ccw(KvmDeviceKind kind, void *device, void *data)
{
    Channels *channels = data;
    const RvAddress *address = &((RvDevice *)device)->address;
    if (address->type != RV_ADDRESS_CCW || !address->ccw.given)
        return true;
    if (g_hash_table_add(channels->taken, GUINT_TO_POINTER(ccw_key(address) + 1)))
        return true;
    rv_error_set(channels->error, RV_ERR_XML, "two devices have the ccw address %x.%x.%04x",
                 address->ccw.cssid, address->ccw.ssid, address->ccw.devno);
    return false;
}

static bool give_ccw(KvmDeviceKind kind, void *device, void *data)
{
    Channels *channels = data;
    RvAddress *address = &((RvDevice *)device)->address;
    if (address->type != RV_ADDRESS_CCW || address->ccw.given)
        return true;
    for (; channels->next <= (CCW_MAX_SSID << 16 | CCW_MAX_DEVNO); channels->next++) {
        address->ccw.cssid = CCW_CSSID;
        address->ccw.ssid = channels->next >> 16;
        address->ccw.devno = channels->next & CCW_MAX_DEVNO;
        if (g_hash_table_add(channels->taken, GUINT_TO_POINTER(ccw_key(address) + 1))) {
            address->ccw.given = true;
            return true;
        }
    }
    rv_error_set(channels->error, RV_ERR_INTERNAL, "There are no more free CCW devnos.");
    return false;
}

static bool assign_ccw(RvDomainDef *def, GError **error)
{
    g_autoptr(GHashTable) taken = g_hash_table_new(NULL, NULL);
    Channels channels = {.taken = taken, .error = error};
    return kvm_devices_foreach(def, keep_ccw, &channels) &&
           kvm_devices_foreach(def, give_ccw, &channels);
}

/* ---- virtio ------------------------------------------------------------------------------- */

/* A channel device of the host. */
static bool is_channel(const RvHostdev *hostdev)
{
    return hostdev->type == RV_HOSTDEV_MDEV && g_strcmp0(hostdev->model, "vfio-ccw") == 0;
}

/* Says of what kind the address of a virtio device is to be that has none. */
static bool prime(KvmDeviceKind kind, void *device, void *data)
{
    RvAddress *address = &((RvDevice *)device)->address;
    RvAddressType type = *(const RvAddressType *)data;
    bool takes = kvm_device_is_virtio(kind, device) ||
                 (type == RV_ADDRESS_CCW &&
                  (kind == KVM_DEVICE_VSOCK || kind == KVM_DEVICE_FILESYSTEM ||
                   (kind == KVM_DEVICE_HOSTDEV && is_channel(device))));
    if (takes && address->type == RV_ADDRESS_NONE)
        address->type = type;
    return true;
}

static bool is_not_mmio(KvmDeviceKind kind, void *device, void *data)
{
    return ((RvDevice *)device)->address.type != RV_ADDRESS_VIRTIO_MMIO;
}

/* Machines with PCI Express use it, unless the guest has a virtio-mmio device already. */
static void prime_virtio(RvDomainDef *def, const KvmMachineFamily *family,
                         const KvmEmulator *emulator)
{
    RvAddressType type = RV_ADDRESS_PCI;
    bool mmio = family->virtio == KVM_VIRTIO_MMIO ||
                (family->root_needs && kvm_machine_has_pcie(family));
    if (family->virtio == KVM_VIRTIO_CCW)
        type = RV_ADDRESS_CCW;
    else if (!mmio)
        return;
    else if (!rv_domain_def_find_controller(def, RV_CONTROLLER_PCI, 0) ||
             !kvm_devices_foreach(def, is_not_mmio, NULL))
        type = RV_ADDRESS_VIRTIO_MMIO;
    if (type == RV_ADDRESS_VIRTIO_MMIO && !kvm_emulator_may_have(emulator, "virtio-mmio"))
        return;
    kvm_devices_foreach(def, prime, &type);
}

/* ---- spapr-vio ---------------------------------------------------------------------------- */

/* Where QEMU puts the first device of a kind; the next ones follow. */
enum { VIO_NET = 0x1000, VIO_SCSI = 0x2000, VIO_NVRAM = 0x3000, VIO_TPM = 0x4000,
       VIO_SERIAL = 0x30000000, VIO_STEP = 0x1000 };

static unsigned vio_register(const KvmMachineFamily *family, KvmDeviceKind kind,
                             const void *device)
{
    switch (kind) {
    case KVM_DEVICE_INTERFACE:
        return g_strcmp0(((const RvInterface *)device)->model, "spapr-vlan") ? 0 : VIO_NET;
    case KVM_DEVICE_CONTROLLER: {
        const RvController *controller = device;
        bool vscsi = controller->type == RV_CONTROLLER_SCSI &&
                     g_strcmp0(controller->model, "ibmvscsi") == 0;
        return vscsi ? VIO_SCSI : 0;
    }
    case KVM_DEVICE_SERIAL:
        return g_strcmp0(((const RvChardev *)device)->target_type, "spapr-vio-serial")
                   ? 0
                   : VIO_SERIAL;
    case KVM_DEVICE_NVRAM:
        return family->many_roots ? VIO_NVRAM : 0;
    case KVM_DEVICE_TPM:
        return family->many_roots && g_strcmp0(((const RvTpm *)device)->model, "spapr-tpm-proxy")
                   ? VIO_TPM
                   : 0;
    default:
        return 0;
    }
}

typedef struct {
    RvDomainDef *def;
    const KvmMachineFamily *family;
    const RvAddress *own;
    uint64_t next[KVM_DEVICE_LAST]; /* none below is free for devices of that kind */
    GError **error;
} Registers;

static bool is_other_register(KvmDeviceKind kind, void *device, void *data)
{
    const Registers *registers = data;
    const RvAddress *address = &((RvDevice *)device)->address;
    return address->type != RV_ADDRESS_SPAPR_VIO || address == registers->own ||
           address->spapr_vio.reg != registers->own->spapr_vio.reg;
}

static unsigned vio_default(KvmDeviceKind kind)
{
    static const unsigned registers[KVM_DEVICE_LAST] = {
        [KVM_DEVICE_INTERFACE] = VIO_NET, [KVM_DEVICE_CONTROLLER] = VIO_SCSI,
        [KVM_DEVICE_SERIAL] = VIO_SERIAL, [KVM_DEVICE_NVRAM] = VIO_NVRAM,
        [KVM_DEVICE_TPM] = VIO_TPM,
    };
    return registers[kind];
}

static bool give_register(KvmDeviceKind kind, void *device, void *data)
{
    Registers *registers = data;
    RvAddress *address = &((RvDevice *)device)->address;
    if (vio_register(registers->family, kind, device) && address->type != RV_ADDRESS_SPAPR_VIO)
        *address = (RvAddress){.type = RV_ADDRESS_SPAPR_VIO};
    if (address->type != RV_ADDRESS_SPAPR_VIO)
        return true;
    bool given = address->spapr_vio.reg != 0;
    if (!given)
        address->spapr_vio.reg = MAX(registers->next[kind], vio_default(kind));
    registers->own = address;
    while (!kvm_devices_foreach(registers->def, is_other_register, registers)) {
        if (given) {
            rv_error_set(registers->error, RV_ERR_XML,
                         "two devices have the spapr-vio register 0x%" G_GINT64_MODIFIER "x",
                         address->spapr_vio.reg);
            return false;
        }
        address->spapr_vio.reg += VIO_STEP;
    }
    if (!given)
        registers->next[kind] = address->spapr_vio.reg;
    return true;
}

static bool assign_registers(RvDomainDef *def, const KvmMachineFamily *family, GError **error)
{
    static const KvmDeviceKind order[] = {KVM_DEVICE_INTERFACE, KVM_DEVICE_CONTROLLER,
                                          KVM_DEVICE_SERIAL, KVM_DEVICE_NVRAM, KVM_DEVICE_TPM};
    Registers registers = {.def = def, .family = family, .error = error};
    for (size_t i = 0; i < G_N_ELEMENTS(order); i++) {
        if (!kvm_devices_foreach_of(def, order[i], give_register, &registers))
            return false;
    }
    return true;
}

/* ---- zPCI --------------------------------------------------------------------------------- */

enum { FIRST_UID = 1, FIRST_FID = 0 };

typedef struct {
    GHashTable *uids, *fids; /* sets of numbers */
    GError **error;
} Identities;

static bool take_id(GHashTable *taken, unsigned first, bool *given, unsigned *id, const char *what,
                    GError **error)
{
    if (!*given)
        *id = first;
    while (!*given && g_hash_table_contains(taken, GUINT_TO_POINTER(*id)))
        ++*id;
    *given = true;
    if (g_hash_table_add(taken, GUINT_TO_POINTER(*id)))
        return true;
    rv_error_set(error, RV_ERR_INTERNAL, "two PCI devices have the zPCI %s 0x%x", what, *id);
    return false;
}

static bool identify(Identities *identities, RvAddress *address)
{
    return take_id(identities->uids, FIRST_UID, &address->pci.uid_given, &address->pci.uid, "uid",
                   identities->error) &&
           take_id(identities->fids, FIRST_FID, &address->pci.fid_given, &address->pci.fid, "fid",
                   identities->error);
}

static bool keep_identity(KvmDeviceKind kind, void *device, void *data)
{
    RvAddress *address = &((RvDevice *)device)->address;
    bool says = address->type == RV_ADDRESS_PCI &&
                (address->pci.uid_given || address->pci.fid_given);
    return !says || identify(data, address);
}

static bool give_identity(KvmDeviceKind kind, void *device, void *data)
{
    RvAddress *address = &((RvDevice *)device)->address;
    bool wants = address->type == RV_ADDRESS_PCI && !address->pci.uid_given;
    return !wants || identify(data, address);
}

bool kvm_address_identify(RvDomainDef *def, const KvmEmulator *emulator, GError **error)
{
    if (!kvm_arch_is_s390(def->os.arch) || !kvm_emulator_may_have(emulator, "zpci"))
        return true;
    g_autoptr(GHashTable) uids = g_hash_table_new(NULL, NULL);
    g_autoptr(GHashTable) fids = g_hash_table_new(NULL, NULL);
    Identities identities = {uids, fids, error};
    return kvm_devices_foreach(def, keep_identity, &identities) &&
           kvm_devices_foreach(def, give_identity, &identities);
}

/* ---- All of it ---------------------------------------------------------------------------- */

bool kvm_address_assign(RvDomainDef *def, const KvmMachineFamily *family,
                        const KvmEmulator *emulator, GError **error)
{
    if (!assign_registers(def, family, error))
        return false;
    prime_virtio(def, family, emulator);
    return assign_ccw(def, error);
}
