/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/pool.h"

typedef struct {
    RvPoolFunc func;
    void *data;
} Task;

struct RvPool {
    GThreadPool *threads;
};

static void run_task(void *data, void *user_data)
{
    Task task = *(Task *)data;
    g_free(data);
    task.func(task.data);
}

RvPool *rv_pool_new(unsigned max_threads)
{
    RvPool *pool = g_new0(RvPool, 1);
    /* Not exclusive: idle threads are shared with other pools and end after a while. */
    pool->threads = g_thread_pool_new(run_task, NULL, (int)max_threads, FALSE, NULL);
    return pool;
}

void rv_pool_free(RvPool *pool)
{
    if (!pool)
        return;
    g_thread_pool_free(pool->threads, FALSE, TRUE);
    g_free(pool);
}

void rv_pool_push(RvPool *pool, RvPoolFunc func, void *data)
{
    Task *task = g_new(Task, 1);
    *task = (Task){func, data};
    g_thread_pool_push(pool->threads, task, NULL);
}
