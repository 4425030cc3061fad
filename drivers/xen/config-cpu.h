/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The CPU and NUMA nodes of a definition in Xen's words. */

#include <jansson.h>

#include "model/domain-def.h"

/* Xen's name of a feature that libvirt calls `name`, or the other way round. */
const char *xen_config_feature_name(const char *name, bool from_xen);

/* Whether nothing forbids that it has guests itself; for CPUs of mode host-passthrough. */
bool xen_config_is_nested(const RvDomainDef *def);

enum { XEN_MOST_CPUS = 1024 };

/* The numbers of a set, a new array; NULL is the empty set. */
json_t *xen_config_cpu_list(const char *cpuset);

/* Puts these into what is built (libxl's b_info). Features are "FEATURE=VALUE" in "cpuid", which
 * reeve-libxl hands to libxl's own reader, for libxl knows their bits. */
void xen_config_set_cpu(json_t *build, const RvDomainDef *def);
void xen_config_set_nodes(json_t *build, const RvDomainDef *def);

/* "host,FEATURE=VALUE,...", as xl writes it, with all features but those that say whether it is
 * nested. NULL: there are none. */
char *xen_config_cpuid(const RvDomainDef *def);

/* How far node `to` is from `cell`, whose number is `from`. */
unsigned xen_config_distance(const RvNumaCell *cell, unsigned from, unsigned to);
