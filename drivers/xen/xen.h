/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Domains of the Xen hypervisor, by libxl: PV, PVH and HVM guests, and the host's own Domain-0.
 * libxl is never in the daemon's own process: see toolstack.h.
 */

#include "drivers/driver.h"

extern const RvDriver rv_xen_driver;
