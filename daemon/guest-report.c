/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/guest-report.h"

#include "base/log.h"
#include "daemon/core.h"
#include "daemon/dump.h"
#include "daemon/event.h"
#include "daemon/lifecycle.h"
#include "daemon/run-state.h"

typedef enum { STATE, EVENT, FAILURE, ENDED, REBOOTED } ReportKind;

typedef struct {
    RvInstance *instance; /* a reference */
    ReportKind kind;
    RvDomainState state;
    int reason; /* of the state, or of the end */
    char how[160]; /* it ended, or what failed; "": the usual words */
    bool again;    /* it is to start once more */
    RvGuestEvent event;
} Report;

/* ---- Judging -------------------------------------------------------------------------------- */

static bool restarts(RvLifecycleAction action)
{
    return action == RV_LIFECYCLE_RESTART || action == RV_LIFECYCLE_RENAME_RESTART ||
           action == RV_LIFECYCLE_COREDUMP_RESTART;
}

static bool wants_dump(RvLifecycleAction action)
{
    return action == RV_LIFECYCLE_COREDUMP_DESTROY || action == RV_LIFECYCLE_COREDUMP_RESTART;
}

/* The guest's kernel panicked; its instance is still there. */
static void on_crash(RvInstance *instance)
{
    RvDomain *domain = instance->domain;
    RvLifecycleAction action = instance->guest->def->on_crash;
    rv_domain_set_state(domain, RV_DOMAIN_CRASHED, RV_CRASHED_PANICKED);
    rv_domain_add_failure(domain, "the guest's kernel panicked");
    if (action == RV_LIFECYCLE_PRESERVE)
        return;
    instance->restart = restarts(action);
    if (wants_dump(action))
        rv_dump_queue_crashed(domain);
    else
        rv_lifecycle_queue_destroy(domain, RV_SHUTOFF_CRASHED);
}

static void on_state(RvInstance *instance, RvDomainState state, int reason)
{
    RvDomain *domain = instance->domain;
    RvDomainState now = domain->view->state;
    if (state == now)
        return; /* what a job has published already, with a better reason */
    if (!rv_domain_state_is_active(state) || !rv_domain_state_can_become(now, state)) {
        rv_log_warning("driver %s reports domain '%s' to be %s, which it cannot be: it is %s",
                       domain->driver->name, domain->name, rv_domain_state_to_string(state),
                       rv_domain_state_to_string(now));
        return;
    }
    /* To clients a guest that starts again at once was never about to go. */
    if (state == RV_DOMAIN_SHUTDOWN && restarts(instance->guest->def->on_poweroff))
        return;
    if (state == RV_DOMAIN_CRASHED)
        on_crash(instance);
    else
        rv_domain_set_state(domain, state, reason);
}

static void emit(RvDomain *domain, RvGuestEvent event)
{
    static const RvEventId ids[] = {
        [RV_GUEST_REBOOTED] = RV_EVENT_REBOOT,
        [RV_GUEST_RTC_CHANGED] = RV_EVENT_RTC_CHANGE,
        [RV_GUEST_WATCHDOG] = RV_EVENT_WATCHDOG,
    };
    rv_events_emit(domain->core->events, &(RvEvent){
                                             .id = ids[event],
                                             .driver = domain->driver,
                                             .uuid = domain->uuid,
                                             .name = domain->name,
                                             .domain_id = domain->view->id,
                                         });
}

static void on_event(RvInstance *instance, RvGuestEvent event)
{
    RvDomain *domain = instance->domain;
    emit(domain, event);
    if (event == RV_GUEST_REBOOTED && instance->guest->def->on_reboot == RV_LIFECYCLE_DESTROY)
        rv_lifecycle_queue_destroy(domain, RV_SHUTOFF_SHUTDOWN);
}

static void on_ended(RvInstance *instance, const Report *report)
{
    RvShutoffReason reason = (RvShutoffReason)report->reason;
    rv_instance_set_ended(instance);
    instance->end_reason = reason;
    instance->restart = report->again || (reason == RV_SHUTOFF_SHUTDOWN &&
                                          restarts(instance->guest->def->on_poweroff));
    if (*report->how)
        rv_domain_add_failure(instance->domain, "%s", report->how);
    else if (reason == RV_SHUTOFF_CRASHED || reason == RV_SHUTOFF_FAILED)
        rv_domain_add_failure(instance->domain, "it ended unexpectedly");
    rv_lifecycle_queue_cleanup(instance);
}

static void on_rebooted(RvInstance *instance)
{
    rv_instance_set_ended(instance);
    instance->end_reason = RV_SHUTOFF_SHUTDOWN;
    instance->restart = restarts(instance->guest->def->on_reboot);
    emit(instance->domain, RV_GUEST_REBOOTED);
    rv_lifecycle_queue_cleanup(instance);
}

static void judge(Report *report)
{
    RvInstance *instance = report->instance;
    if (instance->ended)
        return;
    switch (report->kind) {
    case STATE:
        on_state(instance, report->state, report->reason);
        break;
    case EVENT:
        on_event(instance, report->event);
        break;
    case FAILURE:
        rv_domain_add_failure(instance->domain, "%s", report->how);
        break;
    case ENDED:
        on_ended(instance, report);
        break;
    case REBOOTED:
        on_rebooted(instance);
        break;
    }
}

/* [loop] */
static void receive(void *data)
{
    Report *report = data;
    RvInstance *instance = report->instance;
    rv_trace(RV_TRACE_STATE, "%s: reported: kind %d, state %d, reason %d", instance->domain->name,
             report->kind, report->state, report->reason);
    if (instance->domain->instance != instance && !instance->ended) {
        g_queue_push_tail(&instance->early, report);
        rv_instance_unref(instance); /* no circle: what it holds itself needs no reference */
        return;
    }
    judge(report);
    rv_instance_unref(instance);
    g_free(report);
}

void rv_guest_report_catch_up(RvInstance *instance)
{
    Report *report;
    while ((report = g_queue_pop_head(&instance->early))) {
        judge(report);
        g_free(report);
    }
}

/* ---- Reporting (any thread) ----------------------------------------------------------------- */

static void post(RvGuest *guest, Report report)
{
    RvInstance *instance = guest->core;
    report.instance = rv_instance_ref(instance);
    rv_loop_post(instance->domain->core->loop, receive, g_memdup2(&report, sizeof(report)));
}

static void report_state(RvGuest *guest, RvDomainState state, int reason)
{
    post(guest, (Report){.kind = STATE, .state = state, .reason = reason});
}

static void report_event(RvGuest *guest, RvGuestEvent event)
{
    post(guest, (Report){.kind = EVENT, .event = event});
}

static void report_ended(RvGuest *guest, RvShutoffReason reason)
{
    post(guest, (Report){.kind = ENDED, .reason = (int)reason});
}

static void report_exited(RvGuest *guest, RvShutoffReason reason, const char *how, bool again)
{
    Report report = {.kind = ENDED, .reason = (int)reason, .again = again};
    g_strlcpy(report.how, how ? how : "", sizeof(report.how));
    post(guest, report);
}

static void report_failure(RvGuest *guest, const char *text)
{
    Report report = {.kind = FAILURE};
    g_strlcpy(report.how, text, sizeof(report.how));
    post(guest, report);
}

static void report_rebooted(RvGuest *guest)
{
    post(guest, (Report){.kind = REBOOTED});
}

typedef struct {
    RvCore *core;
    RvRemembered *guest;
} Found;

/* [loop] */
static void receive_found(void *data)
{
    Found *found = data;
    rv_lifecycle_found(found->core, found->guest);
    rv_remembered_free(found->guest);
    g_free(found);
}

static void report_found(const RvDriverHost *host, const RvDomainDef *def, RvDomainState state,
                         json_t *remembered)
{
    Found *found = g_new0(Found, 1);
    found->core = host->core;
    found->guest = g_new0(RvRemembered, 1);
    *found->guest = (RvRemembered){
        .uuid = def->uuid,
        .driver = g_strdup(host->driver->name),
        .name = g_strdup(def->name),
        .id = def->id,
        .phase = RV_PHASE_ACTIVE,
        .state = state,
        .since_us = g_get_real_time(),
        .transient = true,
        .remembered = json_incref(remembered),
        .live = rv_domain_def_format(def, RV_FORMAT_LIVE | RV_FORMAT_SECRETS),
    };
    rv_loop_post(found->core->loop, receive_found, found);
}

const RvGuestReports rv_lifecycle_reports = {
    .state = report_state,
    .event = report_event,
    .ended = report_ended,
    .exited = report_exited,
    .failure = report_failure,
    .rebooted = report_rebooted,
    .found = report_found,
};
