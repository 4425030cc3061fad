/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/procedures.h"

#include <string.h>

#include "base/error.h"
#include "daemon/change.h"

/* libvirt's virDomainModificationImpact, virDomainMemoryModFlags and virDomainVcpuFlags. */
enum {
    LIVE = RV_CHANGE_LIVE,
    MAXIMUM = 1 << 2,
    FLAGS = RV_CHANGE_LIVE | RV_CHANGE_CONFIG,
};

static bool refuse(GError **error, RvErrorCode code, const char *why)
{
    rv_error_set(error, code, "%s", why);
    rv_error_source(error, RV_ERROR_SOURCE_DOMAIN);
    return false;
}

/* ---- Memory --------------------------------------------------------------------------------- */

static bool apply_memory(RvDomainDef *def, bool live, const void *args, GError **error)
{
    uint64_t kib = ((const wire_domain_set_memory_args *)args)->kib;
    if (kib == 0 || kib > def->max_memory_kib) {
        rv_error_set(error, RV_ERR_INVALID_ARG,
                     "cannot set memory to %" G_GUINT64_FORMAT " KiB: its maximum is %" G_GUINT64_FORMAT,
                     kib, def->max_memory_kib);
        return false;
    }
    def->memory_kib = kib;
    return true;
}

static bool apply_max_memory(RvDomainDef *def, bool live, const void *args, GError **error)
{
    uint64_t kib = ((const wire_domain_set_memory_args *)args)->kib;
    if (live)
        return refuse(error, RV_ERR_OPERATION_INVALID,
                      "cannot resize the maximum memory on an active domain");
    if (kib == 0)
        return refuse(error, RV_ERR_INVALID_ARG, "a domain cannot be without memory");
    def->max_memory_kib = kib;
    def->memory_kib = MIN(def->memory_kib, kib);
    return true;
}

static bool drive_memory(RvCall *call, RvGuest *guest, RvDomainDef *def, const void *args,
                         RvOperation *op, GError **error)
{
    const RvTuneOps *tune = guest->driver->tune;
    return rv_call_has(call, tune && tune->set_memory, guest->driver, error) &&
           tune->set_memory(guest, ((const wire_domain_set_memory_args *)args)->kib, op, error);
}

static bool set_memory(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    unsigned flags = call->procedure->flags_at ? rv_call_flags(call) : LIVE;
    return rv_change_make(call, args, flags & FLAGS,
                          flags & MAXIMUM ? apply_max_memory : apply_memory, drive_memory, op,
                          error);
}

static bool set_max_memory(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    return rv_change_make(call, args, 0, apply_max_memory, drive_memory, op, error);
}

/* ---- vCPUs ---------------------------------------------------------------------------------- */

static bool apply_vcpus(RvDomainDef *def, bool live, const void *args, GError **error)
{
    unsigned count = ((const wire_domain_set_vcpus_args *)args)->count;
    if (count == 0 || count > def->max_vcpus) {
        rv_error_set(error, RV_ERR_INVALID_ARG,
                     "cannot set %u vCPUs: the domain's maximum is %u", count, def->max_vcpus);
        return false;
    }
    def->vcpus = count;
    return true;
}

static bool apply_max_vcpus(RvDomainDef *def, bool live, const void *args, GError **error)
{
    unsigned count = ((const wire_domain_set_vcpus_args *)args)->count;
    if (live)
        return refuse(error, RV_ERR_INVALID_ARG,
                      "the most vCPUs a domain can have is fixed while it runs");
    if (count == 0)
        return refuse(error, RV_ERR_INVALID_ARG, "a domain cannot be without vCPUs");
    def->max_vcpus = count;
    def->vcpus = MIN(def->vcpus, count);
    return true;
}

static bool drive_vcpus(RvCall *call, RvGuest *guest, RvDomainDef *def, const void *args,
                        RvOperation *op, GError **error)
{
    const RvTuneOps *tune = guest->driver->tune;
    return rv_call_has(call, tune && tune->set_vcpus, guest->driver, error) &&
           tune->set_vcpus(guest, ((const wire_domain_set_vcpus_args *)args)->count, op, error);
}

static bool set_vcpus(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    unsigned flags = call->procedure->flags_at ? rv_call_flags(call) : LIVE;
    return rv_change_make(call, args, flags & FLAGS,
                          flags & MAXIMUM ? apply_max_vcpus : apply_vcpus, drive_vcpus, op, error);
}

/* ---- Pins ----------------------------------------------------------------------------------- */

/* "0-3,8"; NULL: none. */
static char *format_map(const unsigned char *map, unsigned len)
{
    GString *text = g_string_new(NULL);
    for (unsigned cpu = 0; cpu < len * 8; cpu++) {
        if (!(map[cpu / 8] & 1 << cpu % 8))
            continue;
        unsigned last = cpu;
        while (last + 1 < len * 8 && map[(last + 1) / 8] & 1 << (last + 1) % 8)
            last++;
        g_string_append_printf(text, "%s%u", text->len ? "," : "", cpu);
        if (last > cpu)
            g_string_append_printf(text, "-%u", last);
        cpu = last;
    }
    return g_string_free(text, text->len == 0);
}

static bool apply_pin(RvDomainDef *def, bool live, const void *args, GError **error)
{
    const wire_domain_pin_vcpu_args *wish = args;
    g_autofree char *cpus = format_map((const unsigned char *)wish->map.map_val, wish->map.map_len);
    if (!cpus)
        return refuse(error, RV_ERR_INVALID_ARG, "Empty cpu list for pinning");
    if (wish->vcpu >= def->max_vcpus) {
        rv_error_set(error, RV_ERR_INVALID_ARG, "there is no vCPU %u: the domain has %u",
                     wish->vcpu, def->max_vcpus);
        return false;
    }
    GPtrArray *pins = def->cputune.vcpu_pins;
    guint place = 0;
    while (place < pins->len && ((RvPin *)pins->pdata[place])->thread < wish->vcpu)
        place++;
    if (place == pins->len || ((RvPin *)pins->pdata[place])->thread != wish->vcpu) {
        RvPin *made = g_new0(RvPin, 1);
        made->thread = wish->vcpu;
        g_ptr_array_insert(pins, (gint)place, made);
    }
    RvPin *pin = pins->pdata[place];
    g_free(pin->cpuset);
    pin->cpuset = g_steal_pointer(&cpus);
    return true;
}

static bool drive_pin(RvCall *call, RvGuest *guest, RvDomainDef *def, const void *args,
                      RvOperation *op, GError **error)
{
    const wire_domain_pin_vcpu_args *wish = args;
    const RvTuneOps *tune = guest->driver->tune;
    return rv_call_has(call, tune && tune->pin_vcpu, guest->driver, error) &&
           tune->pin_vcpu(guest, wish->vcpu, (const unsigned char *)wish->map.map_val,
                          wish->map.map_len, op, error);
}

static bool pin_vcpu(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    unsigned flags = call->procedure->flags_at ? rv_call_flags(call) : LIVE;
    return rv_change_make(call, args, flags, apply_pin, drive_pin, op, error);
}

/* ---- Scheduler ------------------------------------------------------------------------------ */

static bool read_schedule(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    RvGuest *guest = rv_domain_get_guest(call->domain, error);
    if (!guest || !rv_call_has(call, guest->driver->tune && guest->driver->tune->get_schedule,
                               guest->driver, error))
        return false;
    call->data = g_new0(RvSchedule, 1);
    call->free_data = g_free;
    return guest->driver->tune->get_schedule(guest, call->data, error);
}

static bool tell_type(RvCall *call, const void *args, void *ret, GError **error)
{
    RvSchedule *schedule = call->data;
    wire_domain_scheduler_type_ret *told = ret;
    told->name = schedule->name;
    told->count = schedule->has_weight + schedule->has_cap;
    return true;
}

static bool tell_schedule(RvCall *call, const void *args, void *ret, GError **error)
{
    const RvSchedule *schedule = call->data;
    wire_domain_scheduler_ret *told = ret;
    int max = ((const wire_domain_get_scheduler_args *)args)->max;
    const struct {
        const char *name;
        bool has;
        unsigned value;
    } rows[] = {
        {"weight", schedule->has_weight, schedule->weight},
        {"cap", schedule->has_cap, schedule->cap},
    };
    told->params.params_val = rv_call_alloc(call, G_N_ELEMENTS(rows), sizeof(wire_param));
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (!rows[i].has || (int)told->params.params_len >= max)
            continue;
        wire_param *param = &told->params.params_val[told->params.params_len++];
        param->field = (char *)rows[i].name;
        param->value.type = WIRE_PARAM_UINT;
        param->value.wire_param_value_u.ui = rows[i].value;
    }
    return true;
}

static bool parse_schedule(const wire_domain_set_scheduler_args *args, RvSchedule *schedule,
                           GError **error)
{
    for (u_int i = 0; i < args->params.params_len; i++) {
        const wire_param *param = &args->params.params_val[i];
        bool weight = strcmp(param->field, "weight") == 0;
        if ((!weight && strcmp(param->field, "cap") != 0) ||
            param->value.type != WIRE_PARAM_UINT) {
            rv_error_set(error, RV_ERR_INVALID_ARG,
                         "parameter '%s' not supported: a scheduler has weight and cap, both "
                         "unsigned numbers",
                         param->field);
            return false;
        }
        unsigned value = param->value.wire_param_value_u.ui;
        *(weight ? &schedule->weight : &schedule->cap) = value;
        *(weight ? &schedule->has_weight : &schedule->has_cap) = true;
    }
    return true;
}

static bool apply_schedule(RvDomainDef *def, bool live, const void *args, GError **error)
{
    RvSchedule schedule = {.name = ""};
    if (!parse_schedule(args, &schedule, error))
        return false;
    if (!live && schedule.has_cap)
        return refuse(error, RV_ERR_CONFIG_UNSUPPORTED,
                      "a definition has no cap: set it while the domain runs");
    if (schedule.has_weight)
        def->cputune.shares = schedule.weight;
    return true;
}

static bool drive_schedule(RvCall *call, RvGuest *guest, RvDomainDef *def, const void *args,
                           RvOperation *op, GError **error)
{
    const RvTuneOps *tune = guest->driver->tune;
    RvSchedule schedule = {.name = ""};
    return rv_call_has(call, tune && tune->set_schedule, guest->driver, error) &&
           parse_schedule(args, &schedule, error) &&
           tune->set_schedule(guest, &schedule, op, error);
}

static bool set_schedule(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    unsigned flags = call->procedure->flags_at ? rv_call_flags(call) : LIVE;
    return rv_change_make(call, args, flags, apply_schedule, drive_schedule, op, error);
}

/* ---- Rows ----------------------------------------------------------------------------------- */

#define MODIFY(type)                                                                               \
    RV_PROC_ARGS(type), .right = RV_RIGHT_WRITE, .target = RV_TARGET_DOMAIN, .job = RV_JOB_MODIFY, \
        .finish = rv_change_publish
#define READ_ACTIVE(type)                                                                          \
    RV_PROC_ARGS(type), .right = RV_RIGHT_READ, .target = RV_TARGET_DOMAIN, .need = RV_NEED_ACTIVE

static const RvProcedure rows[] = {
    {.number = WIRE_DOMAIN_PIN_VCPU, .name = "domain-pin-vcpu",
     MODIFY(wire_domain_pin_vcpu_args), .work = pin_vcpu},

    {.number = WIRE_DOMAIN_SET_MAX_MEMORY, .name = "domain-set-max-memory",
     MODIFY(wire_domain_set_memory_args), .work = set_max_memory},

    {.number = WIRE_DOMAIN_SET_MEMORY, .name = "domain-set-memory",
     MODIFY(wire_domain_set_memory_args), .work = set_memory},

    {.number = WIRE_DOMAIN_SET_VCPUS, .name = "domain-set-vcpus",
     MODIFY(wire_domain_set_vcpus_args), .work = set_vcpus},

    {.number = WIRE_DOMAIN_GET_SCHEDULER_TYPE, .name = "domain-get-scheduler-type",
     READ_ACTIVE(wire_domain_args), RV_PROC_RET(wire_domain_scheduler_type_ret),
     .work = read_schedule, .finish = tell_type},

    {.number = WIRE_DOMAIN_GET_SCHEDULER_PARAMETERS, .name = "domain-get-scheduler-parameters",
     READ_ACTIVE(wire_domain_get_scheduler_args), RV_PROC_RET(wire_domain_scheduler_ret),
     .work = read_schedule, .finish = tell_schedule},

    {.number = WIRE_DOMAIN_SET_SCHEDULER_PARAMETERS, .name = "domain-set-scheduler-parameters",
     MODIFY(wire_domain_set_scheduler_args), .work = set_schedule},

    {.number = WIRE_DOMAIN_SET_VCPUS_FLAGS, .name = "domain-set-vcpus-flags",
     MODIFY(wire_domain_set_vcpus_flags_args),
     RV_PROC_FLAGS(wire_domain_set_vcpus_flags_args, FLAGS | MAXIMUM), .work = set_vcpus},

    {.number = WIRE_DOMAIN_SET_MEMORY_FLAGS, .name = "domain-set-memory-flags",
     MODIFY(wire_domain_set_memory_flags_args),
     RV_PROC_FLAGS(wire_domain_set_memory_flags_args, FLAGS | MAXIMUM), .work = set_memory},

    {.number = WIRE_DOMAIN_SET_SCHEDULER_PARAMETERS_FLAGS,
     .name = "domain-set-scheduler-parameters-flags",
     MODIFY(wire_domain_set_scheduler_flags_args),
     RV_PROC_FLAGS(wire_domain_set_scheduler_flags_args, FLAGS), .work = set_schedule},

    {.number = WIRE_DOMAIN_GET_SCHEDULER_PARAMETERS_FLAGS,
     .name = "domain-get-scheduler-parameters-flags",
     READ_ACTIVE(wire_domain_get_scheduler_flags_args),
     RV_PROC_FLAGS(wire_domain_get_scheduler_flags_args, FLAGS | MAXIMUM),
     RV_PROC_RET(wire_domain_scheduler_ret), .work = read_schedule, .finish = tell_schedule},

    {.number = WIRE_DOMAIN_PIN_VCPU_FLAGS, .name = "domain-pin-vcpu-flags",
     MODIFY(wire_domain_pin_vcpu_flags_args),
     RV_PROC_FLAGS(wire_domain_pin_vcpu_flags_args, FLAGS), .work = pin_vcpu},
};
const RvProcedureTable rv_procedures_tune = RV_PROCEDURE_TABLE(rows);
