/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/pool.h"

#include <stdbool.h>

/*
 * A task goes to the thread that became idle last, whose stack, memory and caches are the warmest.
 * (GLib's pools wake whoever has waited longest, and each of many threads in turn.) Under little
 * load the others see no work, and end.
 *
 * While tasks wait for room, one thread more than run watches: it wakes when the running task that
 * decides becomes stuck, takes what waits first, and calls the next to watch.
 */
enum { IDLE_SECONDS = 15 };

typedef struct {
    RvPoolFunc func;
    void *data;
    int64_t begun_us;
    GList link; /* among those that wait, then among those that run */
} Task;

typedef struct {
    RvPool *pool;
    GCond wake;
} Worker;

struct RvPool {
    GMutex lock;
    GCond ended; /* a thread has */
    unsigned usual, most, n_threads;
    unsigned n_called; /* threads that were called and have not come yet */
    bool closing;
    GPtrArray *idle; /* Worker, the one that became so last is last */
    const Worker *watcher;
    GQueue waiting, running; /* Task, the oldest first */
};

RvPool *rv_pool_new(unsigned usual, unsigned most)
{
    g_assert(usual > 0 && usual <= most);
    RvPool *pool = g_new0(RvPool, 1);
    g_mutex_init(&pool->lock);
    g_cond_init(&pool->ended);
    pool->usual = usual;
    pool->most = most;
    pool->idle = g_ptr_array_new();
    return pool;
}

/* Whether one more may run; else *ret_at says when to ask again, unless a task ends before. */
static bool has_room(const RvPool *pool, int64_t *ret_at)
{
    *ret_at = G_MAXINT64;
    if (pool->running.length < pool->usual)
        return true;
    if (pool->running.length >= pool->most)
        return false;
    /* All but less than `usual` must be stuck: the one that decides is that far from the end. */
    const GList *link = pool->running.tail;
    for (unsigned i = 1; i < pool->usual; i++)
        link = link->prev;
    *ret_at = ((const Task *)link->data)->begun_us + RV_POOL_PATIENCE_MS * 1000;
    return *ret_at <= g_get_monotonic_time();
}

/* With the lock held. False: nobody called for a while, or the pool is closing. */
static bool be_idle(RvPool *pool, Worker *worker, int64_t until)
{
    if (pool->closing || g_get_monotonic_time() >= until)
        return false;
    g_ptr_array_add(pool->idle, worker);
    g_cond_wait_until(&worker->wake, &pool->lock, until);
    if (!g_ptr_array_remove(pool->idle, worker))
        pool->n_called--;
    return true;
}

static void watch(RvPool *pool, Worker *worker, int64_t until)
{
    pool->watcher = worker;
    g_cond_wait_until(&worker->wake, &pool->lock, until);
    pool->watcher = NULL;
}

/* With the lock held. NULL: this thread is not needed. */
static Task *take(RvPool *pool, Worker *worker)
{
    int64_t idle_until = g_get_monotonic_time() + IDLE_SECONDS * G_TIME_SPAN_SECOND;
    int64_t stuck_at = G_MAXINT64;
    while (g_queue_is_empty(&pool->waiting) || !has_room(pool, &stuck_at)) {
        if (!g_queue_is_empty(&pool->waiting) && stuck_at < G_MAXINT64 && !pool->watcher)
            watch(pool, worker, stuck_at);
        else if (!be_idle(pool, worker, idle_until))
            return NULL;
    }
    GList *link = g_queue_pop_head_link(&pool->waiting);
    Task *task = link->data;
    task->begun_us = g_get_monotonic_time();
    g_queue_push_tail_link(&pool->running, link);
    return task;
}

static void *run_worker(void *data);

/* With the lock held. Sees that there is a thread to run what waits, or else to watch. */
static void call_thread(RvPool *pool)
{
    if (pool->waiting.length <= pool->n_called)
        return;
    bool room = pool->running.length + pool->n_called < pool->usual;
    bool unwatched = !pool->watcher && pool->n_called == 0 && pool->running.length < pool->most;
    if (!room && !unwatched)
        return;
    if (pool->idle->len > 0) {
        Worker *worker = g_ptr_array_steal_index(pool->idle, pool->idle->len - 1);
        g_cond_signal(&worker->wake);
    } else {
        Worker *worker = g_new0(Worker, 1);
        worker->pool = pool;
        g_cond_init(&worker->wake);
        pool->n_threads++;
        g_thread_unref(g_thread_new("worker", run_worker, worker));
    }
    pool->n_called++;
}

static void *run_worker(void *data)
{
    g_autofree Worker *worker = data;
    RvPool *pool = worker->pool;
    g_mutex_lock(&pool->lock);
    pool->n_called--;
    for (Task *task; (task = take(pool, worker));) {
        call_thread(pool);
        g_mutex_unlock(&pool->lock);
        task->func(task->data);
        g_mutex_lock(&pool->lock);
        g_queue_unlink(&pool->running, &task->link);
        g_free(task);
    }
    pool->n_threads--;
    g_cond_signal(&pool->ended);
    g_mutex_unlock(&pool->lock);
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
    Task *task = g_new0(Task, 1);
    task->func = func;
    task->data = data;
    task->link.data = task;
    g_mutex_lock(&pool->lock);
    g_queue_push_tail_link(&pool->waiting, &task->link);
    call_thread(pool);
    g_mutex_unlock(&pool->lock);
}
