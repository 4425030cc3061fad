/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "drivers/driver.h"

/* [job] Names the character devices of a guest that runs, and fills in where they are, as far as
 * that is known by now. */
void xen_console_learn(RvGuest *guest);

extern const RvConsoleOps xen_console_ops;
