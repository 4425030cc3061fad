/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Keeps the numbers of running guests fresh, in the background: every few seconds, and sooner when
 * somebody looks at them, each guest is asked on a few threads of the poller's own, with a deadline.
 * Nobody waits for it: a guest that does not answer keeps its old numbers, which show their age, is
 * never asked twice at the same time, and is asked less and less often. I/O thread, but what is
 * marked.
 */

#include "daemon/core.h"
#include "daemon/domain.h"
#include "daemon/instance.h"

typedef struct RvPoller RvPoller;

/* Every `interval_s` seconds. */
RvPoller *rv_poller_new(RvCore *core, unsigned interval_s);
/* Begins none any more and waits for those that run, at most their deadline. What they post has to
 * run before the poller is freed. */
void rv_poller_stop(RvPoller *poller);
void rv_poller_free(RvPoller *poller);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RvPoller, rv_poller_free)

/* Somebody reads this domain's numbers: has them refreshed where they are more than a second old. */
void rv_poller_want(RvPoller *poller, RvDomain *domain);
/* The same; returns the last numbers (borrowed), which are all 0 where there are none. */
const RvGuestStats *rv_poller_look(RvPoller *poller, RvDomain *domain);

/* [worker] Asks the guest itself, for who cannot do with the last numbers; at most the poller's
 * deadline long. NULL sets the driver's error, RV_ERR_OPERATION_TIMEOUT for a guest that hangs. The
 * caller owns the result and holds the instance. */
RvGuestStats *rv_poller_ask(RvInstance *instance, GError **error);
