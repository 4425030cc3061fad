/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What programs of a container may do: capabilities, system calls, files of the kernel. Tables. */

#include <jansson.h>

#include "drivers/driver.h"

/* Whether nothing is to keep its root from the host. */
bool container_profile_is_privileged(const RvDomainDef *def);

/* OCI's process.capabilities, by the definition's policy. To be freed. */
json_t *container_profile_capabilities(const RvDomainDef *def);

/* The AppArmor profile that the definition names, or NULL. */
const char *container_profile_apparmor(const RvDomainDef *def);

/* [job] OCI's linux.seccomp: the definition's own file or, without one, what no container needs is
 * refused with EPERM. To be freed. */
G_GNUC_WARN_UNUSED_RESULT json_t *container_profile_seccomp(const RvDomainDef *def, GError **error);

json_t *container_profile_masked_paths(void);
json_t *container_profile_read_only_paths(void);
