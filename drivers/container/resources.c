/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/resources.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/error.h"
#include "drivers/container/profile.h"

/* Enough for a whole system, and less than a host has. */
enum { MAX_PROCESSES = 8192 };

/* Unless all: no device but those that the runtime itself gives to every container. */
static json_t *devices(const RvDomainDef *def)
{
    return json_pack("[{s:b, s:s}]", "allow", container_profile_is_privileged(def), "access",
                     "rwm");
}

static void set_number(json_t *object, const char *name, uint64_t value)
{
    json_object_set_new(object, name, json_integer((json_int_t)value));
}

/* As libvirt's driver has it, a container's memory is its limit, unless a hard limit is said. */
static json_t *memory(const RvDomainDef *def)
{
    const RvMemtune *tune = &def->memtune;
    json_t *memory = json_object();
    set_number(memory, "limit",
               (tune->hard_limit ? tune->hard_limit : def->max_memory_kib) * 1024);
    if (tune->soft_limit)
        set_number(memory, "reservation", tune->soft_limit * 1024);
    if (tune->swap_hard_limit)
        set_number(memory, "swap", tune->swap_hard_limit * 1024);
    return memory;
}

static json_t *cpu(const RvDomainDef *def)
{
    const RvCputune *tune = &def->cputune;
    json_t *cpu = json_object();
    if (tune->shares >= 0)
        set_number(cpu, "shares", (uint64_t)tune->shares);
    if (tune->period)
        set_number(cpu, "period", tune->period);
    if (tune->quota)
        json_object_set_new(cpu, "quota", json_integer((json_int_t)tune->quota));
    if (def->cpuset)
        json_object_set_new(cpu, "cpus", json_string(def->cpuset));
    return cpu;
}

/* ---- Block devices -------------------------------------------------------------------------- */

static bool number_of(const char *path, dev_t *ret, GError **error)
{
    struct stat st;
    if (stat(path, &st) < 0) {
        rv_error_set_errno(error, errno, "cannot find the block device '%s'", path);
        return false;
    }
    *ret = st.st_rdev;
    if (S_ISBLK(st.st_mode))
        return true;
    rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED, "'%s' is not a block device", path);
    return false;
}

static void add_limit(json_t *block, const char *name, dev_t device, const char *what,
                      uint64_t value)
{
    if (!value)
        return;
    json_t *list = json_object_get(block, name);
    if (!list) {
        list = json_array();
        json_object_set_new(block, name, list);
    }
    json_array_append_new(list, json_pack("{s:I, s:I, s:I}", "major", (json_int_t)major(device),
                                          "minor", (json_int_t)minor(device), what,
                                          (json_int_t)value));
}

static bool add_devices(const RvBlkiotune *tune, json_t *block, GError **error)
{
    for (guint i = 0; i < tune->devices->len; i++) {
        const RvBlkioDevice *device = tune->devices->pdata[i];
        dev_t number;
        if (!number_of(device->path, &number, error))
            return false;
        add_limit(block, "weightDevice", number, "weight", device->weight);
        add_limit(block, "throttleReadIOPSDevice", number, "rate", device->read_iops);
        add_limit(block, "throttleWriteIOPSDevice", number, "rate", device->write_iops);
        add_limit(block, "throttleReadBpsDevice", number, "rate", device->read_bytes);
        add_limit(block, "throttleWriteBpsDevice", number, "rate", device->write_bytes);
    }
    return true;
}

json_t *container_resources(const RvDomainDef *def, GError **error)
{
    json_t *block = json_object();
    if (def->blkiotune.weight)
        set_number(block, "weight", def->blkiotune.weight);
    if (!add_devices(&def->blkiotune, block, error)) {
        json_decref(block);
        return NULL;
    }
    json_t *resources = json_pack("{s:o, s:o, s:o, s:{s:i}}", "devices", devices(def), "memory",
                                  memory(def), "cpu", cpu(def), "pids", "limit", MAX_PROCESSES);
    if (json_object_size(block))
        json_object_set(resources, "blockIO", block);
    json_decref(block);
    return resources;
}
