/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the runtime itself is told to allow, as the OCI runtime specification has it; all else is
 * drivers/limits.h's. */

#include <jansson.h>

#include "drivers/driver.h"

/* OCI's linux.resources of a definition, with rules for more devices. To be freed. */
json_t *container_resources(const RvDomainDef *def, json_t *rules);
