/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Of a configuration: PCI and USB devices of the host, and the controllers for the latter. */
#include "drivers/xen/native.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"

/* ---- PCI ------------------------------------------------------------------------------------ */

static bool bad_pci(GError **error, const char *text)
{
    rv_error_set(error, RV_ERR_INTERNAL, "Malformed PCI address %s: it is like 0000:00:1b.0, or "
                 "0000:00:1b.0,permissive=1", text);
    return false;
}

/* [DOMAIN:]BUS:SLOT.FUNCTION[@SLOT][,OPTION=VALUE...] */
static bool read_pci(XenNative *native, const char *text, GError **error)
{
    unsigned domain = 0, bus, slot, function;
    int end = 0;
    if (sscanf(text, "%x:%x:%x.%x%n", &domain, &bus, &slot, &function, &end) != 4) {
        domain = 0;
        if (sscanf(text, "%x:%x.%x%n", &bus, &slot, &function, &end) != 3)
            return bad_pci(error, text);
    }
    if (text[end] && text[end] != ',' && text[end] != '@')
        return bad_pci(error, text);
    g_auto(GStrv) parts = g_strsplit(text + end, ",", 0);
    const char *permissive = xen_native_find(parts, "permissive");
    GString *xml = native->devices;
    g_string_append(xml, "<hostdev mode='subsystem' type='pci' managed='no'><driver name='xen'/>"
                         "<source");
    if (permissive)
        xen_native_xml(xml, " writeFiltering='%s'", strcmp(permissive, "0") ? "no" : "yes");
    xen_native_xml(xml, "><address domain='0x%04x' bus='0x%02x' slot='0x%02x' function='0x%x'/>"
                        "</source></hostdev>", domain, bus, slot, function);
    return true;
}

static bool read_pci_list(XenNative *native, GError **error)
{
    g_auto(GStrv) list = NULL;
    if (!xen_native_list(native, "pci", &list, error))
        return false;
    for (unsigned i = 0; list[i]; i++)
        if (!read_pci(native, list[i], error))
            return false;
    return true;
}

static bool write_pci_list(XenNative *native, const RvDomainDef *def, GError **error)
{
    static const char *const filters[] = {[RV_TRISTATE_ABSENT] = "",
                                          [RV_TRISTATE_ON] = ",permissive=0",
                                          [RV_TRISTATE_OFF] = ",permissive=1"};
    for (guint i = 0; i < def->hostdevs->len; i++) {
        const RvHostdev *hostdev = def->hostdevs->pdata[i];
        if (hostdev->mode != RV_HOSTDEV_SUBSYSTEM || hostdev->type != RV_HOSTDEV_PCI)
            continue;
        const RvPciAddress *pci = &hostdev->address.pci;
        g_autofree char *text =
            g_strdup_printf("%04x:%02x:%02x.%x%s", pci->domain, pci->bus, pci->slot, pci->function,
                            filters[hostdev->write_filtering]);
        xen_native_add(native, "pci", text);
    }
    return true;
}

const XenNativePart xen_native_pci = {read_pci_list, write_pci_list};

/* ---- USB ------------------------------------------------------------------------------------ */

static bool read_usb_devices(XenNative *native, GError **error)
{
    g_auto(GStrv) list = NULL;
    if (!xen_native_list(native, "usbdev", &list, error))
        return false;
    for (unsigned i = 0; list[i]; i++) {
        g_auto(GStrv) parts = g_strsplit(list[i], ",", 0);
        const char *bus = xen_native_find(parts, "hostbus");
        const char *device = xen_native_find(parts, "hostaddr");
        if (!bus || !device) {
            rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED,
                         "usbdev '%s': it needs hostbus= and hostaddr=", list[i]);
            return false;
        }
        xen_native_xml(native->devices,
                       "<hostdev mode='subsystem' type='usb' managed='no'><source>"
                       "<address bus='%" G_GUINT64_FORMAT "' device='%" G_GUINT64_FORMAT "'/>"
                       "</source></hostdev>",
                       g_ascii_strtoull(bus, NULL, 16), g_ascii_strtoull(device, NULL, 16));
    }
    return true;
}

static bool write_usb_devices(XenNative *native, const RvDomainDef *def, GError **error)
{
    for (guint i = 0; i < def->hostdevs->len; i++) {
        const RvHostdev *hostdev = def->hostdevs->pdata[i];
        if (hostdev->mode != RV_HOSTDEV_SUBSYSTEM || hostdev->type != RV_HOSTDEV_USB)
            continue;
        g_autofree char *text = g_strdup_printf("hostbus=%x,hostaddr=%x", hostdev->address.bus,
                                                hostdev->address.device);
        xen_native_add(native, "usbdev", text);
    }
    return true;
}

const XenNativePart xen_native_usb_devices = {read_usb_devices, write_usb_devices};

static bool read_usb_controllers(XenNative *native, GError **error)
{
    g_auto(GStrv) list = NULL;
    if (!xen_native_list(native, "usbctrl", &list, error))
        return false;
    for (unsigned i = 0; list[i]; i++) {
        g_auto(GStrv) parts = g_strsplit(list[i], ",", 0);
        const char *type = xen_native_find(parts, "type"), *ports = xen_native_find(parts, "ports");
        const char *version = xen_native_find(parts, "version");
        if (type && strcmp(type, "qusb") != 0 && strcmp(type, "auto") != 0) {
            rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED,
                         "usbctrl: a controller of type '%s' cannot be defined: use qusb", type);
            return false;
        }
        xen_native_xml(native->devices,
                       "<controller type='usb' model='%s' ports='%" G_GUINT64_FORMAT "'/>",
                       g_strcmp0(version, "1") == 0 ? "qusb1" : "qusb2",
                       ports ? g_ascii_strtoull(ports, NULL, 16) : 8);
    }
    return true;
}

static bool write_usb_controllers(XenNative *native, const RvDomainDef *def, GError **error)
{
    for (guint i = 0; i < def->controllers->len; i++) {
        const RvController *controller = def->controllers->pdata[i];
        const char *model = controller->model;
        if (controller->type != RV_CONTROLLER_USB)
            continue;
        if (model && strcmp(model, "qusb1") != 0 && strcmp(model, "qusb2") != 0) {
            rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED,
                         "a Xen guest has no USB controller of model '%s': use qusb1 or qusb2",
                         model);
            return false;
        }
        g_autoptr(GString) text = g_string_new(NULL);
        if (model)
            g_string_append_printf(text, "type=qusb,version=%c", model[4]);
        if (controller->ports)
            g_string_append_printf(text, "%sports=%x", text->len ? "," : "", controller->ports);
        xen_native_add(native, "usbctrl", text->str);
    }
    return true;
}

const XenNativePart xen_native_usb_controllers = {read_usb_controllers, write_usb_controllers};
