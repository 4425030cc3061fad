/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Asks an emulator what it can do: starts it once, without a machine, and talks to it for some
 * 60 ms. */

#include "drivers/driver.h"
#include "drivers/kvm/emulator.h"
#include "drivers/kvm/qmp.h"

/* How long a talk may take, all in all. */
enum { KVM_TALK_MS = 15000 };

/* Says what it wants to know and waits for the answers. */
typedef bool (*KvmTalk)(Qmp *qmp, void *data, GError **error);

/* [job] Starts an emulator without a machine under an accelerator ("tcg", "kvm"), has it asked, and
 * ends it, whether it answers or not. `uid` is whom it runs as where we may choose. */
G_GNUC_WARN_UNUSED_RESULT bool kvm_probe_talk(const RvDriverHost *host, const char *path,
                                              uid_t uid, const char *accelerator, KvmTalk talk,
                                              void *data, GError **error);

/* [job] `uid` is whom it runs as where we may choose. Kills an emulator that does not answer. */
KvmEmulator *kvm_probe(const RvDriverHost *host, const char *path, const KvmProgram *program,
                       uid_t uid, GError **error);
