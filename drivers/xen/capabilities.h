/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "drivers/driver.h"

/* RvHostOps.guest_capabilities, .domain_capabilities */
char *xen_guest_capabilities(const RvDriverHost *host, GError **error);
char *xen_domain_capabilities(const RvDriverHost *host, const char *emulator, const char *arch,
                              const char *machine, const char *virt_type, GError **error);
