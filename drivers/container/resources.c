/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/resources.h"

#include "drivers/container/profile.h"

/* Enough for a whole system, and less than a host has. */
enum { MAX_PROCESSES = 8192 };

/* Unless all: no device but those that the runtime itself gives to every container. */
static json_t *devices(const RvDomainDef *def)
{
    return json_pack("[{s:b, s:s}]", "allow", container_profile_is_privileged(def), "access",
                     "rwm");
}

json_t *container_resources(const RvDomainDef *def)
{
    unsigned processes = def->run && def->run->processes ? def->run->processes : MAX_PROCESSES;
    return json_pack("{s:o, s:{s:i}}", "devices", devices(def), "pids", "limit", (int)processes);
}
