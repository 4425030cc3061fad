/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Asks an emulator what it can do: starts it once, without a machine, and talks to it for some
 * 60 ms. */

#include "drivers/driver.h"
#include "drivers/kvm/emulator.h"

/* [job] `uid` is whom it runs as where we may choose. Kills an emulator that does not answer. */
KvmEmulator *kvm_probe(const RvDriverHost *host, const char *path, const KvmProgram *program,
                       uid_t uid, GError **error);
