/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Serial ports, and channels, which are consoles with a name, in libxl's words. */

#include <jansson.h>

#include "model/domain-def.h"

/* A port's other end in QEMU's words; NULL: Xen's device model has no such. */
G_GNUC_WARN_UNUSED_RESULT char *xen_config_chardev(const RvChardev *chardev, GError **error);

/* Into what libxl has for HVM guests alone: each at its own port. */
G_GNUC_WARN_UNUSED_RESULT bool xen_config_set_serials(json_t *hvm, const RvDomainDef *def,
                                                      GError **error);
G_GNUC_WARN_UNUSED_RESULT bool xen_config_set_channels(json_t *config, const RvDomainDef *def,
                                                       GError **error);
