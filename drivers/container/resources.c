/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/resources.h"

/* Enough for a whole system, and less than a host has. */
enum { MAX_PROCESSES = 8192 };

/* No device but those that the runtime itself gives to every container. */
static json_t *devices(const RvDomainDef *def)
{
    return json_pack("[{s:b, s:s}]", "allow", 0, "access", "rwm");
}

/* As libvirt's driver has it, a container's memory is its limit. */
json_t *container_resources(const RvDomainDef *def)
{
    json_t *resources = json_pack(
        "{s:o, s:{s:I}, s:{s:i}}", "devices", devices(def), "memory", "limit",
        (json_int_t)(def->max_memory_kib * 1024), "pids", "limit", MAX_PROCESSES);
    if (def->cpuset)
        json_object_set_new(resources, "cpu", json_pack("{s:s}", "cpus", def->cpuset));
    return resources;
}
