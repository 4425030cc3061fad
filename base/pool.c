/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/pool.h"

#include <stdbool.h>

/*
 * A task goes to the thread that became idle last, whose stack, memory and caches are the warmest.
 * (GLib's pools wake whoever has waited longest, and each of many threads in turn.) Under little
 * load the others see no work, and end.
 */
enum { IDLE_SECONDS = 15 };

typedef struct {
    RvPoolFunc func; /* NULL: nothing to do */
    void *data;
} Task;

typedef struct {
    RvPool *pool;
    GCond wake;
    Task task;
} Worker;

struct RvPool {
    GMutex lock;
    GCond ended; /* a thread has */
    unsigned max_threads, n_threads;
    bool closing;
    GPtrArray *idle; /* Worker, the one that became so last is last */
    GQueue waiting;  /* Task, allocated: all threads are busy */
};

RvPool *rv_pool_new(unsigned max_threads)
{
    RvPool *pool = g_new0(RvPool, 1);
    g_mutex_init(&pool->lock);
    g_cond_init(&pool->ended);
    pool->max_threads = max_threads;
    pool->idle = g_ptr_array_new();
    return pool;
}

/* With the lock held. */
static Task take_waiting(RvPool *pool)
{
    g_autofree Task *task = g_queue_pop_head(&pool->waiting);
    return task ? *task : (Task){0};
}

/* With the lock held. No task: nobody had one for a while, or the pool is closing. */
static Task await_task(RvPool *pool, Worker *worker)
{
    worker->task = take_waiting(pool);
    if (worker->task.func || pool->closing)
        return worker->task;
    gint64 until = g_get_monotonic_time() + IDLE_SECONDS * G_TIME_SPAN_SECOND;
    g_ptr_array_add(pool->idle, worker);
    while (!worker->task.func && !pool->closing &&
           g_cond_wait_until(&worker->wake, &pool->lock, until))
        ;
    if (!worker->task.func)
        g_ptr_array_remove(pool->idle, worker);
    return worker->task;
}

static void *run_worker(void *data)
{
    g_autofree Worker *worker = data;
    RvPool *pool = worker->pool;
    Task task = worker->task;
    while (task.func) {
        task.func(task.data);
        g_mutex_lock(&pool->lock);
        task = await_task(pool, worker);
        if (!task.func) {
            pool->n_threads--;
            g_cond_signal(&pool->ended);
        }
        g_mutex_unlock(&pool->lock);
    }
    g_cond_clear(&worker->wake);
    return NULL;
}

void rv_pool_free(RvPool *pool)
{
    if (!pool)
        return;
    g_mutex_lock(&pool->lock);
    pool->closing = true;
    for (guint i = 0; i < pool->idle->len; i++)
        g_cond_signal(&((Worker *)pool->idle->pdata[i])->wake);
    while (pool->n_threads > 0)
        g_cond_wait(&pool->ended, &pool->lock);
    g_mutex_unlock(&pool->lock);
    g_ptr_array_unref(pool->idle);
    g_cond_clear(&pool->ended);
    g_mutex_clear(&pool->lock);
    g_free(pool);
}

void rv_pool_push(RvPool *pool, RvPoolFunc func, void *data)
{
    g_mutex_lock(&pool->lock);
    if (pool->idle->len > 0) {
        Worker *worker = g_ptr_array_steal_index(pool->idle, pool->idle->len - 1);
        worker->task = (Task){func, data};
        g_cond_signal(&worker->wake);
    } else if (pool->n_threads < pool->max_threads) {
        pool->n_threads++;
        Worker *worker = g_new0(Worker, 1);
        worker->pool = pool;
        g_cond_init(&worker->wake);
        worker->task = (Task){func, data};
        g_thread_unref(g_thread_new("worker", run_worker, worker));
    } else {
        Task *task = g_new(Task, 1);
        *task = (Task){func, data};
        g_queue_push_tail(&pool->waiting, task);
    }
    g_mutex_unlock(&pool->lock);
}
