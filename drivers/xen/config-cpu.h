/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The CPU and NUMA nodes of a definition in Xen's words. */

#include "model/domain-def.h"

/* Xen's name of a feature that libvirt calls `name`, or the other way round. */
const char *xen_config_feature_name(const char *name, bool from_xen);

/* Whether it could have guests itself; for CPUs of mode host-passthrough. */
bool xen_config_is_nested(const RvDomainDef *def);

/* "host,FEATURE=VALUE,...", as xl writes it, with all features but those that say whether it is
 * nested. NULL: there are none. */
char *xen_config_cpuid(const RvDomainDef *def);

/* How far node `to` is from `cell`, whose number is `from`. */
unsigned xen_config_distance(const RvNumaCell *cell, unsigned from, unsigned to);
