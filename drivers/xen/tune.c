/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/xen/tune.h"

#include "base/error.h"
#include "drivers/xen/guest.h"
#include "drivers/xen/toolstack.h"
#include "model/cpuset.h"

enum { CHANGE_MS = 30 * 1000 };

static bool set_memory(RvGuest *guest, const RvDomainDef *def, RvOperation *op, GError **error)
{
    json_t *arguments = xen_guest_arguments(guest);
    json_object_set_new(arguments, "target-kib", json_integer((json_int_t)def->memory_kib));
    return xen_toolstack_do("set-memory", arguments, CHANGE_MS, op->cancel, error);
}

/* What Xen gives it at most, which the guest does not see: its balloon may grow up to it. */
static bool set_max_memory(RvGuest *guest, const RvDomainDef *def, RvOperation *op, GError **error)
{
    json_t *arguments = xen_guest_arguments(guest);
    json_object_set_new(arguments, "max-kib", json_integer((json_int_t)def->max_memory_kib));
    return xen_toolstack_do("set-memory", arguments, CHANGE_MS, op->cancel, error);
}

/* A device model plugs vCPUs in and never out, and libxl says nothing of it: a guest that was saved as
 * if it had lost one could not be restored. */
static bool set_vcpus(RvGuest *guest, const RvDomainDef *def, RvOperation *op, GError **error)
{
    if (guest->def->os.type == RV_OS_HVM && def->vcpus < guest->def->vcpus) {
        rv_error_set(error, RV_ERR_OPERATION_UNSUPPORTED,
                     "a running HVM guest cannot lose vCPUs: it has %u", guest->def->vcpus);
        rv_error_remedy(error, "change its definition (--config), or take them offline inside");
        return false;
    }
    json_t *arguments = xen_guest_arguments(guest);
    json_object_set_new(arguments, "count", json_integer(def->vcpus));
    return xen_toolstack_do("set-vcpus", arguments, CHANGE_MS, op->cancel, error);
}

static bool pin_vcpu(RvGuest *guest, const RvPin *pin, RvOperation *op, GError **error)
{
    RvCpuset set = {0};
    json_t *cpus = json_array();
    if (rv_cpuset_parse(pin->cpuset, &set))
        for (int cpu = -1; (cpu = rv_cpuset_next(&set, cpu)) >= 0;)
            json_array_append_new(cpus, json_integer(cpu));
    json_t *arguments = xen_guest_arguments(guest);
    json_object_set_new(arguments, "vcpu", json_integer(pin->thread));
    json_object_set_new(arguments, "cpus", cpus);
    return xen_toolstack_do("pin", arguments, CHANGE_MS, op->cancel, error);
}

static bool set_pins(RvGuest *guest, const RvDomainDef *def, RvOperation *op, GError **error)
{
    for (guint i = 0; i < def->cputune.vcpu_pins->len; i++)
        if (!pin_vcpu(guest, def->cputune.vcpu_pins->pdata[i], op, error))
            return false;
    return true;
}

static bool apply(RvGuest *guest, const RvDomainDef *def, RvTuneWhat what, RvOperation *op,
                  GError **error)
{
    static bool (*const changes[RV_TUNE_LAST])(RvGuest *, const RvDomainDef *, RvOperation *,
                                               GError **) = {
        [RV_TUNE_MEMORY] = set_memory,
        [RV_TUNE_MAX_MEMORY] = set_max_memory,
        [RV_TUNE_VCPUS] = set_vcpus,
        [RV_TUNE_PINS] = set_pins,
    };
    return changes[what](guest, def, op, error);
}

static bool get_schedule(RvGuest *guest, RvSchedule *ret, GError **error)
{
    json_t *result =
        xen_toolstack_run("schedule", xen_guest_arguments(guest), CHANGE_MS, NULL, error);
    const char *name = json_string_value(json_object_get(result, "scheduler"));
    g_strlcpy(ret->name, name ? name : "", sizeof(ret->name));
    ret->has_weight = ret->has_cap = g_str_has_prefix(ret->name, "credit");
    ret->weight = (unsigned)json_integer_value(json_object_get(result, "weight"));
    ret->cap = (unsigned)json_integer_value(json_object_get(result, "cap"));
    json_decref(result);
    return result;
}

static bool set_schedule(RvGuest *guest, const RvSchedule *schedule, RvOperation *op,
                         GError **error)
{
    json_t *arguments = xen_guest_arguments(guest);
    if (schedule->has_weight)
        json_object_set_new(arguments, "weight", json_integer(schedule->weight));
    if (schedule->has_cap)
        json_object_set_new(arguments, "cap", json_integer(schedule->cap));
    return xen_toolstack_do("schedule", arguments, CHANGE_MS, op->cancel, error);
}

const RvTuneOps xen_tune_ops = {
    .tunes = 1 << RV_TUNE_MEMORY | 1 << RV_TUNE_MAX_MEMORY | 1 << RV_TUNE_VCPUS |
             1 << RV_TUNE_PINS,
    .apply = apply,
    .get_schedule = get_schedule,
    .set_schedule = set_schedule,
};
