/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "model/domain-def.h"
#include "model/guest-stats.h"

/* Appends (RvInterfaceStats) what the host's end of a guest's interface counts, told as the guest
 * sees it: what the one has sent, the other has received. Nothing, where there is no such end. */
void rv_interface_stats_append(GArray *interfaces, int netlink, const char *name);

/* The same of all that a guest's definition names (RvInterface.target), in the place of the former. Of
 * types that have no end on the host, a name is not looked for: it may be somebody else's. */
void rv_interface_stats_read(const RvDomainDef *def, RvGuestStats *stats);
