/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What guests this host can have, as the XML that clients of libvirt look their choices up in. Both
 * may ask emulators. [job] */

#include "drivers/driver.h"

char *kvm_guest_capabilities(const RvDriverHost *host, GError **error);
char *kvm_domain_capabilities(const RvDriverHost *host, const char *emulator, const char *arch,
                              const char *machine, const char *virt_type, GError **error);
