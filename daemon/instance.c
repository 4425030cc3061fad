/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/instance.h"

#include "daemon/core.h"
#include "daemon/run-state.h"

RV_ENUM(rv_phase, RvPhase, RV_PHASE_LAST, "starting", "ready", "active",
        "ending", "saving", "saved");

RvInstance *rv_instance_new(RvDomain *domain, const RvDriverHost *host, RvDomainDef *def, int id)
{
    RvInstance *instance = g_new0(RvInstance, 1);
    instance->refs = 1;
    instance->domain = rv_domain_ref(domain);
    instance->guest = g_new(RvGuest, 1);
    *instance->guest = (RvGuest){
        .driver = domain->driver,
        .host = host,
        .def = def,
        .id = id,
        .core = instance,
    };
    return instance;
}

RvInstance *rv_instance_ref(RvInstance *instance)
{
    g_atomic_int_inc(&instance->refs);
    return instance;
}

void rv_instance_unref(RvInstance *instance)
{
    if (!instance || !g_atomic_int_dec_and_test(&instance->refs))
        return;
    if (instance->guest->priv && instance->guest->driver->life->free)
        instance->guest->driver->life->free(instance->guest);
    rv_domain_def_unref(instance->guest->def);
    g_clear_pointer(&instance->former, g_ptr_array_unref);
    rv_definition_unref(instance->live);
    g_free(instance->image);
    rv_timer_free(instance->retry);
    g_queue_clear_full(&instance->early, g_free);
    g_free(instance->guest);
    json_decref(instance->remembered);
    rv_domain_unref(instance->domain);
    g_free(instance);
}

void rv_instance_set_ended(RvInstance *instance)
{
    if (instance->ended)
        return;
    __atomic_store_n(&instance->ended, true, __ATOMIC_RELEASE);
    if (instance->domain->core->guest_ended)
        instance->domain->core->guest_ended(&instance->domain->uuid);
}

bool rv_instance_has_ended(const RvInstance *instance)
{
    return __atomic_load_n(&instance->ended, __ATOMIC_ACQUIRE);
}

void rv_instance_set_def(RvInstance *instance, RvDomainDef *def)
{
    RvDomain *domain = instance->domain;
    if (!instance->former)
        instance->former = g_ptr_array_new_with_free_func((GDestroyNotify)rv_domain_def_unref);
    g_ptr_array_add(instance->former, instance->guest->def);
    __atomic_store_n(&instance->guest->def, def, __ATOMIC_RELEASE);
    rv_definition_unref(instance->live);
    instance->live = rv_definition_new(def);
    rv_domain_set_live(domain, instance->live);
    rv_run_state_update(domain->core->run_state, domain);
}

void rv_instance_remember(RvInstance *instance)
{
    const RvLifeOps *life = instance->guest->driver->life;
    json_t *remembered = life->remember ? life->remember(instance->guest) : NULL;
    if (!remembered)
        return;
    json_decref(instance->remembered);
    instance->remembered = remembered;
}
