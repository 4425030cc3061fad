/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/device-list.h"

#include <string.h>

typedef struct {
    size_t offset;
    bool single; /* a pointer, not a list */
} Place;

#define LIST(field) {offsetof(RvDomainDef, field), false}
#define SINGLE(field) {offsetof(RvDomainDef, field), true}

static const Place places[KVM_DEVICE_LAST] = {
    [KVM_DEVICE_DISK] = LIST(disks),
    [KVM_DEVICE_INTERFACE] = LIST(interfaces),
    [KVM_DEVICE_SOUND] = LIST(sounds),
    [KVM_DEVICE_HOSTDEV] = LIST(hostdevs),
    [KVM_DEVICE_VIDEO] = LIST(videos),
    [KVM_DEVICE_CONTROLLER] = LIST(controllers),
    [KVM_DEVICE_SMARTCARD] = LIST(smartcards),
    [KVM_DEVICE_SERIAL] = LIST(serials),
    [KVM_DEVICE_PARALLEL] = LIST(parallels),
    [KVM_DEVICE_CHANNEL] = LIST(channels),
    [KVM_DEVICE_CONSOLE] = LIST(consoles),
    [KVM_DEVICE_INPUT] = LIST(inputs),
    [KVM_DEVICE_FILESYSTEM] = LIST(filesystems),
    [KVM_DEVICE_WATCHDOG] = SINGLE(watchdog),
    [KVM_DEVICE_MEMBALLOON] = SINGLE(memballoon),
    [KVM_DEVICE_RNG] = LIST(rngs),
    [KVM_DEVICE_NVRAM] = SINGLE(nvram),
    [KVM_DEVICE_HUB] = LIST(hubs),
    [KVM_DEVICE_SHMEM] = LIST(shmems),
    [KVM_DEVICE_TPM] = LIST(tpms),
    [KVM_DEVICE_PANIC] = LIST(panics),
    [KVM_DEVICE_MEMORY] = LIST(memories),
    [KVM_DEVICE_REDIRDEV] = LIST(redirdevs),
    [KVM_DEVICE_IOMMU] = SINGLE(iommu),
    [KVM_DEVICE_VSOCK] = SINGLE(vsock),
};

/* The first console may be the first serial port, seen in another way. */
static bool is_serial_port(const RvChardev *console)
{
    return !console->target_type || strcmp(console->target_type, "serial") == 0;
}

bool kvm_devices_foreach_of(const RvDomainDef *def, KvmDeviceKind kind, KvmDeviceFunc func,
                            void *data)
{
    const Place *place = &places[kind];
    const void *field = (const char *)def + place->offset;
    if (place->single) {
        void *device = *(void *const *)field;
        return !device || func(kind, device, data);
    }
    const GPtrArray *list = *(GPtrArray *const *)field;
    for (guint i = 0; i < list->len; i++) {
        if (kind == KVM_DEVICE_CONSOLE && i == 0 && is_serial_port(list->pdata[i]))
            continue;
        if (!func(kind, list->pdata[i], data))
            return false;
    }
    return true;
}

bool kvm_devices_foreach(const RvDomainDef *def, KvmDeviceFunc func, void *data)
{
    for (KvmDeviceKind kind = 0; kind < KVM_DEVICE_LAST; kind++) {
        if (!kvm_devices_foreach_of(def, kind, func, data))
            return false;
    }
    return true;
}

static bool begins(const char *text, const char *prefix)
{
    return text && g_str_has_prefix(text, prefix);
}

bool kvm_device_is_virtio(KvmDeviceKind kind, const void *device)
{
    switch (kind) {
    case KVM_DEVICE_DISK:
        return ((const RvDisk *)device)->bus == RV_DISK_BUS_VIRTIO;
    case KVM_DEVICE_INTERFACE:
        return begins(((const RvInterface *)device)->model, "virtio");
    case KVM_DEVICE_HOSTDEV:
        return ((const RvHostdev *)device)->type == RV_HOSTDEV_SCSI_HOST;
    case KVM_DEVICE_VIDEO:
        return begins(((const RvVideo *)device)->model, "virtio");
    case KVM_DEVICE_INPUT:
        return begins(((const RvInput *)device)->bus, "virtio");
    case KVM_DEVICE_CONTROLLER: {
        RvControllerType type = ((const RvController *)device)->type;
        return type == RV_CONTROLLER_VIRTIO_SERIAL || type == RV_CONTROLLER_SCSI;
    }
    case KVM_DEVICE_MEMBALLOON:
        return g_strcmp0(((const RvMemballoon *)device)->model, "none") != 0;
    case KVM_DEVICE_RNG:
        return true;
    case KVM_DEVICE_MEMORY: {
        RvMemoryModel model = ((const RvMemory *)device)->model;
        return model == RV_MEMORY_VIRTIO_PMEM || model == RV_MEMORY_VIRTIO_MEM;
    }
    default:
        return false;
    }
}
