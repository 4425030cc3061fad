/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/xen/tune.h"

#include "base/error.h"
#include "drivers/xen/guest.h"
#include "drivers/xen/toolstack.h"

enum { CHANGE_MS = 30 * 1000 };

static bool set_memory(RvGuest *guest, uint64_t kib, RvOperation *op, GError **error)
{
    json_t *arguments = xen_guest_arguments(guest);
    json_object_set_new(arguments, "target-kib", json_integer((json_int_t)kib));
    return xen_toolstack_do("set-memory", arguments, CHANGE_MS, op->cancel, error);
}

static bool set_vcpus(RvGuest *guest, unsigned count, RvOperation *op, GError **error)
{
    json_t *arguments = xen_guest_arguments(guest);
    json_object_set_new(arguments, "count", json_integer(count));
    return xen_toolstack_do("set-vcpus", arguments, CHANGE_MS, op->cancel, error);
}

static bool pin_vcpu(RvGuest *guest, unsigned vcpu, const unsigned char *map, size_t len,
                     RvOperation *op, GError **error)
{
    json_t *arguments = xen_guest_arguments(guest);
    json_t *cpus = json_array();
    for (size_t cpu = 0; cpu < len * 8; cpu++)
        if (map[cpu / 8] & 1 << cpu % 8)
            json_array_append_new(cpus, json_integer((json_int_t)cpu));
    json_object_set_new(arguments, "vcpu", json_integer(vcpu));
    json_object_set_new(arguments, "cpus", cpus);
    return xen_toolstack_do("pin", arguments, CHANGE_MS, op->cancel, error);
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
    .set_memory = set_memory,
    .set_vcpus = set_vcpus,
    .pin_vcpu = pin_vcpu,
    .get_schedule = get_schedule,
    .set_schedule = set_schedule,
};
