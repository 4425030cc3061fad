/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/device-models.h"

#include <string.h>

#include "drivers/kvm/pci.h"

static const struct {
    const char *model, *suffix;
} variants[] = {
    {"virtio", "-pci"},
    {"virtio-transitional", "-pci-transitional"},
    {"virtio-non-transitional", "-pci-non-transitional"},
};

const char *kvm_virtio_device(const char *base, const char *model)
{
    for (size_t i = 0; i < G_N_ELEMENTS(variants); i++) {
        if (strcmp(model ? model : "virtio", variants[i].model) == 0) {
            g_autofree char *name = g_strconcat(base, variants[i].suffix, NULL);
            return g_intern_string(name);
        }
    }
    return NULL;
}

const char *kvm_disk_device(const RvDisk *disk)
{
    static const struct {
        RvDiskBus bus;
        RvDiskDevice kind;
        const char *device;
    } rows[] = {
        {RV_DISK_BUS_VIRTIO, RV_DISK_DEVICE_DISK, "virtio-blk-pci"},
        {RV_DISK_BUS_IDE, RV_DISK_DEVICE_DISK, "ide-hd"},
        {RV_DISK_BUS_IDE, RV_DISK_DEVICE_CDROM, "ide-cd"},
        {RV_DISK_BUS_SATA, RV_DISK_DEVICE_DISK, "ide-hd"},
        {RV_DISK_BUS_SATA, RV_DISK_DEVICE_CDROM, "ide-cd"},
        {RV_DISK_BUS_SCSI, RV_DISK_DEVICE_DISK, "scsi-hd"},
        {RV_DISK_BUS_SCSI, RV_DISK_DEVICE_CDROM, "scsi-cd"},
        {RV_DISK_BUS_USB, RV_DISK_DEVICE_DISK, "usb-storage"},
        {RV_DISK_BUS_FDC, RV_DISK_DEVICE_FLOPPY, "floppy"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (rows[i].bus == disk->bus && rows[i].kind == disk->kind)
            return rows[i].device;
    }
    return NULL;
}

const char *kvm_controller_device(const RvController *controller)
{
    static const struct {
        RvControllerType type;
        const char *model, *device; /* model NULL: none said */
    } rows[] = {
        {RV_CONTROLLER_USB, "piix3-uhci", "piix3-usb-uhci"},
        {RV_CONTROLLER_USB, "piix4-uhci", "piix4-usb-uhci"},
        {RV_CONTROLLER_USB, "ehci", "usb-ehci"},
        {RV_CONTROLLER_USB, "ich9-ehci1", "ich9-usb-ehci1"},
        {RV_CONTROLLER_USB, "ich9-uhci1", "ich9-usb-uhci1"},
        {RV_CONTROLLER_USB, "ich9-uhci2", "ich9-usb-uhci2"},
        {RV_CONTROLLER_USB, "ich9-uhci3", "ich9-usb-uhci3"},
        {RV_CONTROLLER_USB, "pci-ohci", "pci-ohci"},
        {RV_CONTROLLER_USB, "nec-xhci", "nec-usb-xhci"},
        {RV_CONTROLLER_USB, "qemu-xhci", "qemu-xhci"},
        {RV_CONTROLLER_SCSI, "lsilogic", "lsi53c895a"},
        {RV_CONTROLLER_SCSI, "lsisas1068", "mptsas1068"},
        {RV_CONTROLLER_SCSI, "lsisas1078", "megasas"},
        {RV_CONTROLLER_SCSI, "vmpvscsi", "pvscsi"},
        {RV_CONTROLLER_SCSI, "virtio-scsi", "virtio-scsi-pci"},
        {RV_CONTROLLER_SCSI, "virtio-transitional", "virtio-scsi-pci-transitional"},
        {RV_CONTROLLER_SCSI, "virtio-non-transitional", "virtio-scsi-pci-non-transitional"},
        {RV_CONTROLLER_SATA, NULL, "ahci"},
        {RV_CONTROLLER_VIRTIO_SERIAL, NULL, "virtio-serial-pci"},
        {RV_CONTROLLER_VIRTIO_SERIAL, "virtio", "virtio-serial-pci"},
        {RV_CONTROLLER_VIRTIO_SERIAL, "virtio-transitional", "virtio-serial-pci-transitional"},
        {RV_CONTROLLER_VIRTIO_SERIAL, "virtio-non-transitional",
         "virtio-serial-pci-non-transitional"},
    };
    if (controller->type == RV_CONTROLLER_PCI)
        return kvm_pci_controller_device(controller->model);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (rows[i].type == controller->type && g_strcmp0(rows[i].model, controller->model) == 0)
            return rows[i].device;
    }
    return NULL;
}

const char *kvm_interface_device(const RvInterface *interface)
{
    static const char *const models[] = {"e1000", "e1000e",   "rtl8139", "ne2k_pci", "pcnet",
                                         "i82550", "i82557b", "i82559er", "i82801",  "vmxnet3"};
    if (!interface->model) /* a device of the host */
        return NULL;
    if (g_str_has_prefix(interface->model, "virtio"))
        return kvm_virtio_device("virtio-net", interface->model);
    for (size_t i = 0; i < G_N_ELEMENTS(models); i++) {
        if (strcmp(interface->model, models[i]) == 0)
            return models[i];
    }
    return NULL;
}

const char *kvm_input_device(const RvInput *input)
{
    static const struct {
        const char *bus;
        RvInputType type;
        const char *device;
    } rows[] = {
        {"usb", RV_INPUT_MOUSE, "usb-mouse"},
        {"usb", RV_INPUT_TABLET, "usb-tablet"},
        {"usb", RV_INPUT_KEYBOARD, "usb-kbd"},
        {"virtio", RV_INPUT_MOUSE, "virtio-mouse-pci"},
        {"virtio", RV_INPUT_TABLET, "virtio-tablet-pci"},
        {"virtio", RV_INPUT_KEYBOARD, "virtio-keyboard-pci"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (strcmp(rows[i].bus, input->bus) == 0 && rows[i].type == input->type)
            return rows[i].device;
    }
    return NULL;
}

const char *kvm_video_device(const RvVideo *video, bool primary)
{
    static const struct {
        const char *model, *primary, *secondary;
    } rows[] = {
        {"vga", "VGA", NULL},
        {"cirrus", "cirrus-vga", NULL},
        {"vmvga", "vmware-svga", NULL},
        {"qxl", "qxl-vga", "qxl"},
        {"virtio", "virtio-vga", "virtio-gpu-pci"},
        {"bochs", "bochs-display", "bochs-display"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (strcmp(rows[i].model, video->model) == 0)
            return primary ? rows[i].primary : rows[i].secondary;
    }
    return NULL;
}
