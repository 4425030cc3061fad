/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The core's side of one instance of a guest, from before its start to after its clean-up:
 * guest->core points here. Shared by the domain, by reports of the driver on their way and by a
 * refresh of statistics that runs; the driver's free() is called when the last of them lets go.
 */

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

#include "daemon/domain.h"

/* How far a start had come, as the run directory tells a later daemon. */
typedef enum {
    RV_PHASE_STARTING, /* start() may have done anything: clean up */
    RV_PHASE_READY,    /* start() is over, resume() may have begun: adopt and finish */
    RV_PHASE_ACTIVE,   /* the client was told: adopt */
    RV_PHASE_ENDING,   /* destroy() may have done half of it: finish that */
    RV_PHASE_SAVING,   /* it may have stopped to be saved: adopt, and let it go on */
    RV_PHASE_SAVED,    /* its image is complete: give it its name, and clean up */
    RV_PHASE_LAST,
} RvPhase;
RV_ENUM_DECLARE(rv_phase, RvPhase);

typedef struct RvInstance {
    int refs;
    RvDomain *domain;    /* a reference */
    RvGuest *guest;      /* owned */
    json_t *remembered;  /* the driver's, as last written */
    RvDefinition *live;  /* what it runs; NULL before it does */
    RvPhase phase;       /* once it is the domain's: set by rv_run_state_set_phase() */
    bool paused;         /* was to be started paused; or was so when its save began */
    bool restored;       /* from a saved image, instead of booted */
    char *image;         /* the one it is restored from, to be removed before it runs; or the one
                            that it is saved to; NULL: none */
    bool autodestroy;    /* ends with the client's connection, so with the daemon's as well */
    bool transient;      /* runs a definition that is not the domain's config */
    bool ended;          /* by itself or by us: reports are ignored from then on */
    RvShutoffReason end_reason;
    bool restart;        /* its end is to be followed by a start */
    int64_t started_us;  /* monotonic; 0: by a former daemon */
    GPtrArray *former;   /* RvDomainDef: what the guest's was before it was changed, which readers
                            on other threads may still look at; NULL: none */
    GQueue early;        /* reports that came before the start was done, owned by it */
    RvTimer *retry;      /* of its adoption */
    bool refreshing;     /* the poller's: a refresh runs */
    unsigned failures;   /* the poller's: in a row */
    int64_t refresh_due; /* the poller's: monotonic, us */
} RvInstance;

/* Makes the guest of `domain` too. `def` is the guest's own copy, taken over. */
RvInstance *rv_instance_new(RvDomain *domain, const RvDriverHost *host, RvDomainDef *def, int id);
RvInstance *rv_instance_ref(RvInstance *instance); /* any thread */
void rv_instance_unref(RvInstance *instance);      /* I/O thread */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RvInstance, rv_instance_unref)

/* [loop] sets it, and tells core->guest_ended(); any thread may ask. */
void rv_instance_set_ended(RvInstance *instance);
bool rv_instance_has_ended(const RvInstance *instance);

/* [loop] The guest's definition has changed; `def` (live) is taken over. Publishes and remembers
 * it. */
void rv_instance_set_def(RvInstance *instance, RvDomainDef *def);

/* [job] Asks the driver again what it needs to remember. */
void rv_instance_remember(RvInstance *instance);
