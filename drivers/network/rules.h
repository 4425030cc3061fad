/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The packet filter's part of a network: who may pass, and whose address is translated. Each network
 * has a table of its own in nftables, which comes and goes in one transaction. */

#include <glib.h>
#include <stdbool.h>

#include "drivers/network.h"

G_GNUC_WARN_UNUSED_RESULT bool network_rules_add(const RvNetworkDef *def, RvOperation *op,
                                                 GError **error);
/* A failure is logged. */
void network_rules_remove(const RvNetworkDef *def);
