/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/resources.h"

#include "drivers/container/profile.h"

/* Enough for a whole system, and less than a host has. */
enum { MAX_PROCESSES = 8192 };

/* Unless all: no device but those of its own, and those that the runtime gives to every container. */
static json_t *devices(const RvDomainDef *def, json_t *rules)
{
    json_t *all = json_pack("[{s:b, s:s}]", "allow", container_profile_is_privileged(def), "access",
                            "rwm");
    json_array_extend(all, rules);
    return all;
}

json_t *container_resources(const RvDomainDef *def, json_t *rules)
{
    unsigned processes = def->run && def->run->processes ? def->run->processes : MAX_PROCESSES;
    return json_pack("{s:o, s:{s:i}}", "devices", devices(def, rules), "pids", "limit",
                     (int)processes);
}
