/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/procedures.h"

#include <string.h>

#include "base/error.h"
#include "daemon/tune.h"

/* How CPUs are shared among guests: by a scheduler of the hypervisor's own, or by the host's kernel
 * as <cputune> says, which libvirt calls "posix". */

enum {
    FLAGS = RV_CHANGE_LIVE | RV_CHANGE_CONFIG,
    STRING_OKAY = 1 << 2, /* none of it is a string */
    DEFAULT_SHARES = 1024,
    DEFAULT_PERIOD = 100000,
    PERIOD_MIN = 1000, /* us, as the kernel has it */
    PERIOD_MAX = 1000000,
};
#define QUOTA_MAX 17592186044415u

#define PERIOD(field_, name_)                                                                      \
    {.name = name_, .type = WIRE_PARAM_ULLONG, .at = offsetof(RvDomainDef, cputune.field_),        \
     .running = DEFAULT_PERIOD, .min = PERIOD_MIN, .max = PERIOD_MAX, .keeps = true}
#define QUOTA(field_, name_)                                                                       \
    {.name = name_, .type = WIRE_PARAM_LLONG, .at = offsetof(RvDomainDef, cputune.field_),         \
     .running = -1, .min = PERIOD_MIN, .max = QUOTA_MAX, .keeps = true}

static const RvTuneParam posix[] = {
    {.name = "cpu_shares", .type = WIRE_PARAM_ULLONG, .at = offsetof(RvDomainDef, cputune.shares),
     .absent = -1, .running = DEFAULT_SHARES, .max = INT64_MAX},
    PERIOD(period, "vcpu_period"),
    QUOTA(quota, "vcpu_quota"),
    PERIOD(emulator_period, "emulator_period"),
    QUOTA(emulator_quota, "emulator_quota"),
    PERIOD(global_period, "global_period"),
    QUOTA(global_quota, "global_quota"),
    PERIOD(iothread_period, "iothread_period"),
    QUOTA(iothread_quota, "iothread_quota"),
};
enum { WITHOUT_THREADS = 3 };
G_STATIC_ASSERT(G_N_ELEMENTS(posix) <= WIRE_TUNE_PARAMS_MAX);

static size_t n_posix(const RvCall *call)
{
    const RvTuneOps *tune = call->domain->driver->tune;
    return tune && tune->has_threads ? G_N_ELEMENTS(posix) : WITHOUT_THREADS;
}

static bool has_own(const RvCall *call)
{
    const RvTuneOps *tune = call->domain->driver->tune;
    return tune && tune->get_schedule;
}

/* ---- The hypervisor's own ------------------------------------------------------------------- */

static bool parse_schedule(const RvTuneParams *given, RvSchedule *schedule, GError **error)
{
    static const RvTuneParam known[] = {{.name = "weight", .type = WIRE_PARAM_UINT},
                                        {.name = "cap", .type = WIRE_PARAM_UINT}};
    if (!rv_tune_params_check(given, known, G_N_ELEMENTS(known), error)) {
        rv_error_remedy(error, "a scheduler of a hypervisor's has weight and cap");
        return false;
    }
    for (unsigned i = 0; i < given->n_params; i++) {
        bool weight = strcmp(given->params[i].field, "weight") == 0;
        *(weight ? &schedule->weight : &schedule->cap) =
            given->params[i].value.wire_param_value_u.ui;
        *(weight ? &schedule->has_weight : &schedule->has_cap) = true;
    }
    return true;
}

static bool apply_own(RvDomainDef *def, bool live, const void *args, GError **error)
{
    RvSchedule schedule = {.name = ""};
    if (!parse_schedule(args, &schedule, error))
        return false;
    if (!live && schedule.has_cap) {
        rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED,
                     "a definition has no cap: set it while the domain runs");
        return false;
    }
    if (schedule.has_weight)
        def->cputune.shares = schedule.weight;
    return true;
}

static bool drive_own(RvCall *call, RvGuest *guest, RvDomainDef *def, const void *args,
                      RvOperation *op, GError **error)
{
    const RvTuneOps *tune = guest->driver->tune;
    RvSchedule schedule = {.name = ""};
    return rv_call_has(call, tune && tune->set_schedule, guest->driver, error) &&
           parse_schedule(args, &schedule, error) &&
           tune->set_schedule(guest, &schedule, op, error);
}

static bool read_own(RvCall *call, GError **error)
{
    RvGuest *guest = rv_domain_get_guest(call->domain, error);
    if (!guest)
        return false;
    call->data = g_new0(RvSchedule, 1);
    call->free_data = g_free;
    return guest->driver->tune->get_schedule(guest, call->data, error);
}

static unsigned tell_own(const RvSchedule *schedule, wire_param *params)
{
    const struct {
        const char *name;
        bool has;
        unsigned value;
    } rows[] = {
        {"weight", schedule->has_weight, schedule->weight},
        {"cap", schedule->has_cap, schedule->cap},
    };
    unsigned n = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        wire_param param = {(char *)rows[i].name, {.type = WIRE_PARAM_UINT}};
        param.value.wire_param_value_u.ui = rows[i].value;
        if (rows[i].has)
            params[n++] = param;
    }
    return n;
}

/* ---- Both ----------------------------------------------------------------------------------- */

/* Of what is not running, libvirt tells what it would be scheduled by. */
static bool read_type(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    return !has_own(call) || read_own(call, error);
}

static bool tell_type(RvCall *call, const void *args, void *ret, GError **error)
{
    RvSchedule *schedule = call->data;
    wire_domain_scheduler_type_ret *told = ret;
    told->name = schedule ? schedule->name : (char *)"posix";
    told->count = schedule ? schedule->has_weight + schedule->has_cap : (int)n_posix(call);
    return true;
}

static bool read_schedule(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    return has_own(call) ? read_own(call, error) : rv_tune_read(call, args, op, error);
}

static bool tell_schedule(RvCall *call, const void *args, void *ret, GError **error)
{
    wire_domain_scheduler_ret *told = ret;
    int max = ((const wire_domain_get_scheduler_args *)args)->max;
    unsigned n = (unsigned)n_posix(call);
    told->params.params_val = rv_call_alloc(call, G_N_ELEMENTS(posix), sizeof(wire_param));
    if (has_own(call))
        n = tell_own(call->data, told->params.params_val);
    else
        rv_tune_params_tell(call->data, posix, n, told->params.params_val);
    told->params.params_len = MIN(n, (unsigned)MAX(max, 0));
    return true;
}

typedef struct {
    RvTuneParams given;
    size_t n_known;
} Wish;

static bool apply_posix(RvDomainDef *def, bool live, const void *args, GError **error)
{
    const Wish *wish = args;
    return rv_tune_params_put(&wish->given, posix, wish->n_known, def, live, error);
}

static bool set_schedule(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    const wire_domain_set_scheduler_args *list = args; /* the other arguments begin so, too */
    unsigned flags = call->procedure->flags_at ? rv_call_flags(call) : RV_CHANGE_LIVE;
    const Wish wish = {{list->params.params_val, list->params.params_len}, n_posix(call)};
    if (has_own(call))
        return rv_change_make(call, &wish.given, flags, apply_own, drive_own, op, error);
    return rv_tune_params_check(&wish.given, posix, wish.n_known, error) &&
           rv_tune_change(call, &wish, flags, RV_TUNE_CPU, apply_posix, op, error);
}

/* ---- Rows ----------------------------------------------------------------------------------- */

#define MODIFY(type)                                                                               \
    RV_PROC_ARGS(type), .right = RV_RIGHT_WRITE, .target = RV_TARGET_DOMAIN, .job = RV_JOB_MODIFY, \
        .finish = rv_change_publish
#define READ(type) RV_PROC_ARGS(type), .right = RV_RIGHT_READ, .target = RV_TARGET_DOMAIN

static const RvProcedure rows[] = {
    {.number = WIRE_DOMAIN_GET_SCHEDULER_TYPE, .name = "domain-get-scheduler-type",
     READ(wire_domain_args), RV_PROC_RET(wire_domain_scheduler_type_ret),
     .work = read_type, .finish = tell_type},

    {.number = WIRE_DOMAIN_GET_SCHEDULER_PARAMETERS, .name = "domain-get-scheduler-parameters",
     READ(wire_domain_get_scheduler_args), RV_PROC_RET(wire_domain_scheduler_ret),
     .work = read_schedule, .finish = tell_schedule},

    {.number = WIRE_DOMAIN_SET_SCHEDULER_PARAMETERS, .name = "domain-set-scheduler-parameters",
     MODIFY(wire_domain_set_scheduler_args), .work = set_schedule},

    {.number = WIRE_DOMAIN_SET_SCHEDULER_PARAMETERS_FLAGS,
     .name = "domain-set-scheduler-parameters-flags",
     MODIFY(wire_domain_set_params_args), RV_PROC_FLAGS(wire_domain_set_params_args, FLAGS),
     .work = set_schedule},

    {.number = WIRE_DOMAIN_GET_SCHEDULER_PARAMETERS_FLAGS,
     .name = "domain-get-scheduler-parameters-flags",
     READ(wire_domain_get_params_args),
     RV_PROC_FLAGS(wire_domain_get_params_args, FLAGS | STRING_OKAY),
     RV_PROC_RET(wire_domain_scheduler_ret), .work = read_schedule, .finish = tell_schedule},
};
const RvProcedureTable rv_procedures_schedule = RV_PROCEDURE_TABLE(rows);
