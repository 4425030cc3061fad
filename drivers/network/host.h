/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the host's own network is asked for: room for the addresses, and to pass packets on. */

#include <glib.h>
#include <stdbool.h>

#include "model/network.h"

/* An error where an address of the network is in one that another device has. */
G_GNUC_WARN_UNUSED_RESULT bool network_host_check_free(const RvNetworkDef *def, GError **error);

/* Has the host pass packets on, if the network's mode needs that; it goes on doing so. The bridge must
 * be there. */
G_GNUC_WARN_UNUSED_RESULT bool network_host_forward(const RvNetworkDef *def, GError **error);
