/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What is known of this host's emulators: in memory, and on disk in the driver's state directory.
 * An emulator is asked when it is first needed, and again when its program has changed.
 */

#include "drivers/driver.h"
#include "drivers/kvm/emulator.h"

typedef struct KvmEmulators KvmEmulators;

KvmEmulators *kvm_emulators_new(void);
void kvm_emulators_free(KvmEmulators *emulators);

/* The path an emulator has by default, to be freed. [any] */
char *kvm_emulators_path(const RvDriverHost *host, const char *arch);

/* [job] A reference. Several callers for one emulator start it once. */
G_GNUC_WARN_UNUSED_RESULT KvmEmulator *kvm_emulators_get(const RvDriverHost *host,
                                                         const char *path, GError **error);

/* [any] A reference to what was last learnt, however old; NULL: never asked by this daemon. */
KvmEmulator *kvm_emulators_known(const RvDriverHost *host, const char *path);
