/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A change of what a domain is: of the running guest, of what its next start uses, or of both. The
 * work and the finish of a procedure's job.
 */

#include "daemon/dispatch.h"

/* libvirt's virDomainModificationImpact. */
typedef enum { RV_CHANGE_LIVE = 1 << 0, RV_CHANGE_CONFIG = 1 << 1 } RvChangeFlags;

/* Makes the change in a definition, of the running guest (`live`) or of the next start. */
typedef bool (*RvChangeApply)(RvDomainDef *def, bool live, const void *args, GError **error);
/* Makes it in the guest, after it was made in `def`, which is what the guest's will be. */
typedef bool (*RvChangeDrive)(RvCall *call, RvGuest *guest, RvDomainDef *def, const void *args,
                              RvOperation *op, GError **error);

/* [job] `flags`: RvChangeFlags; neither means what there is now. The next start's definition is
 * made first: where that is refused, the guest is left alone. call->data is the change's. */
G_GNUC_WARN_UNUSED_RESULT bool rv_change_make(RvCall *call, const void *args, unsigned flags,
                                              RvChangeApply apply, RvChangeDrive drive,
                                              RvOperation *op, GError **error);

/* [any] Which of both `flags` means: with neither, what there is now. 0: error. */
unsigned rv_change_choose(const RvCall *call, unsigned flags, GError **error);

/* [loop] Publishes what was made. */
bool rv_change_publish(RvCall *call, const void *args, void *ret, GError **error);
