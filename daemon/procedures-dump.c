/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/procedures.h"

#include "base/error.h"
#include "daemon/lifecycle.h"

/* libvirt's virDomainCoreDumpFlags. */
enum {
    DUMP_CRASH = 1 << 0, /* destroy it then */
    DUMP_LIVE = 1 << 1,
    DUMP_BYPASS_CACHE = 1 << 2, /* as the driver likes */
    DUMP_RESET = 1 << 3,
    DUMP_MEMORY_ONLY = 1 << 4, /* what is dumped is memory */
    DUMP_FLAGS = DUMP_CRASH | DUMP_LIVE | DUMP_BYPASS_CACHE | DUMP_RESET | DUMP_MEMORY_ONLY,
};

static bool check(RvCall *call, const void *args, void *ret, GError **error)
{
    const char *path = ((const wire_domain_core_dump_args *)args)->path;
    unsigned flags = rv_call_flags(call), last = flags & (DUMP_CRASH | DUMP_LIVE | DUMP_RESET);
    if (last & (last - 1)) {
        rv_error_set(error, RV_ERR_INVALID_ARG,
                     "crash, live and reset exclude each other in a dump");
        return false;
    }
    if (!g_path_is_absolute(path)) {
        rv_error_set(error, RV_ERR_INVALID_ARG, "'%s' is no absolute path", path);
        return false;
    }
    return true;
}

/* A guest that is not to stop is dumped as it changes. */
static bool dump_memory(RvGuest *guest, bool running, const char *path, unsigned flags,
                        RvOperation *op, GError **error)
{
    const RvLifeOps *life = guest->driver->life;
    bool pauses = running && !(flags & DUMP_LIVE);
    g_autoptr(GError) fault = NULL;
    if (pauses && !life->suspend(guest, op, error))
        return false;
    bool ok = life->dump(guest, path, op, error);
    if (ok && flags & DUMP_CRASH)
        return true;
    if (pauses && !life->resume(guest, op, ok ? error : &fault))
        return false;
    return ok;
}

static bool dump(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    unsigned flags = rv_call_flags(call);
    RvGuest *guest = rv_domain_get_guest(call->domain, error);
    if (!guest || !rv_call_has(call, guest->driver->life->dump, guest->driver, error) ||
        !dump_memory(guest, call->view->state == RV_DOMAIN_RUNNING,
                     ((const wire_domain_core_dump_args *)args)->path, flags, op, error))
        return false;
    if (flags & DUMP_CRASH)
        return rv_lifecycle_destroy(call->domain, false, op, error);
    return !(flags & DUMP_RESET) || guest->driver->life->reset(guest, op, error);
}

static bool dumped(RvCall *call, const void *args, void *ret, GError **error)
{
    if (rv_call_flags(call) & DUMP_CRASH && call->domain->instance)
        rv_lifecycle_stopped(call->domain, RV_SHUTOFF_CRASHED);
    return true;
}

static const RvProcedure rows[] = {
    {.number = WIRE_DOMAIN_CORE_DUMP, .name = "domain-core-dump",
     RV_PROC_ARGS(wire_domain_core_dump_args),
     RV_PROC_FLAGS(wire_domain_core_dump_args, DUMP_FLAGS), .right = RV_RIGHT_WRITE,
     .target = RV_TARGET_DOMAIN, .need = RV_NEED_ACTIVE, .job = RV_JOB_DUMP,
     .answer = check, .work = dump, .finish = dumped},
};
const RvProcedureTable rv_procedures_dump = RV_PROCEDURE_TABLE(rows);
