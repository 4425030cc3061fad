/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/xen/config-hostdev.h"

#include <string.h>

#include "base/error.h"

/* ---- One device ----------------------------------------------------------------------------- */

static json_t *make_pci(const RvHostdev *hostdev)
{
    const RvPciAddress *pci = &hostdev->address.pci;
    return json_pack("{s:i,s:i,s:i,s:i,s:b}", "domain", (int)pci->domain, "bus", (int)pci->bus,
                     "dev", (int)pci->slot, "func", (int)pci->function, "permissive",
                     hostdev->write_filtering == RV_TRISTATE_OFF);
}

static json_t *make_usb(const RvHostdev *hostdev)
{
    return json_pack("{s:{s:i,s:i}}", "type.hostdev", "hostbus", (int)hostdev->address.bus,
                     "hostaddr", (int)hostdev->address.device);
}

json_t *xen_config_hostdev(const RvHostdev *hostdev, GError **error)
{
    bool subsystem = hostdev->mode == RV_HOSTDEV_SUBSYSTEM;
    if (subsystem && hostdev->type == RV_HOSTDEV_PCI)
        return make_pci(hostdev);
    if (subsystem && hostdev->type == RV_HOSTDEV_USB)
        return make_usb(hostdev);
    rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED,
                 "a device of the host of type '%s' cannot be given to a Xen guest: use pci or usb",
                 rv_hostdev_type_to_string(hostdev->type));
    return NULL;
}

/* ---- Controllers ---------------------------------------------------------------------------- */

int xen_config_usb_version(const RvController *controller)
{
    const char *model = controller->model;
    if (!model || strcmp(model, "qusb2") == 0)
        return 2;
    return strcmp(model, "qusb1") == 0 ? 1 : 0;
}

static json_t *make_controller(const RvController *controller, GError **error)
{
    int version = xen_config_usb_version(controller);
    if (version == 0) {
        rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED,
                     "a Xen guest has no USB controller of model '%s': use qusb1 or qusb2",
                     controller->model);
        return NULL;
    }
    return json_pack("{s:s,s:i,s:i,s:i}", "type", "qusb", "devid", controller->index, "version",
                     version, "ports",
                     controller->ports ? (int)controller->ports : XEN_USB_PORTS);
}

/* ---- All of them ---------------------------------------------------------------------------- */

static void put_list(json_t *config, const char *name, json_t *list)
{
    if (json_array_size(list) > 0)
        json_object_set(config, name, list);
    json_decref(list);
}

static bool set_controllers(json_t *config, const RvDomainDef *def, GError **error)
{
    json_t *list = json_array();
    bool ok = true;
    for (guint i = 0; i < def->controllers->len && ok; i++) {
        const RvController *controller = def->controllers->pdata[i];
        if (controller->type == RV_CONTROLLER_USB)
            ok = json_array_append_new(list, make_controller(controller, error)) == 0;
    }
    put_list(config, "usbctrls", list);
    return ok;
}

bool xen_config_set_hostdevs(json_t *config, const RvDomainDef *def, GError **error)
{
    json_t *pci = json_array(), *usb = json_array();
    bool ok = set_controllers(config, def, error);
    for (guint i = 0; i < def->hostdevs->len && ok; i++) {
        const RvHostdev *hostdev = def->hostdevs->pdata[i];
        ok = json_array_append_new(hostdev->type == RV_HOSTDEV_PCI ? pci : usb,
                                   xen_config_hostdev(hostdev, error)) == 0;
    }
    put_list(config, "pcidevs", pci);
    put_list(config, "usbdevs", usb);
    return ok;
}
