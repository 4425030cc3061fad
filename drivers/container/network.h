/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The network interfaces of a container. Its end of each is in its own network namespace and goes
 * with it; the host's end has a name that the container's UUID decides, or its definition. */

#include "drivers/driver.h"

/* [job] Plugs the container, whose first process is there, into what its definition says. Writes
 * the host's names to guest->def. */
G_GNUC_WARN_UNUSED_RESULT bool container_network_plug(RvGuest *guest, pid_t pid, GError **error);

/* [job] Removes what is left of it. */
void container_network_unplug(const RvGuest *guest);

/* The host's name of an interface, by its place in the definition. To be freed. NULL: it has no end
 * on the host. */
char *container_network_name(const RvGuest *guest, unsigned number);
