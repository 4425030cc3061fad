/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the driver keeps for as long as the daemon lives. */

#include "base/workers.h"
#include "drivers/driver.h"
#include "drivers/kvm/accelerator.h"

#if defined(__x86_64__)
# define KVM_NATIVE_ARCH "x86_64"
#elif defined(__aarch64__)
# define KVM_NATIVE_ARCH "aarch64"
#else
# error "which emulator is native here?"
#endif

typedef struct {
    struct KvmEmulators *emulators;
    KvmAccelerator accelerator;
    int last_uid; /* atomic */
    GMutex ports_lock;
    GHashTable *ports; /* set of TCP ports that running or starting guests were given */
    GMutex holders_lock;
    GHashTable *holders; /* which image to name of guest; see holders.h */
    GMutex models_lock;
    GHashTable *models; /* KvmHostModel; see host-model.c */
    GMutex asked_lock;
    GHashTable *asked; /* UUID to the CPU that its guest was asked for, see cpu.h; few have one */
    RvWorkers *log_writer; /* one thread: guests' output never waits on the I/O thread */
} KvmHost;

static inline KvmHost *kvm_host(const RvDriverHost *host)
{
    return host->priv;
}
