/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* All devices of a definition that a guest can see, one after the other, in the order in which
 * libvirt goes through them: addresses are given in that order. */

#include "model/domain-def.h"

typedef enum {
    KVM_DEVICE_DISK,
    KVM_DEVICE_INTERFACE,
    KVM_DEVICE_SOUND,
    KVM_DEVICE_HOSTDEV,
    KVM_DEVICE_VIDEO,
    KVM_DEVICE_CONTROLLER,
    KVM_DEVICE_SMARTCARD,
    KVM_DEVICE_SERIAL,
    KVM_DEVICE_PARALLEL,
    KVM_DEVICE_CHANNEL,
    KVM_DEVICE_CONSOLE,
    KVM_DEVICE_INPUT,
    KVM_DEVICE_FILESYSTEM,
    KVM_DEVICE_WATCHDOG,
    KVM_DEVICE_MEMBALLOON,
    KVM_DEVICE_RNG,
    KVM_DEVICE_NVRAM,
    KVM_DEVICE_HUB,
    KVM_DEVICE_SHMEM,
    KVM_DEVICE_TPM,
    KVM_DEVICE_PANIC,
    KVM_DEVICE_MEMORY,
    KVM_DEVICE_REDIRDEV,
    KVM_DEVICE_IOMMU,
    KVM_DEVICE_VSOCK,
    KVM_DEVICE_LAST,
} KvmDeviceKind;

/* `device` begins with an RvDevice. False ends the walk. */
typedef bool (*KvmDeviceFunc)(KvmDeviceKind kind, void *device, void *data);

bool kvm_devices_foreach(const RvDomainDef *def, KvmDeviceFunc func, void *data);
bool kvm_devices_foreach_of(const RvDomainDef *def, KvmDeviceKind kind, KvmDeviceFunc func,
                            void *data);

/* Whether libvirt makes it a virtio device that can be plugged into any of a machine's buses. */
bool kvm_device_is_virtio(KvmDeviceKind kind, const void *device);
