/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The emulator's devices behind the models of definitions. All return NULL for what the driver does
 * not know; names are static. */

#include "model/domain-def.h"

#define KVM_VNC_BASE 5900 /* VNC display 0 */
#define KVM_VNC_ADDRESS "127.0.0.1" /* where nothing is said */

const char *kvm_disk_device(const RvDisk *disk);
const char *kvm_controller_device(const RvController *controller);
const char *kvm_interface_device(const RvInterface *interface);
const char *kvm_input_device(const RvInput *input); /* NULL for ps2, too: built in */
const char *kvm_video_device(const RvVideo *video, bool primary);

/* A PCI device of virtio, "virtio-rng" for example, in the variant that a model names: "virtio",
 * "virtio-transitional", "virtio-non-transitional" or NULL. */
const char *kvm_virtio_device(const char *base, const char *model);
