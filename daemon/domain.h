/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A domain of this host: its identity, its definition, its running instance if any, its queue of
 * jobs, and the view of it that every read is answered from.
 *
 * Threads. An RvDomain belongs to the I/O thread. Any thread may count references and get the view;
 * a running job of this domain may use its guest and instance, which change only when a job of it
 * is done. A view is immutable: a reader keeps a reference for as long as it likes; every change
 * publishes a new one.
 */

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "daemon/job.h"
#include "drivers/driver.h"
#include "model/definition.h"

typedef struct RvDomain RvDomain;
typedef struct RvDomainView RvDomainView;
struct RvCore;

struct RvDomainView {
    int refs;
    RvDomainState state;
    int reason;
    int64_t since_us;      /* wall clock: when this state was entered */
    int id;                /* -1: not active */
    bool persistent, autostart;
    bool saved;            /* there is an image that its next start restores */
    RvDefinition *config;  /* what the next start uses; NULL for a transient domain */
    RvDefinition *live;    /* what runs; NULL when inactive */
    RvGuestStats *stats;   /* NULL when inactive or never taken */
};

/* Any thread; the I/O thread may as well read domain->view. To be given back. */
RvDomainView *rv_domain_get_view(struct RvDomain *domain);
RvDomainView *rv_domain_view_ref(RvDomainView *view); /* any thread */
void rv_domain_view_unref(RvDomainView *view);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RvDomainView, rv_domain_view_unref)

/* The definition that says how the domain is now: live if active, config if not. Borrowed. */
const RvDefinition *rv_domain_view_current(const RvDomainView *view);
bool rv_domain_view_is_active(const RvDomainView *view);

/* Why something failed that nobody waited for, or that was not acknowledged. */
typedef struct {
    int64_t time_us; /* wall clock */
    char *text;
} RvFailure;

struct RvDomain {
    int refs;
    struct RvCore *core;
    const RvDriver *driver;
    RvUuid uuid;
    char *name;
    bool visible;        /* acknowledged: in the store, or running */
    RvDomainView *view;  /* never NULL; replaced by the functions below only */
    RvGuest *guest;      /* NULL when inactive, and while one left by a former daemon is not
                            adopted */
    struct RvInstance *instance; /* the core's side of the guest; NULL when inactive */
    struct RvInstance *starting; /* of a running start, until rv_lifecycle_started() */
    unsigned restarts;   /* by itself, one soon after the other */
    RvJobQueue *jobs;
    GPtrArray *warnings; /* what was dropped from its document at the last define: char *; NULL:
                            nothing */
    GPtrArray *failures; /* the last ten, RvFailure, oldest first; NULL: none */
    bool failures_over;  /* it has ended well since */
};

/* An inactive, invisible domain without a definition; not in the registry yet. One that is in there
 * and neither defined nor running leaves it when its last job is done. */
RvDomain *rv_domain_new(struct RvCore *core, const RvDriver *driver, const RvUuid *uuid,
                        const char *name);
RvDomain *rv_domain_ref(RvDomain *domain);
void rv_domain_unref(RvDomain *domain);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RvDomain, rv_domain_unref)

/*
 * The one setter. Moves the domain to a state (checked against the table of legal moves; an
 * illegal one is our own mistake), publishes the new view, writes the run-time state, and emits the
 * lifecycle event that belongs to the move. Setting what already is does nothing.
 */
void rv_domain_set_state(RvDomain *domain, RvDomainState state, int reason);

/* [job, loop] The guest, for a driver's slot; RV_ERR_OPERATION_INVALID when inactive,
 * RV_ERR_OPERATION_FAILED while it does not answer after a restart of the daemon. */
RvGuest *rv_domain_get_guest(const RvDomain *domain, GError **error);

/* Keeps why something failed (formatted), for `reeve failures`. */
void rv_domain_add_failure(RvDomain *domain, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* At start-up: publishes `view` (taken over) as what the store and the run directory know. Silent. */
void rv_domain_restore(RvDomain *domain, RvDomainView *view);

/* Publish a view with another definition, autostart flag, saved image or statistics. References are taken.
 * The first config makes the domain persistent and visible, NULL makes it transient; both emit
 * their event. Once it is neither defined nor running, rv_lifecycle_release() it. */
void rv_domain_set_config(RvDomain *domain, RvDefinition *config);
void rv_domain_set_live(RvDomain *domain, RvDefinition *live);
void rv_domain_set_autostart(RvDomain *domain, bool autostart);
void rv_domain_set_saved(RvDomain *domain, bool saved);
void rv_domain_set_stats(RvDomain *domain, RvGuestStats *stats);
