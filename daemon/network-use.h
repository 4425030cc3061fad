/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What guests and networks have to do with each other. */

#include <glib.h>
#include <stdbool.h>

#include "daemon/core.h"
#include "model/domain-def.h"

/* [job] Writes into what is to run what its interfaces of type network are connected to: no driver
 * looks for a network. libvirt's errors where one is not there or not active. */
G_GNUC_WARN_UNUSED_RESULT bool rv_network_resolve(RvCore *core, RvDomainDef *def, GError **error);
/* [job] The same for one interface. */
G_GNUC_WARN_UNUSED_RESULT bool rv_network_resolve_one(RvCore *core, RvInterface *interface,
                                                      GError **error);

/* [loop] How many interfaces of running guests are connected to a network. */
unsigned rv_network_count_uses(RvCore *core, const char *name);
