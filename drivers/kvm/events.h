/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "drivers/kvm/qmp.h"

/* What the emulator tells of itself becomes reports to the core; `user` is a KvmGuest. */
extern const QmpHandler kvm_events;

struct RvGuest;

/* [loop] The guest has powered off and was to boot again: boots it. */
void kvm_events_boot_again(void *kvm_guest);
