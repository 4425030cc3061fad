/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Definitions as libxl's own JSON (libxl_domain_config and its parts, as libxl_json.h reads and
 * writes them), in the way of libvirt's libxl driver: a guest sees the same machine under both.
 */

#include <jansson.h>

#include "model/domain-def.h"

/* The whole configuration, a new reference. */
G_GNUC_WARN_UNUSED_RESULT json_t *xen_config_new(const RvDomainDef *def, GError **error);

/* One device; of an interface, `number` is its place among them, or -1 for one that is attached to a
 * running guest. */
G_GNUC_WARN_UNUSED_RESULT json_t *xen_config_disk(const RvDisk *disk, GError **error);
G_GNUC_WARN_UNUSED_RESULT json_t *xen_config_interface(const RvDomainDef *def,
                                                       const RvInterface *interface, int number,
                                                       GError **error);

/* What a domain that somebody else made is: from the configuration that libxl keeps of it. NULL:
 * it cannot be understood. */
G_GNUC_WARN_UNUSED_RESULT RvDomainDef *xen_config_to_def(const json_t *config, GError **error);
