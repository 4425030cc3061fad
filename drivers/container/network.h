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

/* The name by which the host knows an interface, by its place in the definition; to be freed. A
 * device of that name is its end on the host, where it has one. */
char *container_network_name(const RvGuest *guest, unsigned number);

/* Whether it has none: then the container's own name of it is told, to be freed; else NULL. */
char *container_network_name_inside(const RvGuest *guest, unsigned number);
