/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/xen/device.h"

#include "base/error.h"
#include "drivers/xen/config-hostdev.h"
#include "drivers/xen/config.h"
#include "drivers/xen/guest.h"
#include "drivers/xen/hostdev.h"
#include "drivers/xen/start.h"
#include "drivers/xen/toolstack.h"

/* It waits for hotplug scripts and for the guest to let go, and undoes what failed: libxl has limits
 * of its own for each, of 10 to 40 s. */
enum { DEVICE_MS = 150 * 1000, ANY_NUMBER = -1 };

/* `config` (taken over; NULL: an error was set) is the device in libxl's words. */
static json_t *call(RvGuest *guest, const char *operation, json_t *config, RvOperation *op,
                    GError **error)
{
    if (!config)
        return NULL;
    json_t *arguments = xen_guest_arguments(guest);
    json_object_set_new(arguments, "device", config);
    return xen_toolstack_run(operation, arguments, DEVICE_MS, op->cancel, error);
}

static bool attach_disk(RvGuest *guest, RvDisk *disk, RvOperation *op, GError **error)
{
    if (!xen_start_check_disk(disk, error))
        return false;
    json_t *made = call(guest, "add-disk", xen_config_disk(disk, error), op, error);
    if (!made)
        return false;
    xen_guest_learn_model(guest, made);
    xen_start_learn_backend(disk, made);
    json_decref(made);
    return true;
}

static json_t *interface_config(const RvGuest *guest, const RvInterface *interface, GError **error)
{
    return xen_config_interface(guest->def, interface, ANY_NUMBER, error);
}

static bool attach_interface(RvGuest *guest, RvInterface *interface, RvOperation *op,
                             GError **error)
{
    if (!xen_start_check_interface(interface, error))
        return false;
    json_t *made = call(guest, "add-nic", interface_config(guest, interface, error), op, error);
    if (made)
        xen_start_name_interface(guest, interface,
                                 (unsigned)json_integer_value(json_object_get(made, "number")));
    json_decref(made);
    return made;
}

/* Xen gives a guest tables for an IOMMU as it is made, or never. */
static bool is_made_for_pci(const RvDomainDef *def)
{
    return def->features.xen && def->features.xen->passthrough == RV_TRISTATE_ON;
}

static bool attach_hostdev(RvGuest *guest, RvHostdev *hostdev, RvOperation *op, GError **error)
{
    bool pci = hostdev->type == RV_HOSTDEV_PCI;
    if (!xen_hostdev_find(hostdev, error) || !xen_hostdev_take(guest, hostdev, op->cancel, error))
        return false;
    json_t *made = call(guest, pci ? "add-pci" : "add-usb", xen_config_hostdev(hostdev, error), op,
                        error);
    json_decref(made);
    if (made)
        return true;
    xen_hostdev_return(guest, hostdev);
    if (pci && !is_made_for_pci(guest->def))
        rv_error_remedy(error, "start the guest with <features><xen><passthrough state='on'/></xen>"
                               "</features>, as Xen wants it where there is no device at first");
    return false;
}

static bool attach(RvGuest *guest, RvAttachment *device, RvOperation *op, GError **error)
{
    if (device->disk)
        return attach_disk(guest, device->disk, op, error);
    if (device->interface)
        return attach_interface(guest, device->interface, op, error);
    return attach_hostdev(guest, device->hostdev, op, error);
}

static bool remove_device(RvGuest *guest, const char *operation, json_t *config, RvOperation *op,
                          GError **error)
{
    json_t *gone = call(guest, operation, config, op, error);
    json_decref(gone);
    return gone;
}

static bool detach(RvGuest *guest, const RvAttachment *device, RvOperation *op, GError **error)
{
    const RvHostdev *hostdev = device->hostdev;
    if (device->disk)
        return remove_device(guest, "remove-disk", xen_config_disk(device->disk, error), op, error);
    if (device->interface)
        return remove_device(guest, "remove-nic",
                             interface_config(guest, device->interface, error), op, error);
    bool gone = remove_device(guest, hostdev->type == RV_HOSTDEV_PCI ? "remove-pci" : "remove-usb",
                              xen_config_hostdev(hostdev, error), op, error);
    if (gone)
        xen_hostdev_return(guest, hostdev);
    return gone;
}

static bool change_medium(RvGuest *guest, RvDisk *disk, RvOperation *op, GError **error)
{
    if (!xen_start_check_disk(disk, error))
        return false;
    json_t *done = call(guest, "insert-medium", xen_config_disk(disk, error), op, error);
    json_decref(done);
    return done;
}

const RvDeviceOps xen_device_ops = {
    .attach = attach,
    .detach = detach,
    .change_medium = change_medium,
};
