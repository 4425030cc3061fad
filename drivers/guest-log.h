/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "drivers/driver.h"

/* Where what a guest (or its emulator) wrote is kept for people: by the drivers that keep it, for
 * `reeve logs`. To be freed. */
char *rv_guest_log_path(const RvDriverHost *host, const char *name);
