/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A bounded pool of worker threads, on which slow, sequential code may block. Threads start when
 * needed and end when idle; tasks begin in the order in which they were pushed.
 *
 * A pool may grow: a task that runs for longer than RV_WORKERS_PATIENCE_MS counts as stuck and lends
 * its place to the next, so that many that wait for nothing delay the others no longer than that.
 */

#include <glib.h>

enum { RV_WORKERS_PATIENCE_MS = 50 };

typedef struct RvWorkers RvWorkers;
typedef void (*RvWorkerFunc)(void *data);

/* `usual` tasks at a time, and `most` with those that are stuck. The same: it never grows. */
RvWorkers *rv_workers_new(unsigned usual, unsigned most);
void rv_workers_free(RvWorkers *workers); /* waits for what was pushed */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RvWorkers, rv_workers_free)

void rv_workers_push(RvWorkers *workers, RvWorkerFunc func, void *data); /* any thread */
