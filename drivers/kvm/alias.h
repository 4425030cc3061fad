/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/domain-def.h"

/* Gives every device of a guest that starts libvirt's name for it (virtio-disk0, net0, serial0),
 * which is the emulator's id as well. Names that the user chose (ua-...) stay. */
void kvm_assign_aliases(RvDomainDef *def);

/* Numbers the images of a guest that starts as libvirt does, says of each that none stands behind it,
 * since others are refused, and no format of what is not there. */
void kvm_note_images(RvDomainDef *def);
