/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/limits.h"

#include <errno.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cgroup-dir.h"
#include "base/error.h"
#include "base/file.h"

enum { DEFAULT_SHARES = 1024, DEFAULT_WEIGHT = 100, MAX_WEIGHT = 10000, DEFAULT_PERIOD = 100000 };

/* ---- Values, to be freed; NULL: nothing is said that could be written ----------------------- */

static char *bytes(uint64_t kib, const char *none)
{
    return kib ? g_strdup_printf("%" G_GUINT64_FORMAT, kib * 1024) : g_strdup(none);
}

static char *memory_v1(const RvDomainDef *def)
{
    return bytes(rv_domain_def_memory_limit(def), "-1");
}

static char *memory_v2(const RvDomainDef *def)
{
    return bytes(rv_domain_def_memory_limit(def), "max");
}

/* Memory and swap together, as definitions have it. */
static char *swap_v1(const RvDomainDef *def)
{
    return bytes(def->memtune.swap_hard_limit, "-1");
}

static char *swap_v2(const RvDomainDef *def)
{
    uint64_t both = def->memtune.swap_hard_limit, memory = rv_domain_def_memory_limit(def);
    if (!both || !memory)
        return g_strdup("max");
    return both > memory ? bytes(both - memory, NULL) : g_strdup("0");
}

static char *soft_v1(const RvDomainDef *def)
{
    return bytes(def->memtune.soft_limit, "-1");
}

/* What of it is not taken away as long as others have more than theirs. */
static char *soft_v2(const RvDomainDef *def)
{
    return bytes(def->memtune.soft_limit, "0");
}

static char *shares_v1(const RvDomainDef *def)
{
    int64_t shares = def->cputune.shares;
    return g_strdup_printf("%" G_GINT64_FORMAT, shares >= 0 ? shares : DEFAULT_SHARES);
}

/* The same proportion to what others have who were given nothing. */
static char *shares_v2(const RvDomainDef *def)
{
    int64_t shares = def->cputune.shares;
    if (shares < 0)
        shares = DEFAULT_SHARES;
    shares = MIN(shares, (int64_t)MAX_WEIGHT * DEFAULT_SHARES) * DEFAULT_WEIGHT / DEFAULT_SHARES;
    return g_strdup_printf("%" G_GINT64_FORMAT, CLAMP(shares, 1, MAX_WEIGHT));
}

static uint64_t period(const RvDomainDef *def)
{
    return def->cputune.period ? def->cputune.period : DEFAULT_PERIOD;
}

static char *period_v1(const RvDomainDef *def)
{
    return g_strdup_printf("%" G_GUINT64_FORMAT, period(def));
}

static char *quota_v1(const RvDomainDef *def)
{
    return g_strdup_printf("%" G_GINT64_FORMAT,
                           def->cputune.quota > 0 ? def->cputune.quota : (int64_t)-1);
}

static char *quota_v2(const RvDomainDef *def)
{
    if (def->cputune.quota <= 0)
        return g_strdup_printf("max %" G_GUINT64_FORMAT, period(def));
    return g_strdup_printf("%" G_GINT64_FORMAT " %" G_GUINT64_FORMAT, def->cputune.quota,
                           period(def));
}

static char *cpus(const RvDomainDef *def)
{
    return g_strdup(def->cpuset);
}

static const char *nodes_of(const RvDomainDef *def)
{
    return def->numatune.memory ? def->numatune.memory->nodeset : NULL;
}

static char *nodes(const RvDomainDef *def)
{
    return g_strdup(nodes_of(def));
}

static char *migrate_v1(const RvDomainDef *def)
{
    return g_strdup(nodes_of(def) ? "1" : "0");
}

static char *weight_v1(const RvDomainDef *def)
{
    return def->blkiotune.weight ? g_strdup_printf("%u", def->blkiotune.weight) : NULL;
}

static char *weight_v2(const RvDomainDef *def)
{
    unsigned weight = def->blkiotune.weight;
    return g_strdup_printf("default %u", weight ? weight : DEFAULT_WEIGHT);
}

/* ---- The files ------------------------------------------------------------------------------ */

typedef struct {
    const char *file, *other; /* that other I/O schedulers have in its place; may be NULL */
    char *(*value)(const RvDomainDef *def);
} Place;

typedef struct {
    unsigned what; /* bits of RvTuneWhat that it is a part of */
    const char *controller;
    Place v1, v2;
} Limit;

enum {
    MEMORY = RV_LIMITS_MEMORY,
    CPU = RV_LIMITS_CPU,
    NUMA = RV_LIMITS_NUMA,
    BLOCK_IO = RV_LIMITS_BLOCK_IO,
};

/* In this order; v1 wants a limit of memory with swap not to be below that of memory, so when they
 * rise the first two change places. */
static const Limit limits[] = {
    {MEMORY, "memory", {"memory.limit_in_bytes", NULL, memory_v1}, {"memory.max", NULL, memory_v2}},
    {MEMORY, "memory", {"memory.memsw.limit_in_bytes", NULL, swap_v1},
     {"memory.swap.max", NULL, swap_v2}},
    {MEMORY, "memory", {"memory.soft_limit_in_bytes", NULL, soft_v1},
     {"memory.low", NULL, soft_v2}},
    {CPU, "cpu", {"cpu.shares", NULL, shares_v1}, {"cpu.weight", NULL, shares_v2}},
    {CPU, "cpu", {"cpu.cfs_period_us", NULL, period_v1}, {"cpu.max", NULL, quota_v2}},
    {CPU, "cpu", {"cpu.cfs_quota_us", NULL, quota_v1}, {NULL, NULL, NULL}},
    {CPU, "cpuset", {"cpuset.cpus", NULL, cpus}, {"cpuset.cpus", NULL, cpus}},
    {NUMA, "cpuset", {"cpuset.memory_migrate", NULL, migrate_v1}, {NULL, NULL, NULL}},
    {NUMA, "cpuset", {"cpuset.mems", NULL, nodes}, {"cpuset.mems", NULL, nodes}},
    {BLOCK_IO, "blkio", {"blkio.bfq.weight", "blkio.weight", weight_v1},
     {"io.bfq.weight", "io.weight", weight_v2}},
};
enum { LIMIT_MEMORY, LIMIT_SWAP };

typedef struct {
    const RvLimitsPlace *place;
    const RvDomainDef *from, *to; /* what holds, and what is to hold */
    unsigned what;
    bool again; /* what stays as it was is written all the same: somebody may have changed it */
    GError **error;
} Change;

static bool refuse(const Change *change, int fault, const char *controller, const char *folder,
                   const char *file, const char *value)
{
    if (!folder || fault == ENOENT) {
        rv_error_set(change->error, RV_ERR_OPERATION_INVALID,
                     "this host's kernel does not offer '%s' to guests here", file);
        rv_error_remedy(change->error, "it needs the cgroup controller '%s', and for weights of "
                        "block devices the I/O scheduler bfq", controller);
    } else {
        rv_error_set_errno(change->error, fault, "cannot set '%s/%s' to '%s'", folder, file,
                           value);
    }
    if (fault == EBUSY)
        rv_error_remedy(change->error, "it has more in use, which could not be taken from it");
    if (fault == EOPNOTSUPP)
        rv_error_remedy(change->error, "the disk's I/O scheduler knows no weights: echo bfq "
                                       ">/sys/block/DISK/queue/scheduler");
    if (fault == ENODEV)
        rv_error_remedy(change->error, "limits are for whole disks, not for partitions");
    return false;
}

static bool put(const Change *change, const char *controller, const char *file, const char *other,
                const char *value)
{
    g_autofree char *folder = change->place->folder(change->place->data, controller);
    int fault = folder ? rv_cgroup_dir_write(folder, file, value) : ENOENT;
    if (fault == ENOENT && folder && other)
        fault = rv_cgroup_dir_write(folder, other, value);
    return fault == 0 || refuse(change, fault, controller, folder, file, value);
}

static bool has_file(const Change *change, const char *controller, const Place *place)
{
    g_autofree char *folder = change->place->folder(change->place->data, controller);
    g_autofree char *path = g_build_filename(folder ? folder : "/nowhere", place->file, NULL);
    return access(path, F_OK) == 0;
}

static bool set_one(const Change *change, const Limit *limit)
{
    const Place *place = change->place->v2 ? &limit->v2 : &limit->v1;
    if (!place->file || !(limit->what & change->what))
        return true;
    g_autofree char *before = place->value(change->from), *value = place->value(change->to);
    bool same = g_strcmp0(before, value) == 0;
    if (!value || (same && (!change->again || !has_file(change, limit->controller, place))))
        return true;
    return put(change, limit->controller, place->file, place->other, value);
}

/* ---- Single block devices ------------------------------------------------------------------- */

typedef struct {
    size_t at, size; /* of an unsigned or a uint64_t in RvBlkioDevice */
    const char *v1, *other_v1; /* files */
    const char *v2;            /* a key of io.max; NULL: io.bfq.weight or io.weight */
} DeviceLimit;

#define PLACE(field) offsetof(RvBlkioDevice, field), sizeof(((RvBlkioDevice *)NULL)->field)
static const DeviceLimit device_limits[] = {
    {PLACE(weight), "blkio.bfq.weight_device", "blkio.weight_device", NULL},
    {PLACE(read_iops), "blkio.throttle.read_iops_device", NULL, "riops"},
    {PLACE(write_iops), "blkio.throttle.write_iops_device", NULL, "wiops"},
    {PLACE(read_bytes), "blkio.throttle.read_bps_device", NULL, "rbps"},
    {PLACE(write_bytes), "blkio.throttle.write_bps_device", NULL, "wbps"},
};

static uint64_t limit_of(const RvBlkioDevice *device, const DeviceLimit *limit)
{
    if (!device)
        return 0;
    const void *at = (const char *)device + limit->at;
    return limit->size == sizeof(uint64_t) ? *(const uint64_t *)at : *(const unsigned *)at;
}

static const RvBlkioDevice *find_device(const RvDomainDef *def, const char *path)
{
    for (guint i = 0; i < def->blkiotune.devices->len; i++) {
        const RvBlkioDevice *device = def->blkiotune.devices->pdata[i];
        if (strcmp(device->path, path) == 0)
            return device;
    }
    return NULL;
}

static bool set_device_limit(const Change *change, const DeviceLimit *limit, const char *number,
                             uint64_t value)
{
    bool v2 = change->place->v2;
    g_autofree char *plain = g_strdup_printf("%s %" G_GUINT64_FORMAT, number, value);
    if (!v2)
        return put(change, "blkio", limit->v1, limit->other_v1, plain);
    if (!limit->v2) {
        g_autofree char *weight = value ? g_steal_pointer(&plain)
                                        : g_strdup_printf("%s default", number);
        return put(change, "io", "io.bfq.weight", "io.weight", weight);
    }
    g_autofree char *key = value ? g_strdup_printf("%s %s=%" G_GUINT64_FORMAT, number, limit->v2,
                                                   value)
                                 : g_strdup_printf("%s %s=max", number, limit->v2);
    return put(change, "io", "io.max", NULL, key);
}

static bool set_device(const Change *change, const char *path)
{
    const RvBlkioDevice *before = find_device(change->from, path);
    const RvBlkioDevice *after = find_device(change->to, path);
    dev_t device;
    if (!rv_file_block_device(path, &device, change->error))
        return false;
    g_autofree char *number = g_strdup_printf("%u:%u", major(device), minor(device));
    for (size_t i = 0; i < G_N_ELEMENTS(device_limits); i++) {
        const DeviceLimit *limit = &device_limits[i];
        uint64_t value = limit_of(after, limit);
        if (value != limit_of(before, limit) && !set_device_limit(change, limit, number, value))
            return false;
    }
    return true;
}

static bool set_devices(const Change *change)
{
    const GPtrArray *after = change->to->blkiotune.devices;
    const GPtrArray *before = change->from->blkiotune.devices;
    for (guint i = 0; i < after->len; i++)
        if (!set_device(change, ((const RvBlkioDevice *)after->pdata[i])->path))
            return false;
    /* One that is gone from the host is limited no more. */
    for (guint i = 0; i < before->len; i++) {
        const RvBlkioDevice *device = before->pdata[i];
        if (!find_device(change->to, device->path) && access(device->path, F_OK) == 0 &&
            !set_device(change, device->path))
            return false;
    }
    return true;
}

/* ---- All of it ------------------------------------------------------------------------------ */

static bool is_rising(const Change *change)
{
    uint64_t before = rv_domain_def_memory_limit(change->from);
    uint64_t after = rv_domain_def_memory_limit(change->to);
    return before && (!after || after > before);
}

static bool set_all(const Change *change)
{
    bool rising = is_rising(change);
    for (size_t i = 0; i < G_N_ELEMENTS(limits); i++) {
        size_t at = !rising             ? i
                    : i == LIMIT_MEMORY ? LIMIT_SWAP
                    : i == LIMIT_SWAP   ? LIMIT_MEMORY
                                        : i;
        if (!set_one(change, &limits[at]))
            return false;
    }
    return !(change->what & BLOCK_IO) || set_devices(change);
}

bool rv_limits_start(const RvLimitsPlace *place, const RvDomainDef *def, unsigned what,
                     GError **error)
{
    g_autoptr(RvDomainDef) none = rv_domain_def_new();
    const Change change = {place, none, def, what, false, error};
    return set_all(&change);
}

bool rv_limits_change(const RvLimitsPlace *place, const RvDomainDef *from, const RvDomainDef *to,
                      RvTuneWhat what, GError **error)
{
    const Change change = {place, from, to, 1u << what, true, error};
    if (set_all(&change))
        return true;
    const Change back = {place, to, from, 1u << what, true, NULL};
    (void)set_all(&back);
    return false;
}
