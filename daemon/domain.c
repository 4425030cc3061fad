/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/domain.h"

#include "base/error.h"
#include "base/log.h"
#include "daemon/core.h"
#include "daemon/event.h"
#include "daemon/instance.h"
#include "daemon/registry.h"
#include "daemon/run-state.h"

enum { MAX_FAILURES = 10 };

/* ---- Views ---------------------------------------------------------------------------------- */

RvDomainView *rv_domain_view_ref(RvDomainView *view)
{
    g_atomic_int_inc(&view->refs);
    return view;
}

void rv_domain_view_unref(RvDomainView *view)
{
    if (!view || !g_atomic_int_dec_and_test(&view->refs))
        return;
    rv_definition_unref(view->config);
    rv_definition_unref(view->live);
    rv_guest_stats_unref(view->stats);
    g_free(view);
}

bool rv_domain_view_is_active(const RvDomainView *view)
{
    return rv_domain_state_is_active(view->state);
}

const RvDefinition *rv_domain_view_current(const RvDomainView *view)
{
    return rv_domain_view_is_active(view) && view->live ? view->live : view->config;
}

/* A copy to change and publish: the view itself is immutable. */
static RvDomainView *view_copy(const RvDomainView *view)
{
    RvDomainView *copy = g_memdup2(view, sizeof(*view));
    copy->refs = 1;
    if (copy->config)
        rv_definition_ref(copy->config);
    if (copy->live)
        rv_definition_ref(copy->live);
    if (copy->stats)
        rv_guest_stats_ref(copy->stats);
    return copy;
}

/* Of the pointer to the view, between the I/O thread that publishes and workers that get. */
static GMutex publishing;

RvDomainView *rv_domain_get_view(RvDomain *domain)
{
    g_mutex_lock(&publishing);
    RvDomainView *view = rv_domain_view_ref(domain->view);
    g_mutex_unlock(&publishing);
    return view;
}

static void publish(RvDomain *domain, RvDomainView *view)
{
    g_mutex_lock(&publishing);
    g_autoptr(RvDomainView) old = domain->view;
    domain->view = view;
    g_mutex_unlock(&publishing);
}

/* ---- Domains -------------------------------------------------------------------------------- */

/* Nothing keeps a domain but its definition, its guest, or a job. */
static void leave_if_gone(void *data)
{
    RvDomain *domain = data;
    RvRegistry *registry = domain->core->registry;
    if (!domain->view->persistent && !domain->instance &&
        rv_registry_find(registry, &domain->uuid) == domain)
        rv_registry_remove(registry, domain);
}

RvDomain *rv_domain_new(RvCore *core, const RvDriver *driver, const RvUuid *uuid, const char *name)
{
    RvDomain *domain = g_new0(RvDomain, 1);
    domain->refs = 1;
    domain->core = core;
    domain->driver = driver;
    domain->uuid = *uuid;
    domain->name = g_strdup(name);
    domain->jobs = rv_job_queue_new(core, leave_if_gone, domain);
    domain->view = g_new0(RvDomainView, 1);
    domain->view->refs = 1;
    domain->view->state = RV_DOMAIN_SHUTOFF;
    domain->view->id = -1;
    return domain;
}

RvDomain *rv_domain_ref(RvDomain *domain)
{
    g_atomic_int_inc(&domain->refs);
    return domain;
}

void rv_domain_unref(RvDomain *domain)
{
    if (!domain || !g_atomic_int_dec_and_test(&domain->refs))
        return;
    g_assert(!domain->instance);
    rv_job_queue_free(domain->jobs);
    rv_domain_view_unref(domain->view);
    if (domain->warnings)
        g_ptr_array_unref(domain->warnings);
    if (domain->failures)
        g_ptr_array_unref(domain->failures);
    g_free(domain->name);
    g_free(domain);
}

RvGuest *rv_domain_get_guest(const RvDomain *domain, GError **error)
{
    if (domain->guest)
        return domain->guest;
    if (domain->instance) {
        rv_error_set(error, RV_ERR_OPERATION_FAILED,
                     "domain '%s' is running, but has not answered since the daemon was started",
                     domain->name);
        rv_error_remedy(error, "wait until it answers again, or destroy it");
    } else {
        rv_error_set(error, RV_ERR_OPERATION_INVALID, "domain is not running");
        rv_error_source(error, RV_ERROR_SOURCE_DOMAIN);
    }
    return NULL;
}

static void failure_free(void *data)
{
    RvFailure *failure = data;
    g_free(failure->text);
    g_free(failure);
}

void rv_domain_add_failure(RvDomain *domain, const char *format, ...)
{
    RvFailure *failure = g_new(RvFailure, 1);
    va_list args;
    va_start(args, format);
    *failure = (RvFailure){g_get_real_time(), g_strdup_vprintf(format, args)};
    va_end(args);

    domain->failures_over = false;
    if (!domain->failures)
        domain->failures = g_ptr_array_new_with_free_func(failure_free);
    if (domain->failures->len == MAX_FAILURES)
        g_ptr_array_remove_index(domain->failures, 0);
    g_ptr_array_add(domain->failures, failure);
}

/* ---- Events --------------------------------------------------------------------------------- */

/* Details of lifecycle events: libvirt's numbers. */
enum { DEFINED_ADDED = 0, DEFINED_UPDATED = 1 };
enum { UNDEFINED_REMOVED = 0 };
enum { STARTED_BOOTED, STARTED_MIGRATED, STARTED_RESTORED, STARTED_FROM_SNAPSHOT, STARTED_WAKEUP };
enum { SUSPENDED_PAUSED = 0, SUSPENDED_MIGRATED, SUSPENDED_IOERROR, SUSPENDED_WATCHDOG,
       SUSPENDED_FROM_SNAPSHOT = 5 };
enum { RESUMED_UNPAUSED, RESUMED_MIGRATED, RESUMED_FROM_SNAPSHOT };
enum { STOPPED_SHUTDOWN, STOPPED_DESTROYED, STOPPED_CRASHED, STOPPED_MIGRATED, STOPPED_SAVED,
       STOPPED_FAILED, STOPPED_FROM_SNAPSHOT };
enum { SHUTDOWN_FINISHED, SHUTDOWN_GUEST, SHUTDOWN_HOST };
enum { PMSUSPENDED_MEMORY = 0 };
enum { CRASHED_PANICKED = 0 };

enum { ANY = -1 };

typedef struct {
    int from, to, reason;  /* states; ANY */
    RvLifecycleType type;
    int detail;
} Move;

#define MOVE(from, to, reason, what, how)                                                          \
    {from, RV_DOMAIN_##to, reason, RV_LIFECYCLE_##what, what##_##how}
#define FROM(state) RV_DOMAIN_##state

/* Which event belongs to which move: the first row that fits. A move without a row is silent. */
static const Move moves[] = {
    MOVE(FROM(SHUTOFF), RUNNING, RV_RUNNING_MIGRATED, STARTED, MIGRATED),
    MOVE(FROM(SHUTOFF), RUNNING, RV_RUNNING_RESTORED, STARTED, RESTORED),
    MOVE(FROM(SHUTOFF), RUNNING, RV_RUNNING_FROM_SNAPSHOT, STARTED, FROM_SNAPSHOT),
    MOVE(FROM(SHUTOFF), RUNNING, ANY, STARTED, BOOTED),
    MOVE(FROM(SHUTOFF), PAUSED, ANY, STARTED, BOOTED),
    MOVE(FROM(PMSUSPENDED), RUNNING, ANY, STARTED, WAKEUP),
    MOVE(ANY, RUNNING, RV_RUNNING_MIGRATED, RESUMED, MIGRATED),
    MOVE(ANY, RUNNING, RV_RUNNING_FROM_SNAPSHOT, RESUMED, FROM_SNAPSHOT),
    MOVE(ANY, RUNNING, ANY, RESUMED, UNPAUSED),
    MOVE(ANY, PAUSED, RV_PAUSED_MIGRATION, SUSPENDED, MIGRATED),
    MOVE(ANY, PAUSED, RV_PAUSED_IOERROR, SUSPENDED, IOERROR),
    MOVE(ANY, PAUSED, RV_PAUSED_WATCHDOG, SUSPENDED, WATCHDOG),
    MOVE(ANY, PAUSED, RV_PAUSED_FROM_SNAPSHOT, SUSPENDED, FROM_SNAPSHOT),
    MOVE(ANY, PAUSED, ANY, SUSPENDED, PAUSED),
    MOVE(ANY, SHUTDOWN, RV_SHUTDOWN_BY_GUEST, SHUTDOWN, GUEST),
    MOVE(ANY, SHUTDOWN, RV_SHUTDOWN_BY_HOST, SHUTDOWN, HOST),
    MOVE(ANY, SHUTDOWN, ANY, SHUTDOWN, FINISHED),
    MOVE(ANY, PMSUSPENDED, ANY, PMSUSPENDED, MEMORY),
    MOVE(ANY, CRASHED, ANY, CRASHED, PANICKED),
    MOVE(ANY, SHUTOFF, RV_SHUTOFF_SHUTDOWN, STOPPED, SHUTDOWN),
    MOVE(ANY, SHUTOFF, RV_SHUTOFF_DESTROYED, STOPPED, DESTROYED),
    MOVE(FROM(CRASHED), SHUTOFF, RV_SHUTOFF_CRASHED, STOPPED, CRASHED),
    MOVE(ANY, SHUTOFF, RV_SHUTOFF_MIGRATED, STOPPED, MIGRATED),
    MOVE(ANY, SHUTOFF, RV_SHUTOFF_SAVED, STOPPED, SAVED),
    MOVE(ANY, SHUTOFF, RV_SHUTOFF_FROM_SNAPSHOT, STOPPED, FROM_SNAPSHOT),
    MOVE(ANY, SHUTOFF, ANY, STOPPED, FAILED),
};

static void emit_lifecycle(RvDomain *domain, RvLifecycleType type, int detail)
{
    rv_trace(RV_TRACE_STATE, "%s: lifecycle event %d, detail %d", domain->name, type, detail);
    rv_events_emit(domain->core->events, &(RvEvent){
                                             .id = RV_EVENT_LIFECYCLE,
                                             .driver = domain->driver,
                                             .uuid = domain->uuid,
                                             .name = domain->name,
                                             .domain_id = domain->view->id,
                                             .type = type,
                                             .detail = detail,
                                         });
}

static void emit_move(RvDomain *domain, RvDomainState from, RvDomainState to, int reason)
{
    for (size_t i = 0; i < G_N_ELEMENTS(moves); i++) {
        const Move *move = &moves[i];
        if ((move->from == ANY || move->from == (int)from) && move->to == (int)to &&
            (move->reason == ANY || move->reason == reason)) {
            emit_lifecycle(domain, move->type, move->detail);
            break;
        }
    }
    /* libvirt tells of a guest that was started paused by two events. */
    if (from == RV_DOMAIN_SHUTOFF && to == RV_DOMAIN_PAUSED)
        emit_lifecycle(domain, RV_LIFECYCLE_SUSPENDED, SUSPENDED_PAUSED);
}

void rv_domain_restore(RvDomain *domain, RvDomainView *view)
{
    rv_registry_id_changed(domain->core->registry, domain, domain->view->id, view->id);
    publish(domain, view);
    domain->visible = true;
}

/* ---- Setters -------------------------------------------------------------------------------- */

void rv_domain_set_state(RvDomain *domain, RvDomainState state, int reason)
{
    RvDomainState from = domain->view->state;
    int old_id = domain->view->id;
    bool for_event_only = state == RV_DOMAIN_SHUTDOWN && reason >= RV_SHUTDOWN_BY_GUEST;
    int shown = for_event_only ? RV_SHUTDOWN_UNKNOWN : reason;
    if (from == state && domain->view->reason == shown)
        return;
    g_assert(rv_domain_state_can_become(from, state));
    g_assert(!rv_domain_state_is_active(state) || domain->instance);

    RvDomainView *view = view_copy(domain->view);
    view->state = state;
    view->reason = shown;
    view->since_us = g_get_real_time();
    if (rv_domain_state_is_active(state)) {
        view->id = domain->instance->guest->id;
        domain->visible = true;
    } else {
        view->id = -1;
        g_clear_pointer(&view->live, rv_definition_unref);
        g_clear_pointer(&view->stats, rv_guest_stats_unref);
    }
    publish(domain, view);
    rv_trace(RV_TRACE_STATE, "%s: %s -> %s", domain->name, rv_domain_state_to_string(from),
             rv_domain_state_reason_to_string(state, shown));

    rv_registry_id_changed(domain->core->registry, domain, old_id, view->id);
    if (rv_domain_view_is_active(view))
        rv_run_state_update(domain->core->run_state, domain);
    if (from != state)
        emit_move(domain, from, state, reason);
}

void rv_domain_set_config(RvDomain *domain, RvDefinition *config)
{
    bool was_persistent = domain->view->persistent;
    RvDomainView *view = view_copy(domain->view);
    rv_definition_unref(view->config);
    view->config = config ? rv_definition_ref(config) : NULL;
    view->persistent = config;
    if (!config)
        view->autostart = false;
    publish(domain, view);

    if (config) {
        domain->visible = true;
        emit_lifecycle(domain, RV_LIFECYCLE_DEFINED,
                       was_persistent ? DEFINED_UPDATED : DEFINED_ADDED);
    } else if (was_persistent) {
        domain->visible = rv_domain_view_is_active(view);
        emit_lifecycle(domain, RV_LIFECYCLE_UNDEFINED, UNDEFINED_REMOVED);
    }
}

void rv_domain_set_live(RvDomain *domain, RvDefinition *live)
{
    RvDomainView *view = view_copy(domain->view);
    rv_definition_unref(view->live);
    view->live = live ? rv_definition_ref(live) : NULL;
    publish(domain, view);
}

void rv_domain_set_autostart(RvDomain *domain, bool autostart)
{
    RvDomainView *view = view_copy(domain->view);
    view->autostart = autostart;
    publish(domain, view);
}

void rv_domain_set_saved(RvDomain *domain, bool saved)
{
    RvDomainView *view = view_copy(domain->view);
    view->saved = saved;
    publish(domain, view);
}

void rv_domain_set_stats(RvDomain *domain, RvGuestStats *stats)
{
    RvDomainView *view = view_copy(domain->view);
    rv_guest_stats_unref(view->stats);
    view->stats = stats ? rv_guest_stats_ref(stats) : NULL;
    publish(domain, view);
}
