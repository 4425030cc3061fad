/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A definition on its way from a client's document to a domain: parsed, given to the driver of its
 * type, completed, checked and formatted.
 */

#include <glib.h>
#include <stdbool.h>

#include "daemon/core.h"
#include "daemon/dispatch.h"
#include "daemon/domain.h"
#include "drivers/driver.h"
#include "model/definition.h"
#include "model/domain-def.h"

typedef struct {
    const RvDriver *driver;
    RvDomainDef *def;         /* until it is written down */
    RvDefinition *definition; /* from then on */
    GPtrArray *warnings; /* char *: unknown content, which was dropped, and what its driver could
                            * not start a guest with, which was kept; NULL: none */
} RvDraft;

/* How a document is to be read. */
typedef struct {
    const RvDriver *driver; /* NULL: the one whose domain type it names */
    bool strict;            /* unknown content is an error, not a warning */
    bool written;           /* it is to be a definition: then what was read is let go of */
} RvDraftWish;

/* [worker] */
G_GNUC_WARN_UNUSED_RESULT RvDraft *rv_draft_new(RvCore *core, const RvDraftWish *wish,
                                                const char *xml, GError **error);
void rv_draft_free(void *draft);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RvDraft, rv_draft_free)

/* [loop] The same, where that takes less time than a worker takes to begin: the document is short,
 * nothing has to be found out for it, and few came lately. NULL without an error: where not. */
G_GNUC_WARN_UNUSED_RESULT RvDraft *rv_draft_new_at_once(RvCore *core, const RvDraftWish *wish,
                                                        const char *xml, GError **error);

/* [loop] Of a written draft, from `answer`: finds or makes the domain and sets what its job has to
 * store. `what` is for the history: "define". */
G_GNUC_WARN_UNUSED_RESULT bool rv_draft_store(const RvDraft *draft, RvCall *call, const char *what,
                                              GError **error);

/* [loop] A written draft has become the domain's definition: publishes it, and the warnings. */
void rv_draft_publish(const RvDraft *draft, RvDomain *domain);
void rv_draft_warn(const RvDraft *draft, RvDomain *domain);
