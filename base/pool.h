/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A bounded pool of worker threads, on which slow, sequential code may block. Threads start when
 * needed and end when idle. */

#include <glib.h>

typedef struct RvPool RvPool;
typedef void (*RvPoolFunc)(void *data);

RvPool *rv_pool_new(unsigned max_threads);
void rv_pool_free(RvPool *pool); /* waits for what was pushed */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RvPool, rv_pool_free)

void rv_pool_push(RvPool *pool, RvPoolFunc func, void *data); /* any thread */
