/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The health check of a running container: a command that is run inside it, again and again. It is
 * looked after whenever the poller asks for the container's numbers, of which it is one; so it
 * takes no thread and no timer, and one that hangs is in nobody's way.
 */

#include "drivers/driver.h"

typedef struct ContainerHealth ContainerHealth;

/* [poller] Begins a run that is due, judges one that is over, and ends one that takes too long.
 * What has failed too often in a row is told, and killed where it is to start again. *health is
 * made when first needed. */
void container_health_look(RvGuest *guest, ContainerHealth **health);
void container_health_free(ContainerHealth *health);
