/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The container driver: containers by an OCI runtime, crun or runc. A definition becomes a bundle
 * (bundle.h), which the runtime makes a container of (runtime.h) in a mount namespace that nobody
 * else sees (namespace.h). No process of ours stands beside a container: its end is known by its
 * pidfd, and one small process for all of them keeps their consoles (holder.h).
 */

#include "drivers/driver.h"

extern const RvDriver rv_container_driver;
