/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/xen/guest.h"

#include <string.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/process.h"
#include "drivers/xen/config.h"
#include "drivers/xen/definition.h"
#include "drivers/xen/host.h"
#include "drivers/xen/toolstack.h"

/* libxl gives a guest a minute to suspend. */
enum { ASK_MS = 10 * 1000, RESUME_MS = 60 * 1000, WAKE_US = 120 * G_USEC_PER_SEC };

json_t *xen_guest_arguments(const RvGuest *guest)
{
    char uuid[RV_UUID_STRING_LEN + 1];
    rv_uuid_format(&guest->def->uuid, uuid);
    return json_pack("{s:s}", "uuid", uuid);
}

/* ---- Known to the watcher ------------------------------------------------------------------- */

void xen_guest_begin(RvGuest *guest, int domid, bool foreign)
{
    XenHost *xen = xen_host(guest->host);
    XenGuest *own = g_new0(XenGuest, 1);
    own->domid = domid;
    own->model = -1;
    own->foreign = foreign;
    own->paused = domid < 0; /* as it is created */
    guest->priv = own;
    g_mutex_lock(&xen->lock);
    g_hash_table_insert(xen->guests, &guest->def->uuid, guest);
    g_mutex_unlock(&xen->lock);
}

void xen_guest_created(RvGuest *guest, int domid)
{
    XenHost *xen = xen_host(guest->host);
    guest->id = guest->def->id = domid;
    g_mutex_lock(&xen->lock);
    xen_guest(guest)->domid = domid;
    g_mutex_unlock(&xen->lock);
}

void xen_guest_forget(RvGuest *guest)
{
    XenHost *xen = xen_host(guest->host);
    g_mutex_lock(&xen->lock);
    if (g_hash_table_lookup(xen->guests, &guest->def->uuid) == guest)
        g_hash_table_remove(xen->guests, &guest->def->uuid);
    g_mutex_unlock(&xen->lock);
}

void xen_guest_end(RvGuest *guest)
{
    XenHost *xen = xen_host(guest->host);
    g_mutex_lock(&xen->lock);
    if (guest->priv)
        xen_guest(guest)->ending = true;
    g_mutex_unlock(&xen->lock);
}

void xen_guest_live_on(RvGuest *guest)
{
    XenHost *xen = xen_host(guest->host);
    g_mutex_lock(&xen->lock);
    if (guest->priv)
        xen_guest(guest)->ending = false;
    g_mutex_unlock(&xen->lock);
    if (xen->watcher) /* it may have gone meanwhile */
        xen_watcher_look(xen->watcher, 0);
}

void xen_guest_learn_model(RvGuest *guest, const json_t *answer)
{
    const json_t *model = json_object_get(answer, "model");
    const RvProcessId id = {
        .pid = (pid_t)json_integer_value(json_object_get(model, "pid")),
        .start_time = (uint64_t)json_integer_value(json_object_get(model, "start-time")),
    };
    if (id.pid > 0 && guest->priv && xen_guest(guest)->model < 0)
        xen_guest(guest)->model = rv_process_open(&id, NULL);
}

void xen_guest_reap_model(RvGuest *guest)
{
    enum { END_MS = 10 * 1000 };
    XenGuest *own = guest->priv;
    if (!own || own->model < 0)
        return;
    if (!rv_process_wait(own->model, END_MS, NULL))
        rv_log_warning("domain '%s' has ended, and its device model runs on", guest->def->name);
    rv_fd_close(&own->model);
}

void xen_guest_move(RvGuest *guest)
{
    XenHost *xen = xen_host(guest->host);
    g_mutex_lock(&xen->lock);
    xen_guest(guest)->moving++;
    g_mutex_unlock(&xen->lock);
}

void xen_guest_moved(RvGuest *guest, bool paused)
{
    XenHost *xen = xen_host(guest->host);
    g_mutex_lock(&xen->lock);
    xen_guest(guest)->moving--;
    xen_guest(guest)->paused = paused;
    g_mutex_unlock(&xen->lock);
}

bool xen_guest_is_paused(RvGuest *guest)
{
    XenHost *xen = xen_host(guest->host);
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&xen->lock);
    return xen_guest(guest)->paused;
}

bool xen_guest_see_paused(RvGuest *guest, bool paused)
{
    XenHost *xen = xen_host(guest->host);
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&xen->lock);
    XenGuest *own = guest->priv;
    bool changed = !own->moving && !own->ending && own->paused != paused;
    if (changed)
        own->paused = paused;
    return changed;
}

/* ---- Saved, or not -------------------------------------------------------------------------- */

void xen_guest_begin_save(RvGuest *guest)
{
    XenHost *xen = xen_host(guest->host);
    g_mutex_lock(&xen->lock);
    xen_guest(guest)->saving = true;
    xen_guest(guest)->wake_until_us = 0;
    g_mutex_unlock(&xen->lock);
}

bool xen_guest_go_on(RvGuest *guest, GError **error)
{
    XenHost *xen = xen_host(guest->host);
    g_mutex_lock(&xen->lock);
    xen_guest(guest)->saving = false;
    xen_guest(guest)->wake_until_us = g_get_monotonic_time() + WAKE_US;
    g_mutex_unlock(&xen->lock);

    json_t *result =
        xen_toolstack_run("resume", xen_guest_arguments(guest), RESUME_MS, NULL, error);
    if (json_is_true(json_object_get(result, "resumed"))) {
        g_mutex_lock(&xen->lock);
        xen_guest(guest)->wake_until_us = 0;
        g_mutex_unlock(&xen->lock);
    }
    bool ok = result;
    json_decref(result);
    return ok;
}

/* Under lock. A guest that did what a former save had asked of it. */
static bool is_to_wake(RvGuest *guest, const char *reason)
{
    XenGuest *own = xen_guest(guest);
    bool wake = strcmp(reason, "suspend") == 0 && !own->saving &&
                g_get_monotonic_time() < own->wake_until_us;
    own->wake_until_us = wake ? 0 : own->wake_until_us;
    return wake;
}

/* ---- What it tells -------------------------------------------------------------------------- */

void xen_guest_report_stop(RvGuest *guest, const char *reason)
{
    const RvGuestReports *reports = guest->host->reports;
    bool foreign = xen_guest(guest)->foreign;
    if (strcmp(reason, "suspend") == 0)
        return; /* it is being saved */
    if (strcmp(reason, "crash") == 0 || strcmp(reason, "watchdog") == 0)
        reports->state(guest, RV_DOMAIN_CRASHED, RV_CRASHED_PANICKED);
    else if (foreign) /* whoever made it decides what comes now */
        reports->state(guest, RV_DOMAIN_SHUTDOWN, RV_SHUTDOWN_UNKNOWN);
    else if (strcmp(reason, "reboot") == 0 || strcmp(reason, "soft_reset") == 0)
        reports->rebooted(guest);
    else
        reports->ended(guest, RV_SHUTOFF_SHUTDOWN);
}

/* Under lock. The id is part of the identity: a domain that was made anew has another. */
static RvGuest *find(XenHost *xen, int domid, const char *uuid)
{
    RvUuid key;
    RvGuest *guest = rv_uuid_parse(uuid, &key) ? g_hash_table_lookup(xen->guests, &key) : NULL;
    return guest && xen_guest(guest)->domid == domid && !xen_guest(guest)->ending ? guest : NULL;
}

static void stopped(void *data, int domid, const char *uuid, const char *reason)
{
    XenHost *xen = data;
    g_autoptr(GError) error = NULL;
    g_mutex_lock(&xen->lock);
    RvGuest *guest = find(xen, domid, uuid);
    bool wake = guest && is_to_wake(guest, reason);
    if (guest && !wake)
        xen_guest_report_stop(guest, reason);
    g_mutex_unlock(&xen->lock);
    if (wake && !xen_toolstack_do("resume", json_pack("{s:s}", "uuid", uuid), RESUME_MS, NULL,
                                  &error))
        rv_log_error("xen: domain %d does not go on: %s", domid, error->message);
}

static void gone(void *data, int domid, const char *uuid)
{
    XenHost *xen = data;
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&xen->lock);
    RvGuest *guest = find(xen, domid, uuid);
    if (guest)
        guest->host->reports->ended(guest, RV_SHUTOFF_DESTROYED);
}

/* ---- Domains of others ---------------------------------------------------------------------- */

/* How much Domain-0 can have; `now` where nobody knows. */
static uint64_t first_domain_limit(uint64_t now)
{
    g_autoptr(GError) error = NULL;
    json_t *report = xen_toolstack_run("host", NULL, ASK_MS, NULL, &error);
    uint64_t said = (uint64_t)json_integer_value(json_object_get(report, "first-max-kib"));
    uint64_t all = (uint64_t)json_integer_value(json_object_get(report, "total-kib"));
    json_decref(report);
    if (error)
        rv_log_warning("xen: the most that Domain-0 can have is not known: %s", error->message);
    return MAX(said ? said : all, now);
}

static RvDomainDef *first_domain(const json_t *domain)
{
    RvDomainDef *def = rv_domain_def_new();
    def->virt = RV_VIRT_XEN;
    def->name = g_strdup("Domain-0");
    def->os.type = RV_OS_XEN;
    def->os.arch = g_strdup("x86_64");
    def->max_vcpus = (unsigned)json_integer_value(json_object_get(domain, "max-vcpus"));
    def->vcpus = (unsigned)json_integer_value(json_object_get(domain, "vcpus"));
    def->memory_kib = (uint64_t)json_integer_value(json_object_get(domain, "memory-kib"));
    def->max_memory_kib = first_domain_limit(def->memory_kib);
    def->on_poweroff = def->on_reboot = def->on_crash = RV_LIFECYCLE_DESTROY;
    return def;
}

static RvDomainDef *learn(XenHost *xen, const json_t *domain, GError **error)
{
    int domid = (int)json_integer_value(json_object_get(domain, "domid"));
    if (domid == 0)
        return first_domain(domain);
    json_t *arguments = json_pack("{s:O}", "uuid", json_object_get(domain, "uuid"));
    json_t *config = xen_toolstack_run("config", arguments, ASK_MS, NULL, error);
    g_autoptr(RvDomainDef) def = config ? xen_config_to_def(config, error) : NULL;
    json_decref(config);
    return def && xen_definition_ops.complete(xen->host, def, error) ? g_steal_pointer(&def) : NULL;
}

/* Xen has a domain before libxl has kept what it is, which whoever makes it does last. */
static void ask_again(XenHost *xen, int domid, const char *why)
{
    enum { TRIES = 30, AGAIN_MS = 1000 };
    gpointer key = GINT_TO_POINTER(domid);
    guint tries = GPOINTER_TO_UINT(g_hash_table_lookup(xen->strangers, key)) + 1;
    g_hash_table_insert(xen->strangers, key, GUINT_TO_POINTER(tries));
    if (tries < TRIES)
        xen_watcher_look(xen->watcher, AGAIN_MS);
    else if (tries == TRIES)
        rv_log_warning("xen: domain %d is left alone: %s", domid, why);
}

/* Tells the core of a domain that it may not know. */
static void tell_of(XenHost *xen, const json_t *domain)
{
    g_autoptr(GError) error = NULL;
    int domid = (int)json_integer_value(json_object_get(domain, "domid"));
    g_autoptr(RvDomainDef) def = learn(xen, domain, &error);
    if (!def) {
        ask_again(xen, domid, error->message);
        return;
    }
    g_hash_table_remove(xen->strangers, GINT_TO_POINTER(domid));
    def->id = domid;
    RvDomainState state = json_is_true(json_object_get(domain, "paused")) ? RV_DOMAIN_PAUSED
                                                                          : RV_DOMAIN_RUNNING;
    json_t *remembered = json_pack("{s:b}", "foreign", true);
    xen->host->reports->found(xen->host, def, state, remembered);
    json_decref(remembered);
}

/* Those that went unnoticed, while nobody watched. */
static void report_missing(XenHost *xen, const json_t *domains)
{
    GHashTableIter iter;
    gpointer value;
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&xen->lock);
    g_hash_table_iter_init(&iter, xen->guests);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        RvGuest *guest = value;
        int domid = xen_guest(guest)->domid;
        bool there = domid < 0;
        for (size_t i = 0; i < json_array_size(domains) && !there; i++)
            there = json_integer_value(json_object_get(json_array_get(domains, i), "domid")) ==
                    domid;
        if (!there && !xen_guest(guest)->ending)
            guest->host->reports->ended(guest, RV_SHUTOFF_DESTROYED);
    }
}

static bool is_known(XenHost *xen, const json_t *domain)
{
    const char *uuid = json_string_value(json_object_get(domain, "uuid"));
    RvUuid key;
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&xen->lock);
    return !uuid || !rv_uuid_parse(uuid, &key) || g_hash_table_contains(xen->guests, &key);
}

static bool is_stranger(XenHost *xen, const json_t *domain)
{
    return !json_is_true(json_object_get(domain, "dying")) && !is_known(xen, domain);
}

typedef struct {
    XenHost *xen;
    json_t *domain; /* a reference */
} Stranger;

/* [learner] It may have become known while it waited. */
static void meet(void *data)
{
    Stranger *stranger = data;
    XenHost *xen = stranger->xen;
    if (!__atomic_load_n(&xen->closing, __ATOMIC_ACQUIRE) && is_stranger(xen, stranger->domain))
        tell_of(xen, stranger->domain);
    json_decref(stranger->domain);
    g_free(stranger);
}

static void take_domains(void *data, const json_t *domains)
{
    XenHost *xen = data;
    size_t i;
    json_t *domain;
    report_missing(xen, domains);
    json_array_foreach(domains, i, domain) {
        if (!is_stranger(xen, domain))
            continue;
        Stranger *stranger = g_new(Stranger, 1);
        *stranger = (Stranger){xen, json_incref(domain)};
        rv_workers_push(xen->learner, meet, stranger);
    }
}

const XenWatcherFuncs xen_guest_watcher_funcs = {
    .domains = take_domains,
    .stopped = stopped,
    .gone = gone,
};
