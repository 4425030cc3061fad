/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The sequences of a domain's life, each the work and the finish of a job (see job.h): driver
 * slots, run-time state made durable before vCPUs run, clean-up after failure, the state published
 * at the end. Procedures, autostart and restart after a crash of the guest all use these.
 */

#include "daemon/core.h"
#include "daemon/domain.h"
#include "daemon/store.h"

/* libvirt's virDomainCreateFlags, those we honour. */
typedef enum {
    RV_START_PAUSED = 1 << 0,
    RV_START_AUTODESTROY = 1 << 1,
} RvStartFlags;

/* [loop] Finds or makes the domain of a new definition. `def` is complete and checked. */
G_GNUC_WARN_UNUSED_RESULT RvDomain *rv_lifecycle_reserve(RvCore *core, const RvDriver *driver,
                                                         const RvDomainDef *def, GError **error);
/* [loop] Removes a reserved domain that came to nothing, or one no longer defined nor running. */
void rv_lifecycle_release(RvDomain *domain);

/* [job] work, then [loop] finish. `transient_def`: start this instead of the config (create). */
bool rv_lifecycle_start(RvDomain *domain, RvDomainDef *transient_def, RvStartFlags flags,
                        RvOperation *op, GError **error);
void rv_lifecycle_started(RvDomain *domain, RvStartFlags flags);
bool rv_lifecycle_destroy(RvDomain *domain, bool graceful, RvOperation *op, GError **error);
void rv_lifecycle_stopped(RvDomain *domain, RvShutoffReason reason);

/* [loop] At start-up: adopt what the run directory remembers, then start what is to autostart
 * (once for each boot of the host). */
void rv_lifecycle_recover(RvCore *core);

/* The reports that drivers get. */
extern const RvGuestReports rv_lifecycle_reports;
