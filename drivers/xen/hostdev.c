/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/xen/hostdev.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/claims.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/log.h"
#include "drivers/xen/config-hostdev.h"
#include "drivers/xen/toolstack.h"

#define USB_DEVICES "/sys/bus/usb/devices"
#define BACK_END "/sys/bus/pci/drivers/pciback"

enum { ASSIGN_MS = 30 * 1000 };

/* ---- USB ------------------------------------------------------------------------------------ */

/* 0: there is none. */
static unsigned read_number(const char *device, const char *name, unsigned base)
{
    g_autofree char *path = g_strdup_printf(USB_DEVICES "/%s/%s", device, name);
    g_autofree char *text = rv_file_read(path, 64, NULL, NULL);
    return text ? (unsigned)g_ascii_strtoull(text, NULL, base) : 0;
}

bool xen_hostdev_find(RvHostdev *hostdev, GError **error)
{
    enum { HEX = 16, DECIMAL = 10 };
    if (hostdev->type != RV_HOSTDEV_USB || hostdev->address.bus)
        return true;
    unsigned found = 0;
    const char *name;
    g_autoptr(GDir) dir = g_dir_open(USB_DEVICES, 0, NULL);
    while (dir && (name = g_dir_read_name(dir))) {
        if (read_number(name, "idVendor", HEX) != hostdev->vendor ||
            read_number(name, "idProduct", HEX) != hostdev->product)
            continue;
        hostdev->address.bus = read_number(name, "busnum", DECIMAL);
        hostdev->address.device = read_number(name, "devnum", DECIMAL);
        found++;
    }
    if (found == 1)
        return true;
    hostdev->address.bus = hostdev->address.device = 0;
    rv_error_set(error, RV_ERR_OPERATION_FAILED, "this host has %s USB device %04x:%04x",
                 found ? "more than one" : "no", hostdev->vendor, hostdev->product);
    if (found)
        rv_error_remedy(error, "name it by <address bus= device=> in its <source>");
    return false;
}

/* ---- PCI ------------------------------------------------------------------------------------ */

static bool is_managed(const RvHostdev *hostdev)
{
    return hostdev->type == RV_HOSTDEV_PCI && hostdev->managed;
}

static bool assign(const RvHostdev *hostdev, bool add, GCancellable *cancel, GError **error)
{
    json_t *device = xen_config_hostdev(hostdev, error);
    return device &&
           xen_toolstack_do(add ? "assignable-add" : "assignable-remove",
                            json_pack("{s:o}", "device", device), ASSIGN_MS, cancel, error);
}

static char *name_of(const RvHostdev *hostdev)
{
    const RvPciAddress *pci = &hostdev->address.pci;
    return g_strdup_printf("%04x:%02x:%02x.%x", pci->domain, pci->bus, pci->slot, pci->function);
}

static bool is_taken(const RvHostdev *hostdev)
{
    g_autofree char *name = name_of(hostdev);
    g_autofree char *path = g_build_filename(BACK_END, name, NULL);
    return g_file_test(path, G_FILE_TEST_EXISTS);
}

static void write_name(const char *path, const char *name)
{
    rv_autofd int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, name, strlen(name)) < 0)
        rv_log_warning("xen: cannot write %s to %s: %s", name, path, g_strerror(errno));
}

/* libxl leaves a device with the back end that could not be put into quarantine, as is the case
 * where there is no IOMMU, and does not give it back then. */
static void release(const RvHostdev *hostdev)
{
    g_autofree char *name = name_of(hostdev);
    if (!is_taken(hostdev))
        return;
    write_name(BACK_END "/unbind", name);
    write_name(BACK_END "/remove_slot", name);
    write_name("/sys/bus/pci/drivers_probe", name);
}

/* ---- Who took it ---------------------------------------------------------------------------- */

/* A file for each device that a guest has taken: the others are nobody's to give back. */
typedef struct {
    char *folder, owner[RV_UUID_STRING_LEN + 1];
    unsigned number;
} Claim;

static void claim_clear(Claim *claim)
{
    g_free(claim->folder);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Claim, claim_clear)

static void claim_init(Claim *claim, const RvGuest *guest, const RvHostdev *hostdev)
{
    const RvPciAddress *pci = &hostdev->address.pci;
    claim->folder = g_build_filename(guest->host->run_dir, "pci", NULL);
    claim->number = (unsigned)pci->domain << 16 | (unsigned)pci->bus << 8 |
                    (unsigned)pci->slot << 3 | (unsigned)pci->function;
    rv_uuid_format(&guest->def->uuid, claim->owner);
}

static bool claim_take(const Claim *claim, const RvHostdev *hostdev, GError **error)
{
    enum { ONE = 1 };
    int turn = 0;
    unsigned number;
    g_autoptr(GError) fault = NULL;
    if (rv_claims_take(claim->folder, claim->number, ONE, &turn, claim->owner, &number, &fault))
        return true;
    if (!g_error_matches(fault, RV_ERROR, RV_ERR_RESOURCE_BUSY)) {
        g_propagate_error(error, g_steal_pointer(&fault));
        return false;
    }
    g_autofree char *name = name_of(hostdev);
    g_autofree char *owner = rv_claims_owner(claim->folder, claim->number);
    rv_error_set(error, RV_ERR_OPERATION_INVALID, "PCI device %s is in use by domain %s", name,
                 owner ? owner : "of another");
    rv_error_remedy(error, "detach it there (virsh domname tells the domain's name)");
    return false;
}

static bool claim_is_ours(const Claim *claim)
{
    g_autofree char *owner = rv_claims_owner(claim->folder, claim->number);
    return g_strcmp0(owner, claim->owner) == 0;
}

bool xen_hostdev_take(const RvGuest *guest, const RvHostdev *hostdev, GCancellable *cancel,
                      GError **error)
{
    if (!is_managed(hostdev))
        return true;
    g_auto(Claim) claim;
    claim_init(&claim, guest, hostdev);
    bool again = claim_is_ours(&claim); /* a former life could not give it back */
    if (!again && !claim_take(&claim, hostdev, error))
        return false;
    bool prepared = is_taken(hostdev); /* by the host's administrator, if not by us */
    if (prepared && again)
        return true;
    if (!prepared && assign(hostdev, true, cancel, error))
        return true;
    if (!prepared)
        release(hostdev);
    rv_claims_release(claim.folder, claim.owner, claim.number);
    return prepared;
}

void xen_hostdev_return(const RvGuest *guest, const RvHostdev *hostdev)
{
    g_autoptr(GError) error = NULL;
    if (!is_managed(hostdev))
        return;
    g_auto(Claim) claim;
    claim_init(&claim, guest, hostdev);
    if (!claim_is_ours(&claim))
        return;
    if (is_taken(hostdev) && !assign(hostdev, false, NULL, &error))
        rv_log_warning("xen: a device of the host stays without its driver: %s", error->message);
    rv_claims_release(claim.folder, claim.owner, claim.number);
}
