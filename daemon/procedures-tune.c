/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/procedures.h"

#include <unistd.h>

#include "base/error.h"
#include "daemon/driver-set.h"
#include "daemon/poller.h"
#include "daemon/tune.h"
#include "model/cpuset.h"

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
                     "cannot set memory to %" G_GUINT64_FORMAT
                     " KiB: its maximum is %" G_GUINT64_FORMAT,
                     kib, def->max_memory_kib);
        return false;
    }
    def->memory_kib = kib;
    return true;
}

static bool apply_any_max_memory(RvDomainDef *def, bool live, const void *args, GError **error)
{
    uint64_t kib = ((const wire_domain_set_memory_args *)args)->kib;
    if (live && kib < def->memory_kib)
        return refuse(
            error, RV_ERR_INVALID_ARG,
            "a running domain's memory cannot be more than its maximum: take it away first");
    if (kib == 0)
        return refuse(error, RV_ERR_INVALID_ARG, "a domain cannot be without memory");
    def->max_memory_kib = kib;
    def->memory_kib = MIN(def->memory_kib, kib);
    return true;
}

static bool apply_max_memory(RvDomainDef *def, bool live, const void *args, GError **error)
{
    if (live)
        return refuse(error, RV_ERR_OPERATION_INVALID,
                      "cannot resize the maximum memory on an active domain");
    return apply_any_max_memory(def, live, args, error);
}

static bool change_max_memory(RvCall *call, const void *args, unsigned flags, RvOperation *op,
                              GError **error)
{
    const RvTuneOps *tune = call->domain->driver->tune;
    bool any = tune && tune->tunes & 1u << RV_TUNE_MAX_MEMORY;
    return rv_tune_change(call, args, flags, RV_TUNE_MAX_MEMORY,
                          any ? apply_any_max_memory : apply_max_memory, op, error);
}

static bool set_memory(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    unsigned flags = call->procedure->flags_at ? rv_call_flags(call) : LIVE;
    if (flags & MAXIMUM)
        return change_max_memory(call, args, flags, op, error);
    return rv_tune_change(call, args, flags, RV_TUNE_MEMORY, apply_memory, op, error);
}

static bool set_max_memory(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    return change_max_memory(call, args, 0, op, error);
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
    for (guint i = 0; i < def->each_vcpu.list->len; i++)
        ((RvVcpu *)def->each_vcpu.list->pdata[i])->enabled =
            i < count ? RV_TRISTATE_ON : RV_TRISTATE_OFF;
    for (guint i = count; i < def->each_vcpu.list->len; i++)
        ((RvVcpu *)def->each_vcpu.list->pdata[i])->hotpluggable = RV_TRISTATE_ON;
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
    while (def->each_vcpu.list->len > count)
        g_free(g_ptr_array_remove_index(def->each_vcpu.list, count));
    def->max_vcpus = count;
    def->vcpus = MIN(def->vcpus, count);
    return true;
}

static bool set_vcpus(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    unsigned flags = call->procedure->flags_at ? rv_call_flags(call) : LIVE;
    return rv_tune_change(call, args, flags, RV_TUNE_VCPUS,
                          flags & MAXIMUM ? apply_max_vcpus : apply_vcpus, op, error);
}

/* ---- Pins ----------------------------------------------------------------------------------- */

/* NULL: refused. Bit 0 of byte 0 is CPU 0. */
static char *read_map(const char *bytes, unsigned len, GError **error)
{
    RvCpuset cpus = {0};
    for (unsigned cpu = 0; cpu < len * 8; cpu++)
        if ((unsigned char)bytes[cpu / 8] & 1 << cpu % 8)
            rv_cpuset_put(&cpus, cpu);
    if (!rv_cpuset_is_empty(&cpus))
        return rv_cpuset_format(&cpus);
    refuse(error, RV_ERR_INVALID_ARG, "Empty cpu list for pinning");
    return NULL;
}

static RvPin *find_pin(const GPtrArray *pins, unsigned vcpu)
{
    for (guint i = 0; i < pins->len; i++)
        if (((RvPin *)pins->pdata[i])->thread == vcpu)
            return pins->pdata[i];
    return NULL;
}

/* Among the others by its number. */
static RvPin *add_pin(GPtrArray *pins, unsigned vcpu)
{
    guint place = 0;
    while (place < pins->len && ((RvPin *)pins->pdata[place])->thread < vcpu)
        place++;
    RvPin *pin = g_new0(RvPin, 1);
    pin->thread = vcpu;
    g_ptr_array_insert(pins, (gint)place, pin);
    return pin;
}

static bool apply_pin(RvDomainDef *def, bool live, const void *args, GError **error)
{
    const wire_domain_pin_vcpu_args *wish = args;
    g_autofree char *cpus = read_map(wish->map.map_val, wish->map.map_len, error);
    if (!cpus)
        return false;
    if (wish->vcpu >= def->max_vcpus) {
        rv_error_set(error, RV_ERR_INVALID_ARG, "there is no vCPU %u: the domain has %u",
                     wish->vcpu, def->max_vcpus);
        return false;
    }
    RvPin *pin = find_pin(def->cputune.vcpu_pins, wish->vcpu);
    if (!pin)
        pin = add_pin(def->cputune.vcpu_pins, wish->vcpu);
    g_free(pin->cpuset);
    pin->cpuset = g_steal_pointer(&cpus);
    return true;
}

static bool pin_vcpu(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    unsigned flags = call->procedure->flags_at ? rv_call_flags(call) : LIVE;
    return rv_tune_change(call, args, flags, RV_TUNE_PINS, apply_pin, op, error);
}

static bool apply_emulator_pin(RvDomainDef *def, bool live, const void *args, GError **error)
{
    const wire_domain_pin_emulator_args *wish = args;
    char *cpus = read_map(wish->map.map_val, wish->map.map_len, error);
    if (!cpus)
        return false;
    g_free(def->cputune.emulator_pin);
    def->cputune.emulator_pin = cpus;
    return true;
}

static bool pin_emulator(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    return rv_tune_change(call, args, rv_call_flags(call), RV_TUNE_EMULATOR_PIN,
                          apply_emulator_pin, op, error);
}

static unsigned count_cpus(void)
{
    return (unsigned)MAX(sysconf(_SC_NPROCESSORS_ONLN), 1);
}

/* Our kernel may be given some of the host's CPUs only: then the hypervisor says how many there are. */
static bool read_pins(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    RvNode node;
    g_autoptr(GError) fault = NULL;
    const RvDriver *driver = call->domain->driver;
    const RvDriverHost *host = rv_driver_set_host(call->core->drivers, driver);
    if (!rv_tune_read(call, args, op, error))
        return false;
    bool known = driver->host->node && driver->host->node(host, &node, &fault);
    ((RvTuneReading *)call->data)->cpus = known ? node.cpus : count_cpus();
    return true;
}

/* A pin's CPUs, those of the whole domain, or all of the host's `all`. */
static void tell_map(const char *pin, const RvDomainDef *def, unsigned all, unsigned char *map,
                     unsigned len)
{
    const char *text = pin ? pin : def->cpuset;
    RvCpuset cpus = {0};
    if (!text || !rv_cpuset_parse(text, &cpus))
        for (unsigned cpu = 0; cpu < MIN(all, len * 8); cpu++)
            rv_cpuset_put(&cpus, cpu);
    for (int cpu = -1; (cpu = rv_cpuset_next(&cpus, cpu)) >= 0 && (unsigned)cpu < len * 8;)
        map[cpu / 8] |= (unsigned char)(1 << cpu % 8);
}

/* Of the emulator, or of as many vCPUs as are wanted and there can be. */
static bool tell_maps(RvCall *call, const RvDomainDef *def, unsigned cpus, int wanted, int map_size,
                      bool emulator, wire_domain_get_pins_ret *told, GError **error)
{
    unsigned n = emulator ? 1 : MIN((unsigned)MAX(wanted, 0), def->max_vcpus);
    if (map_size <= 0 || map_size > WIRE_CPUMAP_MAX)
        return refuse(error, RV_ERR_INVALID_ARG, "a map of CPUs has 1 to 2048 bytes");
    told->count = (int)n;
    told->maps.maps_len = n * (unsigned)map_size;
    told->maps.maps_val = rv_call_alloc(call, n, (size_t)map_size);
    for (unsigned i = 0; i < n; i++) {
        const RvPin *pin = emulator ? NULL : find_pin(def->cputune.vcpu_pins, i);
        const char *pinned = emulator ? def->cputune.emulator_pin : pin ? pin->cpuset : NULL;
        tell_map(pinned, def, cpus, (unsigned char *)told->maps.maps_val + i * (unsigned)map_size,
                 (unsigned)map_size);
    }
    return true;
}

static bool tell_vcpu_pins(RvCall *call, const void *args, void *ret, GError **error)
{
    const wire_domain_get_vcpu_pins_args *wish = args;
    const RvTuneReading *reading = call->data;
    return tell_maps(call, reading->def, reading->cpus, wish->max, wish->map_size, false, ret,
                     error);
}

static bool tell_emulator_pin(RvCall *call, const void *args, void *ret, GError **error)
{
    const RvTuneReading *reading = call->data;
    int map_size = ((const wire_domain_get_emulator_pin_args *)args)->map_size;
    return tell_maps(call, reading->def, reading->cpus, 1, map_size, true, ret, error);
}

/* ---- How vCPUs fare ------------------------------------------------------------------------- */

/* By the last numbers that the poller got; asking makes it get newer ones. */
static void tell_vcpu(wire_vcpu *told, unsigned number, const RvGuestStats *stats)
{
    enum { RUNNING = 1, BLOCKED = 2 }; /* libvirt's virVcpuState */
    *told = (wire_vcpu){.number = number, .state = RUNNING, .cpu = -1};
    for (guint i = 0; stats && i < stats->vcpus->len; i++) {
        const RvVcpuStats *one = &g_array_index(stats->vcpus, RvVcpuStats, i);
        if (one->number != number)
            continue;
        told->state = one->idle ? BLOCKED : RUNNING;
        told->time_ns = one->time_ns;
        told->cpu = one->cpu;
    }
}

static bool get_vcpus(RvCall *call, const void *args, void *ret, GError **error)
{
    const wire_domain_get_vcpus_args *wish = args;
    wire_domain_get_vcpus_ret *told = ret;
    const RvDomainDef *def = call->domain->guest ? call->domain->guest->def : NULL;
    if (!def)
        return refuse(error, RV_ERR_OPERATION_INVALID, "the domain's guest is not known yet");
    wire_domain_get_pins_ret pins = {0};
    unsigned n = MIN((unsigned)MAX(wish->max, 0), MIN(def->vcpus, WIRE_VCPUS_MAX));
    /* Without a question to the hypervisor: then all that the client has room for. */
    unsigned cpus = call->domain->driver->host->node ? WIRE_CPUMAP_MAX * 8 : count_cpus();
    if (wish->map_size > 0 &&
        !tell_maps(call, def, cpus, (int)n, wish->map_size, false, &pins, error))
        return false;
    told->maps.maps_len = pins.maps.maps_len;
    told->maps.maps_val = pins.maps.maps_val;
    told->vcpus.vcpus_len = n;
    told->vcpus.vcpus_val = rv_call_alloc(call, n, sizeof(wire_vcpu));
    if (call->core->poller)
        rv_poller_want(call->core->poller, call->domain);
    for (unsigned i = 0; i < n; i++)
        tell_vcpu(&told->vcpus.vcpus_val[i], i, call->view->stats);
    return true;
}

/* ---- Rows ----------------------------------------------------------------------------------- */

#define MODIFY(type)                                                                               \
    RV_PROC_ARGS(type), .right = RV_RIGHT_WRITE, .target = RV_TARGET_DOMAIN, .job = RV_JOB_MODIFY, \
        .finish = rv_change_publish
#define READ_PINS(type)                                                                            \
    RV_PROC_ARGS(type), RV_PROC_FLAGS(type, FLAGS), .right = RV_RIGHT_READ,                        \
        .target = RV_TARGET_DOMAIN, .work = read_pins

static const RvProcedure rows[] = {
    {.number = WIRE_DOMAIN_GET_VCPUS, .name = "domain-get-vcpus",
     RV_PROC_ARGS(wire_domain_get_vcpus_args), RV_PROC_RET(wire_domain_get_vcpus_ret),
     .right = RV_RIGHT_READ, .target = RV_TARGET_DOMAIN, .need = RV_NEED_ACTIVE,
     .refusal = "cannot list vcpus for an inactive domain", .answer = get_vcpus},

    {.number = WIRE_DOMAIN_PIN_VCPU, .name = "domain-pin-vcpu",
     MODIFY(wire_domain_pin_vcpu_args), .work = pin_vcpu},

    {.number = WIRE_DOMAIN_SET_MAX_MEMORY, .name = "domain-set-max-memory",
     MODIFY(wire_domain_set_memory_args), .work = set_max_memory},

    {.number = WIRE_DOMAIN_SET_MEMORY, .name = "domain-set-memory",
     MODIFY(wire_domain_set_memory_args), .work = set_memory},

    {.number = WIRE_DOMAIN_SET_VCPUS, .name = "domain-set-vcpus",
     MODIFY(wire_domain_set_vcpus_args), .work = set_vcpus},

    {.number = WIRE_DOMAIN_SET_VCPUS_FLAGS, .name = "domain-set-vcpus-flags",
     MODIFY(wire_domain_set_vcpus_flags_args),
     RV_PROC_FLAGS(wire_domain_set_vcpus_flags_args, FLAGS | MAXIMUM), .work = set_vcpus},

    {.number = WIRE_DOMAIN_SET_MEMORY_FLAGS, .name = "domain-set-memory-flags",
     MODIFY(wire_domain_set_memory_flags_args),
     RV_PROC_FLAGS(wire_domain_set_memory_flags_args, FLAGS | MAXIMUM), .work = set_memory},

    {.number = WIRE_DOMAIN_PIN_VCPU_FLAGS, .name = "domain-pin-vcpu-flags",
     MODIFY(wire_domain_pin_vcpu_flags_args),
     RV_PROC_FLAGS(wire_domain_pin_vcpu_flags_args, FLAGS), .work = pin_vcpu},

    {.number = WIRE_DOMAIN_GET_VCPU_PIN_INFO, .name = "domain-get-vcpu-pin-info",
     READ_PINS(wire_domain_get_vcpu_pins_args), RV_PROC_RET(wire_domain_get_pins_ret),
     .finish = tell_vcpu_pins},

    {.number = WIRE_DOMAIN_PIN_EMULATOR, .name = "domain-pin-emulator",
     MODIFY(wire_domain_pin_emulator_args), RV_PROC_FLAGS(wire_domain_pin_emulator_args, FLAGS),
     .work = pin_emulator},

    {.number = WIRE_DOMAIN_GET_EMULATOR_PIN_INFO, .name = "domain-get-emulator-pin-info",
     READ_PINS(wire_domain_get_emulator_pin_args), RV_PROC_RET(wire_domain_get_pins_ret),
     .finish = tell_emulator_pin},
};
const RvProcedureTable rv_procedures_tune = RV_PROCEDURE_TABLE(rows);
