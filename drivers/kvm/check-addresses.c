/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Addresses of devices: what libvirt's driver refuses when a domain is defined. */

#include "base/error.h"
#include "drivers/kvm/check-devices.h"
#include "drivers/kvm/device-list.h"

#define MAX_UID 0xffff

typedef struct {
    const KvmEmulator *emulator; /* may be NULL */
    RvDiagnostics *diagnostics;
    GHashTable *uids, *fids; /* of PCI devices on s390x */
} Check;

static void check_number(const Check *check, GHashTable *seen, const char *name, unsigned number)
{
    if (!g_hash_table_add(seen, GUINT_TO_POINTER(number)))
        kvm_refuse(check->diagnostics, RV_ERR_INTERNAL, "domain/devices/address/zpci", NULL,
                   "two devices have %s 0x%x", name, number);
}

static void check_zpci(const Check *check, const RvAddress *address)
{
    if (!address->pci.uid_given && !address->pci.fid_given)
        return;
    if (check->emulator && !kvm_emulator_has_device(check->emulator, "zpci"))
        kvm_refuse(check->diagnostics, 0, "domain/devices/address/zpci", NULL,
                   "only PCI devices on s390x have a uid and fid: leave out <zpci>");
    if (address->pci.uid_given && (!address->pci.uid || address->pci.uid > MAX_UID))
        kvm_refuse(check->diagnostics, RV_ERR_XML, "domain/devices/address/zpci/@uid", NULL,
                   "0x%x is not from 1 to 0x%x", address->pci.uid, MAX_UID);
    if (address->pci.uid_given)
        check_number(check, check->uids, "uid", address->pci.uid);
    if (address->pci.fid_given)
        check_number(check, check->fids, "fid", address->pci.fid);
}

static bool check_device(KvmDeviceKind kind, void *device, void *data)
{
    const Check *check = data;
    const RvAddress *address = &((const RvDevice *)device)->address;
    rv_diagnostics_about(check->diagnostics, ((const RvDevice *)device)->origin);
    if (address->type == RV_ADDRESS_PCI)
        check_zpci(check, address);
    if (address->type == RV_ADDRESS_SPAPR_VIO && address->spapr_vio.reg > UINT32_MAX)
        kvm_refuse(check->diagnostics, 0, "domain/devices/address/@reg", NULL,
                   "0x%" G_GINT64_MODIFIER "x is more than 32 bits", address->spapr_vio.reg);
    return true;
}

void kvm_check_addresses(const RvDomainDef *def, const KvmEmulator *emulator,
                         RvDiagnostics *diagnostics)
{
    g_autoptr(GHashTable) uids = g_hash_table_new(NULL, NULL);
    g_autoptr(GHashTable) fids = g_hash_table_new(NULL, NULL);
    Check check = {emulator, diagnostics, uids, fids};
    kvm_devices_foreach(def, check_device, &check);
}
