/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What programs of a container may do: capabilities, system calls, files of the kernel. Tables. */

#include <jansson.h>

#include "drivers/driver.h"

/* OCI's process.capabilities, by the definition's policy. To be freed. */
json_t *container_profile_capabilities(const RvDomainDef *def);

/* OCI's linux.seccomp: what no container needs is refused with EPERM. To be freed. */
json_t *container_profile_seccomp(const RvDomainDef *def);

json_t *container_profile_masked_paths(void);
json_t *container_profile_read_only_paths(void);
