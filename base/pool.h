/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A bounded pool of worker threads, on which slow, sequential code may block. Threads start when
 * needed and end when idle; tasks begin in the order in which they were pushed.
 *
 * A pool may grow: a task that runs for longer than RV_POOL_PATIENCE_MS counts as stuck and lends
 * its place to the next, so that many that wait for nothing delay the others no longer than that.
 */

#include <glib.h>

enum { RV_POOL_PATIENCE_MS = 50 };

typedef struct RvPool RvPool;
typedef void (*RvPoolFunc)(void *data);

/* `usual` tasks at a time, and `most` with those that are stuck. The same: it never grows. */
RvPool *rv_pool_new(unsigned usual, unsigned most);
void rv_pool_free(RvPool *pool); /* waits for what was pushed */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RvPool, rv_pool_free)

void rv_pool_push(RvPool *pool, RvPoolFunc func, void *data); /* any thread */
