/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What Xen says of its host's CPUs and memory, of which its first domain sees but a part. */

#include <jansson.h>

#include "drivers/driver.h"

/* The features that libvirt has names for, and the model that has most of them and none besides:
 * from the words in which Xen keeps what CPUID told it. */
typedef struct {
    const char *model;   /* NULL: each lacks one at least */
    GPtrArray *features; /* those that the model has not, in the order of Xen's words */
} XenCpuModel;
void xen_cpu_model_init(XenCpuModel *model, const json_t *words);
void xen_cpu_model_clear(XenCpuModel *model);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(XenCpuModel, xen_cpu_model_clear)

/* RvHostOps.host_capabilities */
char *xen_host_capabilities(const RvDriverHost *host, GError **error);
