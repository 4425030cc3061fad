/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/lifecycle.h"

#include "base/error.h"
#include "base/log.h"
#include "daemon/driver-set.h"
#include "daemon/guest-report.h"
#include "daemon/instance.h"
#include "daemon/network-use.h"
#include "daemon/object-life.h"
#include "daemon/poller.h"
#include "daemon/pool-use.h"
#include "daemon/registry.h"
#include "daemon/run-state.h"
#include "daemon/save.h"
#include "model/xml-locate.h"

/* A guest that comes to its end so soon after its start, so often, is not started again. */
enum { QUICK_US = 10 * G_USEC_PER_SEC, MAX_QUICK_RESTARTS = 5 };

/* ---- Domains without a definition ----------------------------------------------------------- */

RvDomain *rv_lifecycle_reserve(RvCore *core, const RvDriver *driver, const RvUuid *uuid,
                               const char *name, GError **error)
{
    RvDomain *known = rv_registry_find(core->registry, uuid);
    if (known && known->driver == driver && g_str_equal(known->name, name))
        return known;
    g_autoptr(RvDomain) domain = rv_domain_new(core, driver, uuid, name);
    return rv_registry_add(core->registry, domain, error) ? domain : NULL;
}

typedef struct {
    const RvDriver *driver;
    const RvDriverHost *host;
    RvUuid uuid;
} Forgetting;

/* [worker] */
static void forget(void *data)
{
    g_autofree Forgetting *forgetting = data;
    forgetting->driver->images->forget(forgetting->host, &forgetting->uuid);
}

static void queue_forget(const RvDomain *domain)
{
    RvCore *core = domain->core;
    if (!domain->driver->images)
        return;
    Forgetting *forgetting = g_new(Forgetting, 1);
    *forgetting = (Forgetting){
        .driver = domain->driver,
        .host = rv_driver_set_host(core->drivers, domain->driver),
        .uuid = domain->uuid,
    };
    rv_workers_push(core->workers, forget, forgetting);
}

void rv_lifecycle_release(RvDomain *domain)
{
    RvRegistry *registry = domain->core->registry;
    if (domain->view->persistent || domain->instance)
        return;
    domain->visible = false;
    if (rv_job_queue_is_idle(domain->jobs) && rv_registry_find(registry, &domain->uuid) == domain) {
        queue_forget(domain);
        rv_registry_remove(registry, domain);
    }
}

/* ---- Starting ------------------------------------------------------------------------------- */

bool rv_lifecycle_can_complete(RvCore *core, const RvDriver *driver, const RvDomainDef *def)
{
    const RvDefinitionOps *ops = driver->definition;
    return ops->is_prepared && rv_driver_set_is_probed(core->drivers, driver) &&
           ops->is_prepared(rv_driver_set_host(core->drivers, driver), def);
}

bool rv_lifecycle_complete(RvCore *core, const RvDriver *driver, RvDomainDef *def,
                           const char *document, GError **error)
{
    return rv_driver_set_probe(core->drivers, driver, error) &&
           rv_lifecycle_fill_in(core, driver, def, document, error);
}

bool rv_lifecycle_fill_in(RvCore *core, const RvDriver *driver, RvDomainDef *def,
                          const char *document, GError **error)
{
    const RvDriverHost *host = rv_driver_set_host(core->drivers, driver);
    const RvDefinitionOps *ops = driver->definition;
    if (ops->is_prepared && !ops->is_prepared(host, def) && !ops->prepare(host, def, error))
        return false;
    if (!ops->complete(host, def, error))
        return false;
    g_autoptr(RvDiagnostics) diagnostics = rv_diagnostics_new();
    bool ok = ops->check(host, def, diagnostics);
    if (!ok && document)
        rv_xml_locate(document, diagnostics);
    if (!rv_diagnostics_check(diagnostics, error))
        return false;
    g_assert(ok);
    return true;
}

void rv_lifecycle_check_start(RvCore *core, const RvDriver *driver, const RvDomainDef *def,
                              RvDiagnosticLevel level, RvDiagnostics *diagnostics)
{
    const RvDefinitionOps *ops = driver->definition;
    if (ops->support)
        rv_support_check(ops->support, driver->name, &rv_domain_xml, "domain", def, level,
                         diagnostics);
    if (ops->check_start)
        ops->check_start(rv_driver_set_host(core->drivers, driver), def, level, diagnostics);
}

/* Nothing that a definition asks for may be ignored. */
static bool refuse_unsupported(RvDomain *domain, const RvDomainDef *def, GError **error)
{
    g_autoptr(RvDiagnostics) diagnostics = rv_diagnostics_new();
    rv_lifecycle_check_start(domain->core, domain->driver, def, RV_DIAGNOSTIC_ERROR, diagnostics);
    if (rv_diagnostics_check(diagnostics, error))
        return true;
    rv_error_remedy(error, "leave out of the definition what the driver cannot do");
    return false;
}

/* The guest's own copy of what is to run. */
static RvDomainDef *make_def(RvDomain *domain, const RvStartSource *source, GError **error)
{
    g_autoptr(RvDomainView) view = rv_domain_get_view(domain);
    if (rv_domain_view_is_active(view)) {
        rv_error_set(error, RV_ERR_OPERATION_INVALID, "domain is already running");
        return NULL;
    }
    if (source->def)
        return rv_domain_def_copy(source->def);
    if (view->config)
        return rv_definition_parse(view->config, error);
    rv_error_set(error, RV_ERR_OPERATION_INVALID, "domain '%s' has no definition any more",
                 domain->name);
    return NULL;
}

/* What is restored must not be restored again once it has run. */
static bool let_run(RvInstance *instance, RvOperation *op, GError **error)
{
    const RvLifeOps *life = instance->guest->driver->life;
    return (!instance->image || rv_save_forget(instance->domain, error)) &&
           (instance->paused || life->resume(instance->guest, op, error));
}

static bool bring_up(RvInstance *instance, const RvSaveImage *image, RvOperation *op,
                     GError **error)
{
    RvGuest *guest = instance->guest;
    const RvLifeOps *life = guest->driver->life;
    RvRunState *run_state = instance->domain->core->run_state;

    rv_instance_remember(instance);
    if (!rv_run_state_write(run_state, instance, error))
        return false;
    if (image ? !guest->driver->save->restore(guest, image->fd, op, error)
              : !life->start(guest, op, error))
        return false;
    rv_instance_remember(instance);
    instance->phase = RV_PHASE_READY;
    instance->live = rv_definition_new(guest->def);
    return rv_run_state_write(run_state, instance, error) && let_run(instance, op, error);
}

/* Removes all of a guest that is gone, or is to be. */
static void clean_up(RvInstance *instance)
{
    g_autoptr(GError) error = NULL;
    RvDomain *domain = instance->domain;
    instance->guest->driver->life->cleanup(instance->guest, instance->remembered);
    if (!rv_run_state_remove(domain->core->run_state, &domain->uuid, &error))
        rv_log_error("domain '%s' is gone, but not its run-time state: %s", domain->name,
                     error->message);
}

/* A start that failed, on its way to the loop. */
typedef struct {
    RvDomain *domain;
    RvInstance *instance; /* NULL: it did not come that far */
    char *text;
} Failure;

/* [loop] */
static void note_start_failure(void *data)
{
    Failure *failure = data;
    rv_domain_add_failure(failure->domain, "it could not be started: %s", failure->text);
    rv_instance_unref(failure->instance);
    rv_domain_unref(failure->domain);
    g_free(failure->text);
    g_free(failure);
}

static bool try_start(RvDomain *domain, const RvStartSource *source, bool saved, RvStartFlags flags,
                      RvOperation *op, RvInstance **ret_instance, GError **error)
{
    RvCore *core = domain->core;
    const RvSaveImage *image = source->image;
    g_autoptr(RvDomainDef) def = make_def(domain, source, error);
    if (!def || !rv_run_state_check(core->run_state, &domain->uuid, error) ||
        !rv_lifecycle_complete(core, domain->driver, def, NULL, error) ||
        !refuse_unsupported(domain, def, error) ||
        (domain->driver->uses_networks && !rv_network_resolve(core, def, error)) ||
        (domain->driver->uses_volumes && !rv_pool_resolve(core, def, error)) ||
        (image && !rv_save_check_image(domain, image, error)))
        return false;
    int id = rv_run_state_next_id(core->run_state, domain->driver->name, error);
    if (id < 0)
        return false;

    def->id = id;
    RvInstance *instance = *ret_instance =
        rv_instance_new(domain, rv_driver_set_host(core->drivers, domain->driver),
                        g_steal_pointer(&def), id);
    instance->paused = (flags & RV_START_PAUSED) || (image && image->paused);
    instance->autodestroy = flags & RV_START_AUTODESTROY;
    instance->transient = source->def && !saved;
    instance->restored = image;
    instance->image = saved ? g_strdup(image->path) : NULL;
    if (bring_up(instance, image, op, error))
        return true;
    clean_up(instance);
    return false;
}

/* As it is, or from the domain's saved image. */
static bool start_config(RvDomain *domain, RvStartFlags flags, RvOperation *op,
                         RvInstance **ret_instance, GError **error)
{
    g_autoptr(RvDomainView) view = rv_domain_get_view(domain);
    RvStartSource source = {0};
    if (!view->saved)
        return try_start(domain, &source, false, flags, op, ret_instance, error);
    if (flags & RV_START_FORCE_BOOT)
        return rv_save_forget(domain, error) &&
               try_start(domain, &source, false, flags, op, ret_instance, error);
    g_autoptr(RvDomainDef) def = NULL;
    g_autoptr(RvSaveImage) image = rv_save_open(domain, &def, error);
    source = (RvStartSource){def, image};
    if (image && try_start(domain, &source, true, flags, op, ret_instance, error))
        return true;
    rv_error_remedy(error, "to give its saved state up and boot it: start it with --force-boot");
    return false;
}

bool rv_lifecycle_start(RvDomain *domain, const RvStartSource *source, RvStartFlags flags,
                        RvOperation *op, GError **error)
{
    RvInstance *instance = NULL;
    g_autoptr(GError) fault = NULL;
    if (source ? try_start(domain, source, false, flags, op, &instance, &fault)
               : start_config(domain, flags, op, &instance, &fault)) {
        domain->starting = instance;
        return true;
    }
    Failure *failure = g_new(Failure, 1);
    *failure = (Failure){rv_domain_ref(domain), instance, g_strdup(fault->message)};
    rv_loop_post(domain->core->loop, note_start_failure, failure);
    g_propagate_error(error, g_steal_pointer(&fault));
    return false;
}

void rv_lifecycle_started(RvDomain *domain)
{
    RvInstance *instance = domain->instance = g_steal_pointer(&domain->starting);
    domain->guest = instance->guest;
    instance->phase = RV_PHASE_ACTIVE;
    instance->started_us = g_get_monotonic_time();
    g_clear_pointer(&instance->image, g_free);
    rv_domain_set_live(domain, instance->live);
    if (instance->restored)
        rv_domain_set_state(domain, RV_DOMAIN_RUNNING, RV_RUNNING_RESTORED);
    else if (!instance->paused)
        rv_domain_set_state(domain, RV_DOMAIN_RUNNING, RV_RUNNING_BOOTED);
    if (instance->paused)
        rv_domain_set_state(domain, RV_DOMAIN_PAUSED, RV_PAUSED_USER);
    rv_guest_report_catch_up(instance);
    if (domain->core->poller)
        rv_poller_want(domain->core->poller, domain); /* so that the first reader has numbers */
}

/* ---- Ending --------------------------------------------------------------------------------- */

/* A daemon that dies on the way has the next one finish it; one that is saved is ended by that. */
static bool end_guest(RvInstance *instance, bool graceful, RvOperation *op, GError **error)
{
    RvGuest *guest = instance->guest;
    RvRunState *state = instance->domain->core->run_state;
    bool note = !graceful && instance->phase == RV_PHASE_ACTIVE;
    if (note)
        rv_run_state_note_phase(state, instance, RV_PHASE_ENDING);
    bool ok = guest->driver->life->destroy(guest, graceful, op, error);
    if (note && !ok)
        rv_run_state_note_phase(state, instance, RV_PHASE_ACTIVE);
    return ok;
}

bool rv_lifecycle_destroy(RvDomain *domain, bool graceful, RvOperation *op, GError **error)
{
    RvInstance *instance = domain->instance;
    if (!instance) {
        rv_error_set(error, RV_ERR_OPERATION_INVALID, "domain is not running");
        return false;
    }
    /* One that was never adopted is ended by what is remembered of it. */
    if (domain->guest && !rv_instance_has_ended(instance) &&
        !end_guest(instance, graceful, op, error))
        return false;
    clean_up(instance);
    return true;
}

static bool may_restart(RvInstance *instance)
{
    RvDomain *domain = instance->domain;
    bool quick = g_get_monotonic_time() - instance->started_us < QUICK_US;
    domain->restarts = quick ? domain->restarts + 1 : 0;
    if (domain->restarts <= MAX_QUICK_RESTARTS)
        return true;
    rv_log_warning("domain '%s' has ended %u times, each time at once: not started again",
                   domain->name, domain->restarts);
    rv_domain_add_failure(domain, "it ended %u times, each time at once, and was not started again",
                          domain->restarts);
    domain->restarts = 0;
    return false;
}

void rv_lifecycle_stopped(RvDomain *domain, RvShutoffReason reason)
{
    g_autoptr(RvInstance) instance = g_steal_pointer(&domain->instance);
    g_assert(instance);
    domain->guest = NULL;
    rv_instance_set_ended(instance);
    g_clear_pointer(&instance->retry, rv_timer_free);
    rv_domain_set_state(domain, RV_DOMAIN_SHUTOFF, (int)reason);
    domain->failures_over |= reason == RV_SHUTOFF_SHUTDOWN || reason == RV_SHUTOFF_DESTROYED ||
                             reason == RV_SHUTOFF_SAVED;
    if (!instance->restart || reason == RV_SHUTOFF_DESTROYED || !may_restart(instance)) {
        rv_lifecycle_release(domain);
        return;
    }
    RvDomainDef *def = domain->view->config ? NULL : rv_domain_def_copy(instance->guest->def);
    rv_lifecycle_queue_start(domain, def, NULL, NULL);
}

/* ---- Of the daemon's own -------------------------------------------------------------------- */

typedef struct {
    RvDomain *domain;
    RvDomainDef *def;
    RvShutoffReason reason;
    RvLoopFunc done;
    void *data;
    RvInstance *ended; /* clean-up: the instance that ended */
} Order;

static Order *order_new(RvDomain *domain)
{
    Order *order = g_new0(Order, 1);
    order->domain = rv_domain_ref(domain);
    return order;
}

static void order_free(void *data)
{
    Order *order = data;
    rv_instance_unref(order->ended);
    rv_domain_def_unref(order->def);
    rv_domain_unref(order->domain);
    g_free(order);
}

static void submit(Order *order, RvJobKind kind, RvJobWork work, RvJobDone done)
{
    g_autoptr(GError) error = NULL;
    RvJobSpec spec = {
        .kind = kind,
        .owner = "reeved",
        .preempts = kind == RV_JOB_DESTROY,
        .work = work,
        .done = done,
        .data = order,
        .free_data = order_free,
    };
    if (rv_job_submit(order->domain->jobs, &spec, &error))
        return;
    done(NULL, order, error);
    order_free(order);
}

static bool start_work(RvJob *job, RvOperation *op, void *data, GError **error)
{
    Order *order = data;
    const RvStartSource source = {.def = order->def};
    return rv_lifecycle_start(order->domain, order->def ? &source : NULL, 0, op, error);
}

static void start_done(RvJob *job, void *data, const GError *error)
{
    Order *order = data;
    if (error) {
        rv_log_error("domain '%s' cannot be started: %s", order->domain->name, error->message);
        rv_lifecycle_release(order->domain);
    } else {
        rv_lifecycle_started(order->domain);
    }
    if (order->done) /* not from within queue_start(), should that have failed */
        rv_loop_post(order->domain->core->loop, order->done, order->data);
}

void rv_lifecycle_queue_start(RvDomain *domain, RvDomainDef *def, RvLoopFunc done, void *data)
{
    Order *order = order_new(domain);
    order->def = def;
    order->done = done;
    order->data = data;
    submit(order, RV_JOB_START, start_work, start_done);
}

static bool destroy_work(RvJob *job, RvOperation *op, void *data, GError **error)
{
    return rv_lifecycle_destroy(((Order *)data)->domain, false, op, error);
}

static void destroy_done(RvJob *job, void *data, const GError *error)
{
    Order *order = data;
    RvDomain *domain = order->domain;
    if (!error) {
        rv_lifecycle_stopped(domain, order->reason);
    } else if (domain->instance) {
        rv_log_error("domain '%s' cannot be destroyed: %s", domain->name, error->message);
        rv_domain_add_failure(domain, "it could not be destroyed: %s", error->message);
    }
}

void rv_lifecycle_queue_destroy(RvDomain *domain, RvShutoffReason reason)
{
    Order *order = order_new(domain);
    order->reason = reason;
    submit(order, RV_JOB_DESTROY, destroy_work, destroy_done);
}

static bool cleanup_work(RvJob *job, RvOperation *op, void *data, GError **error)
{
    Order *order = data;
    if (order->domain->instance == order->ended)
        clean_up(order->ended);
    return true;
}

static void cleanup_done(RvJob *job, void *data, const GError *error)
{
    Order *order = data;
    if (!error && order->domain->instance == order->ended) /* a destroy may have been first */
        rv_lifecycle_stopped(order->domain, order->ended->end_reason);
}

void rv_lifecycle_queue_cleanup(RvInstance *instance)
{
    Order *order = order_new(instance->domain);
    order->ended = rv_instance_ref(instance);
    submit(order, RV_JOB_CLEANUP, cleanup_work, cleanup_done);
}

/* ---- The end of the daemon ------------------------------------------------------------------ */

static void close_queue(RvDomain *domain, void *data)
{
    rv_job_queue_close(domain->jobs);
    if (domain->instance)
        g_clear_pointer(&domain->instance->retry, rv_timer_free);
}

void rv_lifecycle_stop(RvCore *core)
{
    rv_registry_foreach(core->registry, NULL, close_queue, NULL);
    rv_objects_stop(core);
}

static void see_idle(RvDomain *domain, void *data)
{
    *(bool *)data = *(bool *)data && rv_job_queue_is_idle(domain->jobs);
}

bool rv_lifecycle_is_idle(RvCore *core)
{
    bool idle = rv_objects_are_idle(core);
    rv_registry_foreach(core->registry, NULL, see_idle, &idle);
    return idle;
}

static void let_go(RvDomain *domain, void *data)
{
    domain->guest = NULL;
    g_clear_pointer(&domain->instance, rv_instance_unref);
}

void rv_lifecycle_let_go(RvCore *core)
{
    rv_registry_foreach(core->registry, NULL, let_go, NULL);
}
