/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Jobs: slow operations on one object. Each object has one queue, first in, first out; at most one
 * job of it runs at a time, on a worker thread; all are visible (who, what, since when, how far)
 * and can be cancelled. A job that preempts (destroy) cancels those before it and goes next.
 *
 * Jobs that change the definition (define, undefine) or clean up are not cancelled by a preempting
 * one; a clean-up goes before all that wait, and is never refused.
 *
 * A job has three steps: `work` on a worker thread (may block, NULL: nothing to do there), then
 * the store's commit of the changes it made, if any, then `done` on the I/O thread, exactly once,
 * with the error of the step that failed or NULL.
 */

#include <gio/gio.h>
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/workers.h"
#include "drivers/driver.h"

struct RvCore;
struct RvStoreChange;

typedef enum {
    RV_JOB_NONE,
    RV_JOB_DEFINE,
    RV_JOB_UNDEFINE,
    RV_JOB_START,
    RV_JOB_SUSPEND,
    RV_JOB_RESUME,
    RV_JOB_SHUTDOWN,
    RV_JOB_REBOOT,
    RV_JOB_RESET,
    RV_JOB_DUMP,
    RV_JOB_DESTROY,
    RV_JOB_MODIFY,  /* autostart, memory, devices */
    RV_JOB_CONSOLE,
    RV_JOB_ADOPT,
    RV_JOB_CLEANUP, /* after a guest ended by itself */
    RV_JOB_SAVE,
    RV_JOB_LAST,
} RvJobKind;
RV_ENUM_DECLARE(rv_job_kind, RvJobKind);

typedef struct RvJob RvJob;
typedef struct RvJobQueue RvJobQueue;

typedef bool (*RvJobBegin)(RvJob *job, void *data, GError **error);
typedef bool (*RvJobWork)(RvJob *job, RvOperation *op, void *data, GError **error);
typedef void (*RvJobDone)(RvJob *job, void *data, const GError *error);

/* What clients may know of a job. Copied for the asker; on the I/O thread. */
typedef struct {
    uint64_t id;
    RvJobKind kind;
    char *owner;       /* "uid 1000, pid 4711 (virsh)", or "reeved" */
    int64_t queued_us, started_us; /* wall clock; started 0: still waits */
    uint64_t done, total;
    bool cancelled;
} RvJobInfo;

/* What a job is made of. `data` is the caller's; `free_data` (may be NULL) runs after `done`. */
typedef struct {
    RvJobKind kind;
    const char *owner; /* copied */
    const void *group; /* the session it is for, or NULL; see rv_job_queue_withdraw() */
    bool preempts;     /* goes first; cancels those of the guest's operations before it */
    struct RvStoreChange *change; /* taken over; or see rv_job_set_change() */
    RvJobBegin begin; /* [loop] when its turn has come; may still refuse; NULL: nothing to do */
    RvJobWork work;
    RvJobDone done;
    void *data;
    GDestroyNotify free_data;
} RvJobSpec;

/* `idle` (may be NULL) is called on the I/O thread whenever the last job of the queue is done. */
RvJobQueue *rv_job_queue_new(struct RvCore *core, void (*idle)(void *data), void *data);
void rv_job_queue_free(RvJobQueue *queue); /* must be empty */

/* Queues a job; false when the queue is full (RV_ERR_RESOURCE_BUSY, naming who holds it): then
 * nothing was taken over. `done` is never called from within. */
G_GNUC_WARN_UNUSED_RESULT bool rv_job_submit(RvJobQueue *queue, const RvJobSpec *spec,
                                             GError **error);

/* Within `begin`: there is no work to be done after all. */
void rv_job_skip_work(RvJob *job);

/* Within `work`: what the store must hold before `done` may say success. Taken over. */
void rv_job_set_change(RvJob *job, struct RvStoreChange *change);

/* Cancels what can be cancelled, and refuses all that is submitted from now on. */
void rv_job_queue_close(RvJobQueue *queue);

/* Whether nothing waits or runs. A job whose `done` is being called counts no more. */
bool rv_job_queue_is_idle(const RvJobQueue *queue);
/* Cancels a job (0: the running one). False: no such job, or one that must not be cancelled. */
bool rv_job_cancel(RvJobQueue *queue, uint64_t id);
/* The client has gone: cancels its jobs that still wait; one that runs is brought to its end. */
void rv_job_queue_withdraw(RvJobQueue *queue, const void *group);
GPtrArray *rv_job_queue_list(const RvJobQueue *queue); /* RvJobInfo, the running one first */
void rv_job_info_free(RvJobInfo *info);
