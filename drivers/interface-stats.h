/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Appends (RvInterfaceStats) what the host's end of a guest's interface counts, told as the guest
 * sees it: what the one has sent, the other has received. Nothing, where there is no such end. */
void rv_interface_stats_append(GArray *interfaces, int netlink, const char *name);
