/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <libxl_utils.h>
#include <string.h>

#include "base/error.h"
#include "drivers/xen/toolstack/session.h"

static bool judge(Session *session, int rc, const char *what, uint32_t domid, GError **error)
{
    if (rc != 0)
        session_fail(session, rc, error, "cannot %s domain %u", what, domid);
    return rc == 0;
}

static uint64_t get_u64(const json_t *arguments, const char *name)
{
    return (uint64_t)json_integer_value(json_object_get(arguments, name));
}

/* ---- Memory --------------------------------------------------------------------------------- */

/* {"target-kib"}: what the balloon leaves to the guest; {"max-kib"}: what it can have at most. */
static bool set_memory(Session *session, const json_t *arguments, json_t **ret, GError **error)
{
    libxl_ctx *ctx = session_ctx(session);
    uint32_t domid;
    uint64_t target = get_u64(arguments, "target-kib"), most = get_u64(arguments, "max-kib");
    if (!session_find(session, arguments, &domid, error))
        return false;
    if (most && !judge(session, libxl_domain_setmaxmem(ctx, domid, most), "limit the memory of",
                       domid, error))
        return false;
    return !target ||
           judge(session, libxl_set_memory_target(ctx, domid, (int64_t)target, 0, 1),
                 "set the memory of", domid, error);
}

/* ---- vCPUs ---------------------------------------------------------------------------------- */

static bool read_bitmap(Session *session, const json_t *list, int bits, libxl_bitmap *map,
                        GError **error)
{
    size_t i;
    json_t *bit;
    if (libxl_cpu_bitmap_alloc(session_ctx(session), map, bits) != 0) {
        session_fail(session, ERROR_NOMEM, error, "cannot make a set of CPUs");
        return false;
    }
    json_array_foreach(list, i, bit)
        if (json_integer_value(bit) >= 0 && json_integer_value(bit) < (json_int_t)map->size * 8)
            libxl_bitmap_set(map, (int)json_integer_value(bit));
    return true;
}

/* {"count"}: the first so many are online. */
static bool set_vcpus(Session *session, const json_t *arguments, json_t **ret, GError **error)
{
    libxl_ctx *ctx = session_ctx(session);
    uint32_t domid;
    uint64_t count = get_u64(arguments, "count");
    libxl_bitmap map;
    libxl_bitmap_init(&map);
    if (!session_find(session, arguments, &domid, error))
        return false;
    if (libxl_cpu_bitmap_alloc(ctx, &map, (int)count) != 0) {
        session_fail(session, ERROR_NOMEM, error, "cannot make a set of %" G_GUINT64_FORMAT " CPUs",
                     count);
        return false;
    }
    for (uint64_t i = 0; i < count; i++)
        libxl_bitmap_set(&map, (int)i);
    bool ok = judge(session, libxl_set_vcpuonline(ctx, domid, &map, NULL), "set the vCPUs of",
                    domid, error);
    libxl_bitmap_dispose(&map);
    return ok;
}

/* {"vcpu", "cpus": [N, ...]} */
static bool pin_vcpu(Session *session, const json_t *arguments, json_t **ret, GError **error)
{
    uint32_t domid;
    libxl_bitmap map;
    libxl_bitmap_init(&map);
    if (!session_find(session, arguments, &domid, error) ||
        !read_bitmap(session, json_object_get(arguments, "cpus"), 0, &map, error))
        return false;
    int rc = libxl_set_vcpuaffinity(session_ctx(session), domid,
                                    (uint32_t)get_u64(arguments, "vcpu"), &map, NULL);
    libxl_bitmap_dispose(&map);
    return judge(session, rc, "pin a vCPU of", domid, error);
}

/* ---- Scheduler ------------------------------------------------------------------------------ */

static json_t *pack_sched(const libxl_domain_sched_params *params)
{
    return json_pack("{s:s,s:i,s:i}", "scheduler", libxl_scheduler_to_string(params->sched),
                     "weight", params->weight, "cap", params->cap);
}

/* {"weight", "cap"}, each may be absent; answers with all that hold then. */
static bool schedule(Session *session, const json_t *arguments, json_t **ret, GError **error)
{
    libxl_ctx *ctx = session_ctx(session);
    uint32_t domid;
    libxl_domain_sched_params params;
    const json_t *weight = json_object_get(arguments, "weight");
    const json_t *cap = json_object_get(arguments, "cap");
    if (!session_find(session, arguments, &domid, error))
        return false;
    libxl_domain_sched_params_init(&params);
    int rc = libxl_domain_sched_params_get(ctx, domid, &params);
    if (weight)
        params.weight = (int)json_integer_value(weight);
    if (cap)
        params.cap = (int)json_integer_value(cap);
    if (rc == 0 && (weight || cap))
        rc = libxl_domain_sched_params_set(ctx, domid, &params);
    if (rc == 0)
        *ret = pack_sched(&params);
    libxl_domain_sched_params_dispose(&params);
    return judge(session, rc, "schedule", domid, error);
}

const Operation change_operations[] = {
    {"set-memory", set_memory},
    {"set-vcpus", set_vcpus},
    {"pin", pin_vcpu},
    {"schedule", schedule},
    {NULL, NULL},
};
