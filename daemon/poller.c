/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/poller.h"

#include "base/log.h"
#include "base/workers.h"
#include "daemon/registry.h"

enum { THREADS = 8, MAX_THREADS = 256 };
enum { DEADLINE_MS = 1000, FRESH_US = G_USEC_PER_SEC, MAX_BACKOFF = 5 };

struct RvPoller {
    RvCore *core;
    RvWorkers *workers;
    RvTimer *timer;
    int64_t interval_us;
};

typedef struct {
    RvPoller *poller;
    RvInstance *instance; /* a reference: keeps the guest */
    RvGuestStats *stats;  /* a copy of the last ones, to be filled in */
    GError *error;
} Refresh;

static bool can_poll(const RvPoller *poller, const RvDomain *domain)
{
    return poller->workers && domain->guest && domain->driver->stats &&
           domain->driver->stats->refresh && !domain->instance->refreshing &&
           !rv_instance_has_ended(domain->instance);
}

/* [loop] */
static void refreshed(void *data)
{
    Refresh *refresh = data;
    RvInstance *instance = refresh->instance;
    RvDomain *domain = instance->domain;
    int64_t now = g_get_monotonic_time();
    instance->refreshing = false;
    instance->failures = refresh->error ? MIN(instance->failures + 1, MAX_BACKOFF) : 0;
    instance->refresh_due = now + (refresh->poller->interval_us << instance->failures);
    g_clear_pointer(&refresh->stats->failure, g_free);
    if (refresh->error)
        refresh->stats->failure = g_strdup(refresh->error->message);
    else
        refresh->stats->taken_us = now;

    if (domain->instance == instance)
        rv_domain_set_stats(domain, refresh->stats);
    rv_guest_stats_unref(refresh->stats);
    rv_instance_unref(instance);
    g_clear_error(&refresh->error);
    g_free(refresh);
}

/* [any thread] */
static bool ask(RvInstance *instance, RvGuestStats *stats, GError **error)
{
    RvGuest *guest = instance->guest;
    return guest->driver->stats->refresh(guest, DEADLINE_MS, stats, error);
}

/* [poller's thread] */
static void run_refresh(void *data)
{
    Refresh *refresh = data;
    bool ok = ask(refresh->instance, refresh->stats, &refresh->error);
    g_assert(ok == !refresh->error);
    rv_loop_post(refresh->poller->core->loop, refreshed, refresh);
}

static void refresh_domain(RvPoller *poller, RvDomain *domain)
{
    const RvGuestStats *last = domain->view->stats;
    Refresh *refresh = g_new0(Refresh, 1);
    refresh->poller = poller;
    refresh->instance = rv_instance_ref(domain->instance);
    refresh->stats = last ? rv_guest_stats_copy(last) : rv_guest_stats_new();
    domain->instance->refreshing = true;
    rv_workers_push(poller->workers, run_refresh, refresh);
}

static void poll_domain(RvDomain *domain, void *data)
{
    RvPoller *poller = data;
    if (can_poll(poller, domain) && domain->instance->refresh_due <= g_get_monotonic_time())
        refresh_domain(poller, domain);
}

static void poll_all(void *data)
{
    RvPoller *poller = data;
    rv_registry_foreach(poller->core->registry, NULL, poll_domain, poller);
}

void rv_poller_want(RvPoller *poller, RvDomain *domain)
{
    const RvGuestStats *stats = domain->view->stats;
    if (!can_poll(poller, domain))
        return;
    /* A guest that does not answer is not asked more often because somebody looks. */
    bool stale = !stats || g_get_monotonic_time() - stats->taken_us > FRESH_US;
    bool due = domain->instance->failures == 0 ||
               domain->instance->refresh_due <= g_get_monotonic_time();
    if (stale && due)
        refresh_domain(poller, domain);
}

/* [loop] Of a guest that was never asked. */
static const RvGuestStats *no_stats(void)
{
    static RvGuestStats *none;
    if (!none)
        none = rv_guest_stats_new();
    return none;
}

const RvGuestStats *rv_poller_look(RvPoller *poller, RvDomain *domain)
{
    if (rv_domain_view_is_active(domain->view))
        rv_poller_want(poller, domain);
    return domain->view->stats ? domain->view->stats : no_stats();
}

RvGuestStats *rv_poller_ask(RvInstance *instance, GError **error)
{
    g_autoptr(RvGuestStats) stats = rv_guest_stats_new();
    return ask(instance, stats, error) ? g_steal_pointer(&stats) : NULL;
}

RvPoller *rv_poller_new(RvCore *core, unsigned interval_s)
{
    RvPoller *poller = g_new0(RvPoller, 1);
    poller->core = core;
    poller->interval_us = (int64_t)interval_s * G_USEC_PER_SEC;
    poller->workers = rv_workers_new(THREADS, MAX_THREADS);
    /* Each guest has its own due time, so that they do not all come at once. */
    poller->timer = rv_timer_new(core->loop, 1000, poll_all, poller);
    return poller;
}

void rv_poller_stop(RvPoller *poller)
{
    g_clear_pointer(&poller->timer, rv_timer_free);
    g_clear_pointer(&poller->workers, rv_workers_free);
}

void rv_poller_free(RvPoller *poller)
{
    if (!poller)
        return;
    rv_poller_stop(poller);
    g_free(poller);
}
