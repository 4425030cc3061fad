/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/job.h"

#include "base/error.h"
#include "base/log.h"
#include "daemon/core.h"
#include "daemon/store.h"

RV_ENUM(rv_job_kind, RvJobKind, RV_JOB_LAST, "none", "define", "undefine", "start", "suspend",
        "resume", "shutdown", "reboot", "reset", "dump", "destroy", "modify", "console", "adopt",
        "cleanup", "save");

enum { MAX_WAITING = 256 };

/* What a kind may suffer. The rest can be cancelled by a preempting job and by clients. */
static const struct {
    bool lasting; /* about the definition or the end of the guest: a preempting job waits for it */
    bool ours;    /* the daemon's own: never refused, goes first, not to be cancelled by a client */
} kinds[RV_JOB_LAST] = {
    [RV_JOB_DEFINE] = {.lasting = true},
    [RV_JOB_UNDEFINE] = {.lasting = true},
    [RV_JOB_DESTROY] = {.lasting = true},
    [RV_JOB_ADOPT] = {.ours = true},
    [RV_JOB_CLEANUP] = {.lasting = true, .ours = true},
};

struct RvJob {
    RvOperation op; /* its cancel is made when the work begins */
    RvJobQueue *queue;
    RvJobSpec spec; /* owner is ours */
    uint64_t id;
    int64_t queued_us, started_us;
    uint64_t done, total; /* written by the worker, atomically */
    bool cancelled;
    char *why; /* it was cancelled */
    RvStoreChange *change;
    GError *error;
};

struct RvJobQueue {
    int refs; /* the domain's and one for each job: I/O thread only */
    RvCore *core;
    RvJob *running;
    GQueue waiting;
    bool closed;
    void (*idle)(void *data); /* NULL once the domain is gone */
    void *idle_data;
};

static void begin_next(RvJobQueue *queue);

RvJobQueue *rv_job_queue_new(RvCore *core, void (*idle)(void *data), void *data)
{
    RvJobQueue *queue = g_new0(RvJobQueue, 1);
    queue->refs = 1;
    queue->core = core;
    queue->idle = idle;
    queue->idle_data = data;
    return queue;
}

static void queue_unref(RvJobQueue *queue)
{
    if (--queue->refs == 0)
        g_free(queue);
}

void rv_job_queue_free(RvJobQueue *queue)
{
    if (!queue)
        return;
    g_assert(rv_job_queue_is_idle(queue));
    queue->idle = NULL;
    queue_unref(queue);
}

bool rv_job_queue_is_idle(const RvJobQueue *queue)
{
    return !queue->running && g_queue_is_empty((GQueue *)&queue->waiting);
}

static void job_free(RvJob *job)
{
    RvJobQueue *queue = job->queue;
    if (job->spec.free_data)
        job->spec.free_data(job->spec.data);
    g_clear_object(&job->op.cancel);
    rv_store_change_free(job->change);
    g_clear_error(&job->error);
    g_free((char *)job->spec.owner);
    g_free(job->why);
    g_free(job);
    queue_unref(queue);
}

/* Whatever a cancelled job failed with, its client is to learn that it was cancelled. */
static void tell_cancelled(RvJob *job)
{
    g_autoptr(GError) cause = g_steal_pointer(&job->error);
    rv_error_set(&job->error, RV_ERR_OPERATION_ABORTED, "job '%s' was cancelled: %s",
                 rv_job_kind_to_string(job->spec.kind), job->why ? job->why : cause->message);
}

/* [loop] The end of a job that is off the queue. */
static void conclude(void *data)
{
    RvJob *job = data;
    if (job->cancelled && job->error)
        tell_cancelled(job);
    rv_trace(RV_TRACE_JOB, "job %" G_GUINT64_FORMAT " %s ends: %s", job->id,
             rv_job_kind_to_string(job->spec.kind), job->error ? job->error->message : "ok");
    if (job->spec.done)
        job->spec.done(job, job->spec.data, job->error);
    job_free(job);
}

static void finish(void *data)
{
    RvJob *job = data;
    RvJobQueue *queue = job->queue;
    queue->refs++; /* the job's data may hold the domain's last reference */
    queue->running = NULL;
    conclude(job);
    begin_next(queue);
    if (queue->idle && rv_job_queue_is_idle(queue))
        queue->idle(queue->idle_data);
    queue_unref(queue);
}

static void committed(void *data, const GError *error)
{
    RvJob *job = data;
    if (error)
        job->error = g_error_copy(error);
    finish(job);
}

/* [loop] After the work: the store, or the end. */
static void worked(void *data)
{
    RvJob *job = data;
    if (!job->error && job->change)
        rv_store_commit(job->queue->core->store, g_steal_pointer(&job->change), committed, job);
    else
        finish(job);
}

static void run_work(void *data)
{
    RvJob *job = data;
    bool ok = job->spec.work(job, &job->op, job->spec.data, &job->error);
    g_assert(ok == !job->error);
    rv_loop_post(job->queue->core->loop, worked, job);
}

static void progress(RvOperation *op, uint64_t done, uint64_t total)
{
    RvJob *job = (RvJob *)op;
    __atomic_store_n(&job->total, total, __ATOMIC_RELAXED);
    __atomic_store_n(&job->done, done, __ATOMIC_RELAXED);
}

static void begin_next(RvJobQueue *queue)
{
    if (queue->running || g_queue_is_empty(&queue->waiting))
        return;

    RvJob *job = queue->running = g_queue_pop_head(&queue->waiting);
    RvCore *core = queue->core;
    job->started_us = g_get_real_time();
    rv_trace(RV_TRACE_JOB, "job %" G_GUINT64_FORMAT " %s begins", job->id,
             rv_job_kind_to_string(job->spec.kind));
    if (job->spec.begin && !job->spec.begin(job, job->spec.data, &job->error)) {
        rv_loop_post(core->loop, worked, job);
    } else if (job->spec.work) {
        job->op.cancel = g_cancellable_new();
        bool first = job->spec.preempts || kinds[job->spec.kind].ours;
        rv_workers_push(first ? core->urgent : core->workers, run_work, job);
    } else if (job->change) {
        worked(job); /* the commit never calls back at once */
    } else {
        rv_loop_post(core->loop, worked, job);
    }
}

static void cancel(RvJob *job, const char *why)
{
    job->cancelled = true;
    g_free(job->why);
    job->why = g_strdup(why);
}

/* Takes a waiting job off and tells its owner, later: the caller may be in the owner's own code. */
static void abort_waiting(RvJobQueue *queue, GList *link, const char *why)
{
    RvJob *job = link->data;
    g_queue_delete_link(&queue->waiting, link);
    cancel(job, why);
    rv_error_set(&job->error, RV_ERR_OPERATION_ABORTED, "%s", why);
    rv_loop_post(queue->core->loop, conclude, job);
}

static void cancel_running(RvJob *job, const char *why)
{
    cancel(job, why);
    if (job->op.cancel)
        g_cancellable_cancel(job->op.cancel);
}

static void make_way(RvJobQueue *queue, const RvJob *job)
{
    g_autofree char *why = g_strdup_printf("'%s' by %s goes first",
                                           rv_job_kind_to_string(job->spec.kind),
                                           job->spec.owner);
    for (GList *link = queue->waiting.head, *next; link; link = next) {
        RvJob *other = link->data;
        next = link->next;
        if (!kinds[other->spec.kind].lasting)
            abort_waiting(queue, link, why);
    }
    if (queue->running && !kinds[queue->running->spec.kind].lasting)
        cancel_running(queue->running, why);
}

/* Behind those that go first as well, before the others. */
static void enqueue_first(RvJobQueue *queue, RvJob *job)
{
    GList *link = queue->waiting.head;
    while (link) {
        const RvJob *other = link->data;
        bool first = other->spec.preempts || kinds[other->spec.kind].ours;
        if (!first || (kinds[job->spec.kind].ours && !kinds[other->spec.kind].ours))
            break;
        link = link->next;
    }
    g_queue_insert_before(&queue->waiting, link, job);
}

static bool check_room(const RvJobQueue *queue, const RvJobSpec *spec, GError **error)
{
    if (queue->closed) {
        rv_error_set(error, RV_ERR_OPERATION_ABORTED, "the daemon is being stopped");
        return false;
    }
    if (queue->waiting.length < MAX_WAITING || spec->preempts || kinds[spec->kind].ours)
        return true;
    const RvJob *job = queue->running ? queue->running : queue->waiting.head->data;
    rv_error_set(error, RV_ERR_RESOURCE_BUSY,
                 "%u jobs wait already; the first is '%s' by %s, for %" G_GINT64_FORMAT " s",
                 queue->waiting.length, rv_job_kind_to_string(job->spec.kind), job->spec.owner,
                 (g_get_real_time() - job->queued_us) / G_USEC_PER_SEC);
    rv_error_remedy(error, "wait, or cancel that job");
    return false;
}

bool rv_job_submit(RvJobQueue *queue, const RvJobSpec *spec, GError **error)
{
    if (!check_room(queue, spec, error))
        return false;

    RvJob *job = g_new0(RvJob, 1);
    job->op.progress = progress;
    job->queue = queue;
    job->spec = *spec;
    job->spec.owner = g_strdup(spec->owner);
    job->id = ++queue->core->last_job_id;
    job->queued_us = g_get_real_time();
    job->change = spec->change;
    queue->refs++;
    rv_trace(RV_TRACE_JOB, "job %" G_GUINT64_FORMAT " %s for %s, behind %u", job->id,
             rv_job_kind_to_string(spec->kind), spec->owner, queue->waiting.length);

    if (spec->preempts)
        make_way(queue, job);
    if (spec->preempts || kinds[spec->kind].ours)
        enqueue_first(queue, job);
    else
        g_queue_push_tail(&queue->waiting, job);
    begin_next(queue);
    return true;
}

void rv_job_skip_work(RvJob *job)
{
    job->spec.work = NULL;
}

void rv_job_set_change(RvJob *job, RvStoreChange *change)
{
    rv_store_change_free(job->change);
    job->change = change;
}

bool rv_job_cancel(RvJobQueue *queue, uint64_t id)
{
    RvJob *job = queue->running;
    if (job && (id == 0 || job->id == id)) {
        if (kinds[job->spec.kind].lasting || kinds[job->spec.kind].ours)
            return false;
        cancel_running(job, "a client asked for it");
        return true;
    }
    for (GList *link = queue->waiting.head; link; link = link->next) {
        job = link->data;
        if (job->id != id)
            continue;
        if (kinds[job->spec.kind].ours)
            return false;
        abort_waiting(queue, link, "a client asked for it");
        return true;
    }
    return false;
}

void rv_job_queue_withdraw(RvJobQueue *queue, const void *group)
{
    for (GList *link = queue->waiting.head, *next; link; link = next) {
        RvJob *job = link->data;
        next = link->next;
        if (group && job->spec.group == group)
            abort_waiting(queue, link, "its client has gone");
    }
}

void rv_job_queue_close(RvJobQueue *queue)
{
    static const char why[] = "the daemon is being stopped";
    queue->closed = true;
    while (!g_queue_is_empty(&queue->waiting))
        abort_waiting(queue, queue->waiting.head, why);
    if (queue->running && !kinds[queue->running->spec.kind].lasting)
        cancel_running(queue->running, why);
}

static RvJobInfo *info_new(const RvJob *job)
{
    RvJobInfo *info = g_new(RvJobInfo, 1);
    *info = (RvJobInfo){
        .id = job->id,
        .kind = job->spec.kind,
        .owner = g_strdup(job->spec.owner),
        .queued_us = job->queued_us,
        .started_us = job->started_us,
        .done = __atomic_load_n(&job->done, __ATOMIC_RELAXED),
        .total = __atomic_load_n(&job->total, __ATOMIC_RELAXED),
        .cancelled = job->cancelled,
    };
    return info;
}

void rv_job_info_free(RvJobInfo *info)
{
    if (!info)
        return;
    g_free(info->owner);
    g_free(info);
}

GPtrArray *rv_job_queue_list(const RvJobQueue *queue)
{
    GPtrArray *list = g_ptr_array_new_with_free_func((GDestroyNotify)rv_job_info_free);
    if (queue->running)
        g_ptr_array_add(list, info_new(queue->running));
    for (const GList *link = queue->waiting.head; link; link = link->next)
        g_ptr_array_add(list, info_new(link->data));
    return list;
}
