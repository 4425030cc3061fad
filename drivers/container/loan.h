/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Network devices of the host that a container has until its end: <hostdev mode='capabilities'
 * type='net'>. Those of hardware come back by the kernel's own doing when the container's network
 * is gone, others would go with it: so the network is kept by what keeps the consoles, and they are
 * fetched before.
 */

#include <jansson.h>

#include "drivers/driver.h"

/* [job] Moves them to the container, whose first process is there, under their own names. */
G_GNUC_WARN_UNUSED_RESULT bool container_loan_give(const RvGuest *guest, pid_t pid, GError **error);

/* [job] Fetches them from there, whenever it has ended. */
void container_loan_end(const RvGuest *guest);
