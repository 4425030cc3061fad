/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/lifecycle.h"

#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "daemon/driver-set.h"
#include "daemon/guest-report.h"
#include "daemon/instance.h"
#include "daemon/object-life.h"
#include "daemon/registry.h"
#include "daemon/run-state.h"
#include "daemon/save.h"
#include "daemon/settings.h"

/*
 * A guest that a former daemon left is shown at once as it was remembered, so that reads are
 * answered; a job finds it in truth. One whose start was cut short is undone by such a job, one
 * that could begin to run is finished, and so is the end of one that was being destroyed. One that
 * is there but does not answer keeps its last known state and is tried again.
 */
enum { RETRY_MS = 10 * 1000, AUTOSTARTS_AT_ONCE = 4 };

typedef struct {
    RvInstance *instance; /* a reference */
    RvAdopted found;
    bool gone;
} Adoption;

static void adoption_free(void *data)
{
    Adoption *adoption = data;
    rv_instance_unref(adoption->instance);
    g_free(adoption);
}

static bool submit(RvInstance *instance, RvJobWork work, RvJobDone done)
{
    g_autoptr(GError) error = NULL;
    Adoption *adoption = g_new0(Adoption, 1);
    adoption->instance = rv_instance_ref(instance);
    RvJobSpec spec = {
        .kind = RV_JOB_ADOPT,
        .owner = "reeved",
        .work = work,
        .done = done,
        .data = adoption,
        .free_data = adoption_free,
    };
    bool ok = rv_job_submit(instance->domain->jobs, &spec, &error);
    g_assert(ok); /* the daemon's own are never refused */
    return ok;
}

/* ---- Adopting ------------------------------------------------------------------------------- */

static void forget(RvInstance *instance)
{
    g_autoptr(GError) error = NULL;
    RvDomain *domain = instance->domain;
    if (instance->phase == RV_PHASE_SAVING)
        rv_save_image_discard(instance->image);
    instance->guest->driver->life->cleanup(instance->guest, instance->remembered);
    if (!rv_run_state_remove(domain->core->run_state, &domain->uuid, &error))
        rv_log_error("%s", error->message);
}

/* Where the former daemon was, in what it did with the guest. */
static bool resume_course(RvInstance *instance, RvAdopted *found, RvOperation *op, GError **error)
{
    RvGuest *guest = instance->guest;
    bool paused = found->state == RV_DOMAIN_PAUSED && !instance->paused;
    if (instance->phase == RV_PHASE_SAVING) {
        if (!instance->paused)
            *found = (RvAdopted){RV_DOMAIN_RUNNING, RV_RUNNING_SAVE_CANCELED};
        return rv_save_undo(instance, op, error);
    }
    if (instance->phase != RV_PHASE_READY)
        return true;
    if (paused)
        *found = (RvAdopted){RV_DOMAIN_RUNNING,
                             instance->restored ? RV_RUNNING_RESTORED : RV_RUNNING_BOOTED};
    return (!instance->image || rv_save_forget(instance->domain, error)) &&
           (!paused || guest->driver->life->resume(guest, op, error));
}

static bool adopt_work(RvJob *job, RvOperation *op, void *data, GError **error)
{
    Adoption *adoption = data;
    RvInstance *instance = adoption->instance;
    RvGuest *guest = instance->guest;
    const RvLifeOps *life = guest->driver->life;
    g_autoptr(GError) fault = NULL;
    if (life->adopt(guest, instance->remembered, op, &adoption->found, &fault))
        return resume_course(instance, &adoption->found, op, error);
    adoption->gone = g_error_matches(fault, RV_ERROR, RV_ERR_NO_DOMAIN);
    if (adoption->gone)
        forget(instance);
    g_propagate_error(error, g_steal_pointer(&fault));
    return false;
}

static void adopt_done(RvJob *job, void *data, const GError *error);

/* [loop] */
static void try_again(void *data)
{
    RvInstance *instance = data;
    g_clear_pointer(&instance->retry, rv_timer_free);
    submit(instance, adopt_work, adopt_done);
}

static void adopted(RvInstance *instance, const RvAdopted *found)
{
    RvDomain *domain = instance->domain;
    domain->guest = instance->guest;
    instance->phase = RV_PHASE_ACTIVE;
    g_clear_pointer(&instance->image, g_free);
    rv_log_info("domain '%s' is found again: %s", domain->name,
                rv_domain_state_reason_to_string(found->state, found->reason));
    if (found->state != domain->view->state)
        rv_domain_set_state(domain, found->state, found->reason);
    else
        rv_run_state_update(domain->core->run_state, domain);
}

static void adopt_done(RvJob *job, void *data, const GError *error)
{
    Adoption *adoption = data;
    RvInstance *instance = adoption->instance;
    RvDomain *domain = instance->domain;
    if (domain->instance != instance)
        return; /* destroyed, or its end was reported, meanwhile */
    if (!error) {
        adopted(instance, &adoption->found);
    } else if (adoption->gone) {
        rv_log_info("domain '%s' has ended while no daemon ran", domain->name);
        bool shut_down = domain->view->state == RV_DOMAIN_SHUTDOWN;
        rv_lifecycle_stopped(domain, shut_down ? RV_SHUTOFF_SHUTDOWN : RV_SHUTOFF_UNKNOWN);
    } else {
        rv_log_warning("domain '%s' runs, but cannot be taken over yet: %s", domain->name,
                       error->message);
        if (!domain->failures)
            rv_domain_add_failure(domain, "it could not be taken over from the former daemon: %s",
                                  error->message);
        instance->retry = rv_timer_new(domain->core->loop, RETRY_MS, try_again, instance);
    }
}

/* ---- Undoing -------------------------------------------------------------------------------- */

static bool undo_work(RvJob *job, RvOperation *op, void *data, GError **error)
{
    forget(((Adoption *)data)->instance);
    return true;
}

static void undo_done(RvJob *job, void *data, const GError *error)
{
    RvDomain *domain = ((Adoption *)data)->instance->domain;
    rv_log_info("domain '%s': what was left of a start that was cut short is removed",
                domain->name);
}

/* ---- Finishing an end ------------------------------------------------------------------------ */

/* What cannot be taken over any more is removed by what is remembered of it. */
static bool finish_end_work(RvJob *job, RvOperation *op, void *data, GError **error)
{
    Adoption *adoption = data;
    RvInstance *instance = adoption->instance;
    RvGuest *guest = instance->guest;
    const RvLifeOps *life = guest->driver->life;
    g_autoptr(GError) fault = NULL;
    if (life->adopt(guest, instance->remembered, op, &adoption->found, &fault) &&
        !life->destroy(guest, false, op, error))
        return false;
    forget(instance);
    return true;
}

static void finish_end_done(RvJob *job, void *data, const GError *error)
{
    RvInstance *instance = ((Adoption *)data)->instance;
    RvDomain *domain = instance->domain;
    if (domain->instance != instance)
        return;
    if (!error) {
        rv_log_info("domain '%s' is destroyed, as the former daemon had begun to do",
                    domain->name);
        rv_lifecycle_stopped(domain, domain->view->state == RV_DOMAIN_CRASHED
                                         ? RV_SHUTOFF_CRASHED
                                         : RV_SHUTOFF_DESTROYED);
        return;
    }
    rv_log_error("domain '%s' was being destroyed, and cannot be: %s", domain->name,
                 error->message);
    adopted(instance, &((Adoption *)data)->found);
}

/* ---- Finishing a save ------------------------------------------------------------------------ */

static bool finish_save_work(RvJob *job, RvOperation *op, void *data, GError **error)
{
    RvInstance *instance = ((Adoption *)data)->instance;
    if (!rv_save_finish(instance, error))
        return false;
    forget(instance);
    return true;
}

static void finish_save_done(RvJob *job, void *data, const GError *error)
{
    RvInstance *instance = ((Adoption *)data)->instance;
    RvDomain *domain = instance->domain;
    if (domain->instance != instance)
        return;
    if (!error) {
        rv_log_info("domain '%s' is saved: what the former daemon left to do is done",
                    domain->name);
        rv_saved(domain, rv_save_is_own(instance) ? NULL : instance->image);
        return;
    }
    rv_log_error("domain '%s' goes on, since what it was saved to is gone: %s", domain->name,
                 error->message);
    instance->phase = RV_PHASE_SAVING;
    submit(instance, adopt_work, adopt_done);
}

/* ---- What is remembered --------------------------------------------------------------------- */

/* The domain of a remembered guest: the store's, or one for a transient guest. */
static RvDomain *find_domain(RvCore *core, const RvDriver *driver, const RvRemembered *remembered,
                             GError **error)
{
    RvDomain *domain = rv_registry_find(core->registry, &remembered->uuid);
    if (domain && domain->driver == driver)
        return domain;
    g_autoptr(RvDomain) transient =
        rv_domain_new(core, driver, &remembered->uuid, remembered->name);
    return rv_registry_add(core->registry, transient, error) ? transient : NULL;
}

static void show(RvInstance *instance, const RvRemembered *remembered)
{
    RvDomain *domain = instance->domain;
    const RvDomainView *known = domain->view;
    RvDomainView *view = g_new(RvDomainView, 1);
    *view = (RvDomainView){
        .refs = 1,
        .state = remembered->state,
        .reason = remembered->reason,
        .since_us = remembered->since_us,
        .id = remembered->id,
        .persistent = known->persistent,
        .autostart = known->autostart,
        .saved = known->saved,
        .config = known->config ? rv_definition_ref(known->config) : NULL,
        .live = rv_definition_ref(instance->live),
    };
    domain->instance = rv_instance_ref(instance);
    rv_domain_restore(domain, view);
}

static bool recover_one(RvCore *core, const RvRemembered *remembered, GError **error)
{
    const RvDriver *driver = rv_driver_set_by_name(core->drivers, remembered->driver);
    if (!driver) {
        rv_error_set(error, RV_ERR_OPERATION_FAILED, "there is no driver '%s'",
                     remembered->driver);
        return false;
    }
    size_t len = strlen(remembered->live);
    g_autoptr(RvDomainDef) def = rv_domain_def_parse_live(remembered->live, len, NULL, error);
    RvDomain *domain = def ? find_domain(core, driver, remembered, error) : NULL;
    if (!domain)
        return false;

    def->id = remembered->id;
    g_autoptr(RvDefinition) live = rv_definition_new(def);
    g_autoptr(RvInstance) instance =
        rv_instance_new(domain, rv_driver_set_host(core->drivers, driver), g_steal_pointer(&def),
                        remembered->id);
    instance->live = g_steal_pointer(&live);
    instance->remembered = json_incref(remembered->remembered);
    instance->phase = remembered->phase;
    instance->paused = remembered->paused;
    instance->autodestroy = remembered->autodestroy;
    instance->transient = remembered->transient;
    instance->restart = remembered->restart;
    instance->image = g_strdup(remembered->image);
    if (remembered->phase == RV_PHASE_SAVED) {
        show(instance, remembered);
        return submit(instance, finish_save_work, finish_save_done);
    }
    if (remembered->phase == RV_PHASE_ENDING && !remembered->autodestroy) {
        show(instance, remembered);
        return submit(instance, finish_end_work, finish_end_done);
    }
    if (remembered->phase == RV_PHASE_STARTING || remembered->autodestroy) {
        rv_domain_add_failure(domain, remembered->autodestroy
                                          ? "its client's connection ended with the daemon"
                                          : "the daemon ended while it was being started");
        return submit(instance, undo_work, undo_done);
    }
    show(instance, remembered);
    return submit(instance, adopt_work, adopt_done);
}

/* A domain that has jobs may be the one that they start. */
void rv_lifecycle_found(RvCore *core, const RvRemembered *guest)
{
    g_autoptr(GError) error = NULL;
    RvDomain *known = rv_registry_find(core->registry, &guest->uuid);
    if (known && (known->instance || !rv_job_queue_is_idle(known->jobs)))
        return;
    if (recover_one(core, guest, &error))
        rv_log_info("domain '%s' was started by somebody else", guest->name);
    else
        rv_log_warning("domain '%s' was started by somebody else, and cannot be shown: %s",
                       guest->name, error->message);
}

/* ---- Autostart ------------------------------------------------------------------------------ */

typedef struct {
    RvCore *core;
    GQueue waiting; /* RvDomain, a reference each */
    unsigned running;
} Autostart;

static void collect(RvDomain *domain, void *data)
{
    if (domain->view->autostart && !rv_domain_view_is_active(domain->view))
        g_queue_push_tail(&((Autostart *)data)->waiting, rv_domain_ref(domain));
}

static void finish_autostart(Autostart *autostart)
{
    rv_run_state_set_autostarted(autostart->core->run_state);
    g_free(autostart);
}

static void start_more(Autostart *autostart);

static void one_started(void *data)
{
    Autostart *autostart = data;
    autostart->running--;
    start_more(autostart);
}

static void start_more(Autostart *autostart)
{
    while (autostart->running < AUTOSTARTS_AT_ONCE && !g_queue_is_empty(&autostart->waiting)) {
        g_autoptr(RvDomain) domain = g_queue_pop_head(&autostart->waiting);
        autostart->running++;
        rv_lifecycle_queue_start(domain, NULL, one_started, autostart);
    }
    if (autostart->running == 0)
        finish_autostart(autostart);
}

/* Guests need the networks and pools. */
static void start_guests(void *data)
{
    Autostart *autostart = data;
    rv_registry_foreach(autostart->core->registry, NULL, collect, autostart);
    start_more(autostart);
}

bool rv_lifecycle_recover(RvCore *core, GError **error)
{
    g_autoptr(GPtrArray) all =
        rv_objects_recover(core, error) ? rv_run_state_load(core->run_state, error) : NULL;
    if (!all)
        return false;
    for (guint i = 0; i < all->len; i++) {
        const RvRemembered *remembered = all->pdata[i];
        g_autoptr(GError) fault = NULL;
        if (recover_one(core, remembered, &fault))
            continue;
        rv_log_error("domain '%s' may be running, but cannot be taken over: %s", remembered->name,
                     fault->message);
        rv_run_state_set_aside(core->run_state, &remembered->uuid);
    }

    if (!rv_save_load(core, error))
        return false;
    if (!rv_run_state_is_autostart_due(core->run_state))
        return true;
    Autostart *autostart = g_new0(Autostart, 1);
    autostart->core = core;
    if (rv_settings_bool(core->settings, "autostart"))
        rv_objects_autostart(core, start_guests, autostart);
    else
        finish_autostart(autostart);
    return true;
}
