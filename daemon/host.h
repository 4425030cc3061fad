/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The host itself, from procfs and sysfs, which do not block: any thread. */

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/uuid.h"

/* What virNodeGetInfo tells, by the same rules: sockets are those of one NUMA cell, and where the
 * cells differ so that the product would not be the number of CPUs, it is 1 x 1 x CPUs x 1. */
typedef struct {
    char model[32]; /* the machine's architecture, as uname has it */
    uint64_t memory_kib;
    unsigned cpus, mhz, nodes, sockets, cores, threads;
} RvHostInfo;
G_GNUC_WARN_UNUSED_RESULT bool rv_host_get_info(RvHostInfo *ret, GError **error);

char *rv_host_get_name(void);
void rv_host_get_uuid(RvUuid *ret); /* the machine's own, else one kept for it */
G_GNUC_WARN_UNUSED_RESULT bool rv_host_get_free_memory(uint64_t *ret_bytes, GError **error);

/* The <host> element of the capabilities document, indented, with a newline. `machine` is what it has
 * from <cpu> to <topology>; NULL: as the kernel has it. */
G_GNUC_WARN_UNUSED_RESULT char *rv_host_capabilities(const char *machine, GError **error);
