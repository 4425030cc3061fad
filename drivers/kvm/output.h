/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What an emulator says on its standard output and error, kept in LOG/guests/NAME.log.
 *
 * A guest can make its emulator talk without end. So the emulator writes into a FIFO that never
 * makes it wait (what does not fit is lost) and that is there as long as it is: both ends are open
 * in the emulator itself, so that neither an end of the daemon nor a full pipe disturbs it, and the
 * next daemon reads on. The daemon takes 64 KiB at most every 20 ms, and one thread for all guests
 * writes them to three files of 2 MiB that take turns.
 */

#include "drivers/driver.h"

typedef struct KvmOutput KvmOutput;

/* [job] Makes the FIFO in the guest's folder, or opens the one that is there. */
KvmOutput *kvm_output_new(const RvDriverHost *host, const char *name, const char *folder,
                          GError **error);
KvmOutput *kvm_output_ref(KvmOutput *output);
void kvm_output_unref(KvmOutput *output);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(KvmOutput, kvm_output_unref)

/* [job] The emulator's end, for the caller to hand on. */
G_GNUC_WARN_UNUSED_RESULT int kvm_output_open(KvmOutput *output, GError **error);

/* [any] Appends a line of ours. */
void kvm_output_note(KvmOutput *output, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* [job] What the emulator has said and nobody has read yet, to be freed; logged as well. Before
 * kvm_output_watch() only: for starts that fail. */
char *kvm_output_drain(KvmOutput *output);

/* [loop] Begins to move what comes to the log, and ends it (with what came until then). */
void kvm_output_watch(KvmOutput *output);
void kvm_output_unwatch(KvmOutput *output);
