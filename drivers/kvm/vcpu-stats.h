/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How the threads that run a guest's virtual CPUs spend their time, from procfs: had even from an
 * emulator that hangs. */

#include <glib.h>
#include <sys/types.h>

/* Replaces `vcpus` (RvVcpuStats), sorted by number. */
void kvm_vcpu_stats_read(pid_t pid, GArray *vcpus);
