/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The sequences of a domain's life, each the work and the finish of a job (see job.h): driver
 * slots, run-time state made durable before vCPUs run, clean-up after failure, the state published
 * at the end. Procedures, autostart and restart after a crash of the guest all use these.
 */

#include "daemon/core.h"
#include "daemon/domain.h"
#include "daemon/save-image.h"
#include "daemon/store.h"

/* libvirt's virDomainCreateFlags, those we honour. */
typedef enum {
    RV_START_PAUSED = 1 << 0,
    RV_START_AUTODESTROY = 1 << 1,
    RV_START_FORCE_BOOT = 1 << 3, /* forgets a saved image */
} RvStartFlags;

/* [loop] Finds or makes the domain of a new definition, which is complete and checked; borrowed
 * from the registry. */
G_GNUC_WARN_UNUSED_RESULT RvDomain *rv_lifecycle_reserve(RvCore *core, const RvDriver *driver,
                                                         const RvUuid *uuid, const char *name,
                                                         GError **error);
/* [loop] Removes a reserved domain that came to nothing, or one no longer defined nor running; as
 * long as it has jobs it stays, invisible. Any other domain stays as it is. */
void rv_lifecycle_release(RvDomain *domain);

/* [any] Whether the next function would look at nothing but memory: where the driver says so. */
bool rv_lifecycle_can_complete(RvCore *core, const RvDriver *driver, const RvDomainDef *def);
/* [any] Has the driver fill in and check a definition, after it was asked to prepare for it, which
 * may take a while. `document` is what it was read from, for the places of faults; may be NULL. */
G_GNUC_WARN_UNUSED_RESULT bool rv_lifecycle_complete(RvCore *core, const RvDriver *driver,
                                                     RvDomainDef *def, const char *document,
                                                     GError **error);

/* [any] The same without asking whether the driver can work here: for what is translated only. */
G_GNUC_WARN_UNUSED_RESULT bool rv_lifecycle_fill_in(RvCore *core, const RvDriver *driver,
                                                    RvDomainDef *def, const char *document,
                                                    GError **error);

/* [any] Tells what of a completed definition its driver could not start a guest with. A start is
 * refused for it; who defines a domain is warned. */
void rv_lifecycle_check_start(RvCore *core, const RvDriver *driver, const RvDomainDef *def,
                              RvDiagnosticLevel level, RvDiagnostics *diagnostics);

/* What is started instead of the config: a definition (create), or a definition and what its guest
 * is restored from. Both are borrowed. */
typedef struct {
    const RvDomainDef *def;
    const RvSaveImage *image; /* NULL: it boots */
} RvStartSource;

/* [job] work, then [loop] finish. `source` NULL: the config, or the domain's saved image, which is
 * gone then. A failed start has left nothing, and needs no finish. */
G_GNUC_WARN_UNUSED_RESULT bool rv_lifecycle_start(RvDomain *domain, const RvStartSource *source,
                                                  RvStartFlags flags, RvOperation *op,
                                                  GError **error);
void rv_lifecycle_started(RvDomain *domain);
G_GNUC_WARN_UNUSED_RESULT bool rv_lifecycle_destroy(RvDomain *domain, bool graceful,
                                                    RvOperation *op, GError **error);
void rv_lifecycle_stopped(RvDomain *domain, RvShutoffReason reason);

/* [loop] Queues a start or a destroy of the daemon's own; what fails is logged and kept with the
 * domain. `def` (taken over) NULL: the config. `done` (may be NULL) is called at its end. */
void rv_lifecycle_queue_start(RvDomain *domain, RvDomainDef *def, RvLoopFunc done, void *data);
void rv_lifecycle_queue_destroy(RvDomain *domain, RvShutoffReason reason);

/* [loop] At start-up: adopt what the run directory remembers, then start what is to autostart
 * (once for each boot of the host). */
G_GNUC_WARN_UNUSED_RESULT bool rv_lifecycle_recover(RvCore *core, GError **error);
/* [loop] Shows and adopts a guest that somebody else started; one that is known is let be. */
struct RvRemembered;
void rv_lifecycle_found(RvCore *core, const struct RvRemembered *guest);
/* [loop] For a daemon that ends, its guests run on. First: cancels what can be cancelled and takes
 * no new jobs. Then, once idle and with no thread left: forgets the guests. */
void rv_lifecycle_stop(RvCore *core);
bool rv_lifecycle_is_idle(RvCore *core);
void rv_lifecycle_let_go(RvCore *core);

/* The reports that drivers get. */
extern const RvGuestReports rv_lifecycle_reports;
