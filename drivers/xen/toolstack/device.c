/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <libxl_utils.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "drivers/xen/toolstack/device-model.h"
#include "drivers/xen/toolstack/session.h"

/* A device as libxl's own JSON, in "device". */
typedef struct {
    Session *session;
    uint32_t domid;
    char *text;
} Device;

static bool device_begin(Device *device, Session *session, const json_t *arguments, GError **error)
{
    *device = (Device){.session = session};
    if (!session_find(session, arguments, &device->domid, error))
        return false;
    device->text = json_dumps(json_object_get(arguments, "device"), JSON_COMPACT);
    if (!device->text)
        rv_error_set(error, RV_ERR_INVALID_ARG, "no device was given");
    return device->text;
}

static bool device_end(Device *device, int rc, const char *what, GError **error)
{
    free(device->text);
    if (rc != 0)
        session_fail(device->session, rc, error, "cannot %s domain %u", what, device->domid);
    return rc == 0;
}

/* As it is now, whatever the caller knows of it: by its name in the guest. */
static int find_disk(Session *session, uint32_t domid, libxl_device_disk *disk)
{
    libxl_device_disk found;
    libxl_device_disk_init(&found);
    int rc = libxl_vdev_to_device_disk(session_ctx(session), domid, disk->vdev, &found);
    if (rc == 0) {
        libxl_device_disk_dispose(disk);
        *disk = found;
    }
    return rc;
}

typedef int (*DiskCall)(libxl_ctx *ctx, uint32_t domid, libxl_device_disk *disk,
                        const libxl_asyncop_how *how);

/* `ret` (may be NULL): the disk as libxl has completed it, and the device model, which is started for
 * the first disk that needs one. */
static bool with_disk(Session *session, const json_t *arguments, bool find, DiskCall call,
                      const char *what, json_t **ret, GError **error)
{
    Device device;
    libxl_device_disk disk;
    if (!device_begin(&device, session, arguments, error))
        return false;
    libxl_device_disk_init(&disk);
    int rc = libxl_device_disk_from_json(session_ctx(session), &disk, device.text);
    if (rc == 0 && find)
        rc = find_disk(session, device.domid, &disk);
    if (rc == 0)
        rc = call(session_ctx(session), device.domid, &disk, NULL);
    if (rc == 0 && ret)
        *ret = json_pack("{s:s,s:o}", "backend", libxl_disk_backend_to_string(disk.backend), "model",
                         device_model_pack(device.domid));
    libxl_device_disk_dispose(&disk);
    return device_end(&device, rc, what, error);
}

static bool has_disk(libxl_ctx *ctx, uint32_t domid, const char *vdev)
{
    libxl_device_disk found;
    libxl_device_disk_init(&found);
    bool has = libxl_vdev_to_device_disk(ctx, domid, vdev, &found) == 0;
    libxl_device_disk_dispose(&found);
    return has;
}

/* libxl leaves a device half made, which the guest may see, where a hotplug script fails or takes too
 * long. */
static int try_disk(libxl_ctx *ctx, uint32_t domid, libxl_device_disk *disk,
                    const libxl_asyncop_how *how)
{
    bool had = has_disk(ctx, domid, disk->vdev);
    int rc = had ? ERROR_DEVICE_EXISTS : libxl_device_disk_add(ctx, domid, disk, how);
    if (rc != 0 && !had && has_disk(ctx, domid, disk->vdev))
        libxl_device_disk_destroy(ctx, domid, disk, how);
    return rc;
}

static bool add_disk(Session *session, const json_t *arguments, json_t **ret, GError **error)
{
    return with_disk(session, arguments, false, try_disk, "attach a disk to", ret,
                     error);
}

static bool remove_disk(Session *session, const json_t *arguments, json_t **ret, GError **error)
{
    return with_disk(session, arguments, true, libxl_device_disk_remove, "detach a disk from", NULL,
                     error);
}

static bool insert_medium(Session *session, const json_t *arguments, json_t **ret, GError **error)
{
    return with_disk(session, arguments, false, libxl_cdrom_insert, "change the medium in", NULL,
                     error);
}

typedef int (*NicCall)(libxl_ctx *ctx, uint32_t domid, libxl_device_nic *nic,
                       const libxl_asyncop_how *how);

/* The number of the interface that has the MAC of `nic`, by libxl's own list. */
static int find_nic(libxl_ctx *ctx, uint32_t domid, libxl_device_nic *nic)
{
    int n = 0, found = ERROR_NOTFOUND;
    libxl_device_nic *all = libxl_device_nic_list(ctx, domid, &n);
    for (int i = 0; i < n; i++) {
        if (memcmp(all[i].mac, nic->mac, sizeof(nic->mac)) == 0) {
            nic->devid = all[i].devid;
            found = 0;
        }
    }
    libxl_device_nic_list_free(all, n);
    return found;
}

static int try_nic(libxl_ctx *ctx, uint32_t domid, libxl_device_nic *nic,
                   const libxl_asyncop_how *how)
{
    bool had = find_nic(ctx, domid, nic) == 0;
    int rc = had ? ERROR_DEVICE_EXISTS : libxl_device_nic_add(ctx, domid, nic, how);
    if (rc != 0 && !had && find_nic(ctx, domid, nic) == 0)
        libxl_device_nic_destroy(ctx, domid, nic, how);
    return rc;
}

/* `ret` (may be NULL): the number that libxl gave it. */
static bool with_nic(Session *session, const json_t *arguments, bool find, NicCall call,
                     const char *what, json_t **ret, GError **error)
{
    Device device;
    libxl_device_nic nic;
    libxl_ctx *ctx = session_ctx(session);
    if (!device_begin(&device, session, arguments, error))
        return false;
    libxl_device_nic_init(&nic);
    int rc = libxl_device_nic_from_json(ctx, &nic, device.text);
    if (rc == 0 && find)
        rc = find_nic(ctx, device.domid, &nic);
    if (rc == 0)
        rc = call(ctx, device.domid, &nic, NULL);
    if (rc == 0 && ret)
        *ret = json_pack("{s:i}", "number", nic.devid);
    libxl_device_nic_dispose(&nic);
    return device_end(&device, rc, what, error);
}

static bool add_nic(Session *session, const json_t *arguments, json_t **ret, GError **error)
{
    return with_nic(session, arguments, false, try_nic, "attach an interface to", ret,
                    error);
}

static bool remove_nic(Session *session, const json_t *arguments, json_t **ret, GError **error)
{
    return with_nic(session, arguments, true, libxl_device_nic_remove, "detach an interface from",
                    NULL, error);
}

/* ---- Devices of the host -------------------------------------------------------------------- */

static bool with_pci(Session *session, const json_t *arguments, bool add, json_t **ret,
                     GError **error)
{
    Device device;
    libxl_device_pci pci;
    libxl_ctx *ctx = session_ctx(session);
    if (!device_begin(&device, session, arguments, error))
        return false;
    libxl_device_pci_init(&pci);
    int rc = libxl_device_pci_from_json(ctx, &pci, device.text);
    if (rc == 0)
        rc = add ? libxl_device_pci_add(ctx, device.domid, &pci, NULL)
                 : libxl_device_pci_remove(ctx, device.domid, &pci, NULL);
    libxl_device_pci_dispose(&pci);
    return device_end(&device, rc, add ? "attach a PCI device to" : "detach a PCI device from",
                      error);
}

static bool add_pci(Session *session, const json_t *arguments, json_t **ret, GError **error)
{
    return with_pci(session, arguments, true, ret, error);
}

static bool remove_pci(Session *session, const json_t *arguments, json_t **ret, GError **error)
{
    return with_pci(session, arguments, false, ret, error);
}

/* As it is now: which controller and port it has there. */
static int find_usb(libxl_ctx *ctx, uint32_t domid, libxl_device_usbdev *usb)
{
    int n = 0, found = ERROR_NOTFOUND;
    libxl_device_usbdev *all = libxl_device_usbdev_list(ctx, domid, &n);
    for (int i = 0; i < n; i++) {
        if (all[i].u.hostdev.hostbus != usb->u.hostdev.hostbus ||
            all[i].u.hostdev.hostaddr != usb->u.hostdev.hostaddr)
            continue;
        usb->ctrl = all[i].ctrl;
        usb->port = all[i].port;
        found = 0;
    }
    libxl_device_usbdev_list_free(all, n);
    return found;
}

static bool with_usb(Session *session, const json_t *arguments, bool add, json_t **ret,
                     GError **error)
{
    Device device;
    libxl_device_usbdev usb;
    libxl_ctx *ctx = session_ctx(session);
    if (!device_begin(&device, session, arguments, error))
        return false;
    libxl_device_usbdev_init(&usb);
    int rc = libxl_device_usbdev_from_json(ctx, &usb, device.text);
    if (rc == 0 && !add)
        rc = find_usb(ctx, device.domid, &usb);
    if (rc == 0)
        rc = add ? libxl_device_usbdev_add(ctx, device.domid, &usb, NULL)
                 : libxl_device_usbdev_remove(ctx, device.domid, &usb, NULL);
    libxl_device_usbdev_dispose(&usb);
    return device_end(&device, rc, add ? "attach a USB device to" : "detach a USB device from",
                      error);
}

static bool add_usb(Session *session, const json_t *arguments, json_t **ret, GError **error)
{
    return with_usb(session, arguments, true, ret, error);
}

static bool remove_usb(Session *session, const json_t *arguments, json_t **ret, GError **error)
{
    return with_usb(session, arguments, false, ret, error);
}

/* {"device"}: it leaves its driver, which is remembered, for the back end; or the other way. */
static bool assign(Session *session, const json_t *arguments, bool add, GError **error)
{
    libxl_device_pci pci;
    libxl_ctx *ctx = session_ctx(session);
    char *text = json_dumps(json_object_get(arguments, "device"), JSON_COMPACT);
    libxl_device_pci_init(&pci);
    int rc = text ? libxl_device_pci_from_json(ctx, &pci, text) : ERROR_INVAL;
    if (rc == 0)
        rc = add ? libxl_device_pci_assignable_add(ctx, &pci, 1)
                 : libxl_device_pci_assignable_remove(ctx, &pci, 1);
    if (rc != 0)
        session_fail(session, rc, error, "cannot %s PCI device %04x:%02x:%02x.%x",
                     add ? "make Xen's back end the driver of" : "give its driver back to",
                     (unsigned)pci.domain, pci.bus, pci.dev, pci.func);
    libxl_device_pci_dispose(&pci);
    free(text);
    return rc == 0;
}

static bool assignable_add(Session *session, const json_t *arguments, json_t **ret, GError **error)
{
    return assign(session, arguments, true, error);
}

static bool assignable_remove(Session *session, const json_t *arguments, json_t **ret,
                              GError **error)
{
    return assign(session, arguments, false, error);
}

const Operation device_operations[] = {
    {"add-disk", add_disk},
    {"remove-disk", remove_disk},
    {"insert-medium", insert_medium},
    {"add-nic", add_nic},
    {"remove-nic", remove_nic},
    {"add-pci", add_pci},
    {"remove-pci", remove_pci},
    {"add-usb", add_usb},
    {"remove-usb", remove_usb},
    {"assignable-add", assignable_add},
    {"assignable-remove", assignable_remove},
    {NULL, NULL},
};
