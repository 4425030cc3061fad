/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/pci-plug.h"

#include <string.h>
#include <sys/stat.h>

#include "drivers/kvm/pci-bus.h"

#define CONVENTIONAL (KVM_PLUG_PCI | KVM_PLUG_AUTO)

static bool is(const char *text, const char *other)
{
    return g_strcmp0(text, other) == 0;
}

static unsigned express(const KvmMachineFamily *family)
{
    return (kvm_machine_has_pcie(family) ? KVM_PLUG_PCIE : KVM_PLUG_PCI) | KVM_PLUG_AUTO;
}

/* Transitional virtio devices are conventional, so that old guests find their ports. */
static unsigned virtio(const KvmMachineFamily *family, const char *model)
{
    return is(model, "virtio-transitional") ? CONVENTIONAL : express(family);
}

static bool is_usb_function(const RvInterface *interface)
{
    return interface->host_address && interface->host_address->type == RV_HOST_ADDRESS_USB;
}

static unsigned interface_plug(const KvmMachineFamily *family, const RvInterface *interface)
{
    const char *model = interface->model;
    if (interface->type == RV_INTERFACE_HOSTDEV)
        return is_usb_function(interface) ? KVM_PLUG_NONE : express(family);
    if (is(model, "usb-net"))
        return KVM_PLUG_NONE;
    if (model && g_str_has_prefix(model, "virtio"))
        return virtio(family, model);
    return is(model, "e1000e") ? express(family) : CONVENTIONAL;
}

static unsigned usb_plug(const KvmMachineFamily *family, const char *model)
{
    if (is(model, "none") || is(model, "qusb1") || is(model, "qusb2"))
        return KVM_PLUG_NONE;
    return is(model, "qemu-xhci") || is(model, "nec-xhci") ? express(family) : CONVENTIONAL;
}

static unsigned controller_plug(const KvmMachineFamily *family, const RvController *controller)
{
    const char *model = controller->model;
    const KvmPciModel *bus;
    switch (controller->type) {
    case RV_CONTROLLER_PCI:
        bus = kvm_pci_model(model);
        return bus ? bus->plug : KVM_PLUG_NONE;
    case RV_CONTROLLER_SCSI:
        if (is(model, "ncr53c90") || !model)
            return KVM_PLUG_NONE;
        return g_str_has_prefix(model, "virtio") ? virtio(family, model) : CONVENTIONAL;
    case RV_CONTROLLER_VIRTIO_SERIAL:
        return virtio(family, model);
    case RV_CONTROLLER_USB:
        return usb_plug(family, model);
    case RV_CONTROLLER_SATA:
        return CONVENTIONAL;
    case RV_CONTROLLER_IDE:
        return controller->index == 0 ? KVM_PLUG_NONE : CONVENTIONAL;
    default:
        return KVM_PLUG_NONE;
    }
}

static unsigned video_plug(const KvmMachineFamily *family, const char *model)
{
    if (!model || is(model, "none") || is(model, "ramfb") || is(model, "gop"))
        return KVM_PLUG_NONE;
    if (is(model, "virtio"))
        return virtio(family, NULL);
    return is(model, "bochs") ? express(family) : CONVENTIONAL;
}

static unsigned sound_plug(RvSoundModel model)
{
    bool pci = model == RV_SOUND_ES1370 || model == RV_SOUND_AC97 || model == RV_SOUND_ICH6 ||
               model == RV_SOUND_ICH9;
    return pci ? CONVENTIONAL : KVM_PLUG_NONE;
}

/* The configuration space of a device that is not PCI Express has 256 bytes. One that is not there
 * now is most likely of the newer kind. */
static bool is_express(const RvPciAddress *address)
{
    struct stat status;
    g_autofree char *path =
        g_strdup_printf("/sys/bus/pci/devices/%04x:%02x:%02x.%x/config", address->domain,
                        address->bus, address->slot, address->function);
    return stat(path, &status) < 0 || status.st_size > 256;
}

static unsigned hostdev_plug(const KvmMachineFamily *family, const RvHostdev *hostdev)
{
    bool known = rv_address_pci_is_known(&hostdev->device.address);
    switch (hostdev->type) {
    case RV_HOSTDEV_PCI:
        return known || !kvm_machine_has_pcie(family) || is_express(&hostdev->address.pci)
                   ? express(family)
                   : CONVENTIONAL;
    case RV_HOSTDEV_SCSI_HOST:
        return virtio(family, hostdev->model);
    case RV_HOSTDEV_MDEV:
        return is(hostdev->model, "vfio-pci") ? express(family) : KVM_PLUG_NONE;
    default:
        return KVM_PLUG_NONE;
    }
}

static unsigned filesystem_plug(const KvmMachineFamily *family, const RvFilesystem *filesystem)
{
    return filesystem->driver == RV_FILESYSTEM_DRIVER_VIRTIOFS
               ? virtio(family, NULL)
               : virtio(family, filesystem->model);
}

unsigned kvm_pci_plug(const KvmMachineFamily *family, KvmDeviceKind kind, const void *device)
{
    switch (kind) {
    case KVM_DEVICE_DISK:
        return kvm_device_is_virtio(kind, device) ? virtio(family, ((const RvDisk *)device)->model)
                                                  : KVM_PLUG_NONE;
    case KVM_DEVICE_INTERFACE:
        return interface_plug(family, device);
    case KVM_DEVICE_SOUND:
        return sound_plug(((const RvSound *)device)->model);
    case KVM_DEVICE_HOSTDEV:
        return hostdev_plug(family, device);
    case KVM_DEVICE_FILESYSTEM:
        return filesystem_plug(family, device);
    case KVM_DEVICE_VIDEO:
        return video_plug(family, ((const RvVideo *)device)->model);
    case KVM_DEVICE_CONTROLLER:
        return controller_plug(family, device);
    case KVM_DEVICE_SERIAL:
        return is(((const RvChardev *)device)->target_type, "pci-serial") ? CONVENTIONAL
                                                                          : KVM_PLUG_NONE;
    case KVM_DEVICE_INPUT: {
        const RvInput *input = device;
        return is(input->bus, "virtio") ? virtio(family, input->model) : KVM_PLUG_NONE;
    }
    case KVM_DEVICE_WATCHDOG:
        return is(((const RvWatchdog *)device)->model, "i6300esb") ? CONVENTIONAL : KVM_PLUG_NONE;
    case KVM_DEVICE_MEMBALLOON: {
        const char *model = ((const RvMemballoon *)device)->model;
        return is(model, "none") ? KVM_PLUG_NONE : virtio(family, model);
    }
    case KVM_DEVICE_RNG:
        return virtio(family, ((const RvRng *)device)->model);
    case KVM_DEVICE_SHMEM:
        return CONVENTIONAL;
    case KVM_DEVICE_IOMMU:
        return is(((const RvIommu *)device)->model, "virtio")
                   ? virtio(family, NULL) | KVM_PLUG_INTEGRATED
                   : KVM_PLUG_NONE;
    case KVM_DEVICE_VSOCK:
        return virtio(family, ((const RvVsock *)device)->model);
    case KVM_DEVICE_MEMORY:
        return kvm_device_is_virtio(kind, device) ? virtio(family, NULL) : KVM_PLUG_NONE;
    default:
        return KVM_PLUG_NONE;
    }
}
