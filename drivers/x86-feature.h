/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Names of features of x86 CPUs: those in a definition are libvirt's, which here and there are not
 * QEMU's. */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RV_X86_EAX, RV_X86_EBX, RV_X86_ECX, RV_X86_EDX };

/* Where the CPUID instruction tells of it; leaf 0: nowhere, it is of a model specific register. */
typedef struct {
    const char *name;
    uint32_t leaf;
    unsigned char subleaf, reg, bit;
} RvX86Feature;

/* All that libvirt 9.0 has a name for, sorted. */
extern const RvX86Feature rv_x86_features[];
extern const size_t rv_x86_features_len;

/* A name of rv_x86_features; NULL: it is not a feature of a CPU, or not of a definition. */
const char *rv_x86_feature_from_qemu(const char *name);

const char *rv_x86_feature_to_qemu(const char *name);

/* Whether it is among the "feature-words" of one of QEMU's CPUs. */
bool rv_x86_feature_is_in(const RvX86Feature *feature, json_t *words);
