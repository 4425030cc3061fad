/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a container may use of the host, as the OCI runtime specification has it. */

#include <jansson.h>

#include "drivers/driver.h"

/* [job] OCI's linux.resources of a definition. To be freed. */
G_GNUC_WARN_UNUSED_RESULT json_t *container_resources(const RvDomainDef *def, GError **error);
