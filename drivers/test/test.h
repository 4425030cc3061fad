/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The test driver: guests without a hypervisor, for clients, tests and measurements, as many as one
 * likes. A guest is simulated (instance.h) and behaves: it has a console with a shell, honours the
 * power button after a moment, uses CPU time while it runs, and outlives the daemon. What it shall
 * do wrong is said in its definition (faults.h).
 */

#include "drivers/driver.h"

extern const RvDriver rv_test_driver;
