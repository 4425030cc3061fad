/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Names of features of x86 CPUs: those in a definition are libvirt's, which here and there are not
 * QEMU's. */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where the CPUID instruction tells of it; leaf 0: nowhere, it is of a model specific register. */
typedef struct {
    const char *name;
    uint32_t leaf;
    unsigned char subleaf, reg, bit;
} KvmCpuFeature;

/* All that libvirt 9.0 has a name for, sorted. */
extern const KvmCpuFeature kvm_cpu_features[];
extern const size_t kvm_cpu_features_len;

/* A name of kvm_cpu_features; NULL: it is not a feature of a CPU, or not of a definition. */
const char *kvm_cpu_feature_from_qemu(const char *name);

const char *kvm_cpu_feature_to_qemu(const char *name);

/* Whether it is among the "feature-words" of one of QEMU's CPUs. */
bool kvm_cpu_feature_is_in(const KvmCpuFeature *feature, json_t *words);
