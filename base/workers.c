/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/workers.h"

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
    RvWorkerFunc func;
    void *data;
    int64_t begun_us;
    GList link; /* among those that wait, then among those that run */
} Task;

typedef struct {
    RvWorkers *workers;
    GCond wake;
} Worker;

struct RvWorkers {
    GMutex lock;
    GCond ended; /* a thread has */
    unsigned usual, most, n_threads;
    unsigned n_called; /* threads that were called and have not come yet */
    bool closing;
    GPtrArray *idle; /* Worker, the one that became so last is last */
    const Worker *watcher;
    GQueue waiting, running; /* Task, the oldest first */
};

RvWorkers *rv_workers_new(unsigned usual, unsigned most)
{
    g_assert(usual > 0 && usual <= most);
    RvWorkers *workers = g_new0(RvWorkers, 1);
    g_mutex_init(&workers->lock);
    g_cond_init(&workers->ended);
    workers->usual = usual;
    workers->most = most;
    workers->idle = g_ptr_array_new();
    return workers;
}

/* Whether one more may run; else *ret_at says when to ask again, unless a task ends before. */
static bool has_room(const RvWorkers *workers, int64_t *ret_at)
{
    *ret_at = G_MAXINT64;
    if (workers->running.length < workers->usual)
        return true;
    if (workers->running.length >= workers->most)
        return false;
    /* All but less than `usual` must be stuck: the one that decides is that far from the end. */
    const GList *link = workers->running.tail;
    for (unsigned i = 1; i < workers->usual; i++)
        link = link->prev;
    *ret_at = ((const Task *)link->data)->begun_us + RV_WORKERS_PATIENCE_MS * 1000;
    return *ret_at <= g_get_monotonic_time();
}

/* With the lock held. False: nobody called for a while, or they are to end. */
static bool be_idle(RvWorkers *workers, Worker *worker, int64_t until)
{
    if (workers->closing || g_get_monotonic_time() >= until)
        return false;
    g_ptr_array_add(workers->idle, worker);
    g_cond_wait_until(&worker->wake, &workers->lock, until);
    if (!g_ptr_array_remove(workers->idle, worker))
        workers->n_called--;
    return true;
}

static void watch(RvWorkers *workers, Worker *worker, int64_t until)
{
    workers->watcher = worker;
    g_cond_wait_until(&worker->wake, &workers->lock, until);
    workers->watcher = NULL;
}

/* With the lock held. NULL: this thread is not needed. */
static Task *take(RvWorkers *workers, Worker *worker)
{
    int64_t idle_until = g_get_monotonic_time() + IDLE_SECONDS * G_TIME_SPAN_SECOND;
    int64_t stuck_at = G_MAXINT64;
    while (g_queue_is_empty(&workers->waiting) || !has_room(workers, &stuck_at)) {
        if (!g_queue_is_empty(&workers->waiting) && stuck_at < G_MAXINT64 && !workers->watcher)
            watch(workers, worker, stuck_at);
        else if (!be_idle(workers, worker, idle_until))
            return NULL;
    }
    GList *link = g_queue_pop_head_link(&workers->waiting);
    Task *task = link->data;
    task->begun_us = g_get_monotonic_time();
    g_queue_push_tail_link(&workers->running, link);
    return task;
}

static void *run_worker(void *data);

/* With the lock held. Sees that there is a thread to run what waits, or else to watch. */
static void call_thread(RvWorkers *workers)
{
    if (workers->waiting.length <= workers->n_called)
        return;
    bool room = workers->running.length + workers->n_called < workers->usual;
    bool unwatched =
        !workers->watcher && workers->n_called == 0 && workers->running.length < workers->most;
    if (!room && !unwatched)
        return;
    if (workers->idle->len > 0) {
        Worker *worker = g_ptr_array_steal_index(workers->idle, workers->idle->len - 1);
        g_cond_signal(&worker->wake);
    } else {
        Worker *worker = g_new0(Worker, 1);
        worker->workers = workers;
        g_cond_init(&worker->wake);
        workers->n_threads++;
        g_thread_unref(g_thread_new("worker", run_worker, worker));
    }
    workers->n_called++;
}

static void *run_worker(void *data)
{
    g_autofree Worker *worker = data;
    RvWorkers *workers = worker->workers;
    g_mutex_lock(&workers->lock);
    workers->n_called--;
    for (Task *task; (task = take(workers, worker));) {
        call_thread(workers);
        g_mutex_unlock(&workers->lock);
        task->func(task->data);
        g_mutex_lock(&workers->lock);
        g_queue_unlink(&workers->running, &task->link);
        g_free(task);
    }
    workers->n_threads--;
    g_cond_signal(&workers->ended);
    g_mutex_unlock(&workers->lock);
    g_cond_clear(&worker->wake);
    return NULL;
}

void rv_workers_free(RvWorkers *workers)
{
    if (!workers)
        return;
    g_mutex_lock(&workers->lock);
    workers->closing = true;
    for (guint i = 0; i < workers->idle->len; i++)
        g_cond_signal(&((Worker *)workers->idle->pdata[i])->wake);
    while (workers->n_threads > 0)
        g_cond_wait(&workers->ended, &workers->lock);
    g_mutex_unlock(&workers->lock);
    g_ptr_array_unref(workers->idle);
    g_cond_clear(&workers->ended);
    g_mutex_clear(&workers->lock);
    g_free(workers);
}

void rv_workers_push(RvWorkers *workers, RvWorkerFunc func, void *data)
{
    Task *task = g_new0(Task, 1);
    task->func = func;
    task->data = data;
    task->link.data = task;
    g_mutex_lock(&workers->lock);
    g_queue_push_tail_link(&workers->waiting, &task->link);
    call_thread(workers);
    g_mutex_unlock(&workers->lock);
}
