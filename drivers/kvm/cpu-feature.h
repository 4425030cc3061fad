/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Names of features of x86 CPUs: those in a definition are libvirt's, which here and there are not
 * QEMU's. */

/* NULL: what libvirt has no name for; it is not a feature of a CPU, or not of a definition. */
const char *kvm_cpu_feature_from_qemu(const char *name);

const char *kvm_cpu_feature_to_qemu(const char *name);
