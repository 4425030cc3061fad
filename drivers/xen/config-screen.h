/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Screens and graphics cards in libxl's words. */

#include <jansson.h>

#include "model/domain-def.h"

/* Framebuffers and keyboards of any guest; and what the device model of an HVM guest shows, and by
 * which card, into libxl's build information and its part for HVM guests. */
void xen_config_set_framebuffers(json_t *config, const RvDomainDef *def);
G_GNUC_WARN_UNUSED_RESULT bool xen_config_set_screen(json_t *build, json_t *hvm,
                                                     const RvDomainDef *def, GError **error);
