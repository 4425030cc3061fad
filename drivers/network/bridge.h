/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The bridge of a network, with its addresses and routes. It is known as ours, and as this network's,
 * by its alias. */

#include <glib.h>
#include <stdbool.h>

#include "model/network.h"

G_GNUC_WARN_UNUSED_RESULT bool network_bridge_make(const RvNetworkDef *def, GError **error);
/* One that is not there, or not ours, is success. */
G_GNUC_WARN_UNUSED_RESULT bool network_bridge_remove(const RvNetworkDef *def, GError **error);
/* Whether it is there and this network's; else an error. */
G_GNUC_WARN_UNUSED_RESULT bool network_bridge_check(const RvNetworkDef *def, GError **error);
