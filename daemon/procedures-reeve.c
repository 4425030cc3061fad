/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/procedures.h"

#include <string.h>

#include "base/error.h"
#include "daemon/draft.h"
#include "daemon/lifecycle.h"
#include "daemon/registry.h"
#include "daemon/store.h"
#include "wire/reeve.h"

/* ---- History -------------------------------------------------------------------------------- */

static void history_free(void *history)
{
    rv_history_free(history);
}

static const char *driver_name(const RvCall *call)
{
    return rv_call_driver(call) ? rv_call_driver(call)->name : NULL;
}

/* [worker] */
static bool read_history(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    call->data = rv_store_history(call->core->store, driver_name(call),
                                  ((const wire_reeve_history_args *)args)->name, error);
    call->free_data = history_free;
    return call->data;
}

static wire_reeve_revision tell(const RvRevision *revision)
{
    return (wire_reeve_revision){
        .revision = revision->revision,
        .time = revision->time_us,
        .who = revision->who,
        .what = revision->what,
        .removed = revision->removed,
    };
}

static bool tell_history(RvCall *call, const void *args, void *ret, GError **error)
{
    const RvHistory *history = call->data;
    wire_reeve_history_ret *list = ret;
    guint n = MIN(history->revisions->len, WIRE_REVISIONS_MAX);
    list->revisions.revisions_len = n;
    list->revisions.revisions_val = rv_call_alloc(call, n, sizeof(wire_reeve_revision));
    for (guint i = 0; i < n; i++)
        list->revisions.revisions_val[i] = tell(history->revisions->pdata[i]);
    return true;
}

/* [worker] */
static bool read_revision(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    const wire_reeve_revision_args *wish = args;
    call->data = rv_store_revision(call->core->store, driver_name(call), wish->name,
                                   wish->revision, error);
    call->free_data = history_free;
    return call->data;
}

static bool tell_revision(RvCall *call, const void *args, void *ret, GError **error)
{
    const RvHistory *history = call->data;
    const RvRevision *revision = history->revisions->pdata[0];
    wire_reeve_revision_ret *told = ret;
    told->revision = tell(revision);
    bool secrets = !revision->public_text || rv_call_may(call, RV_RIGHT_SECRETS, NULL);
    told->text = secrets ? revision->text : revision->public_text;
    return true;
}

/* ---- Rollback ------------------------------------------------------------------------------- */

/* [worker] The revision's text goes the way of any definition: this version of us, or the host, may
 * not accept any more what was accepted then. */
static RvDraft *draft_revision(RvCall *call, const wire_reeve_rollback_args *wish, GError **error)
{
    g_autoptr(RvHistory) history = rv_store_revision(call->core->store, driver_name(call),
                                                     wish->name, wish->revision, error);
    if (!history)
        return NULL;
    const RvRevision *revision = history->revisions->pdata[0];
    if (!revision->text) {
        rv_error_set(error, RV_ERR_OPERATION_INVALID,
                     "revision %u of '%s' is its removal: there is nothing to roll back to",
                     wish->revision, history->name);
        rv_error_remedy(error, "take the revision before it");
        return NULL;
    }
    const RvDraftWish draft = {.driver = rv_call_driver(call), .written = true};
    return rv_draft_new(call->core, &draft, revision->text, error);
}

static bool draft_rollback(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    call->data = draft_revision(call, args, error);
    call->free_data = rv_draft_free;
    return call->data;
}

static bool roll_back(RvCall *call, const void *args, void *ret, GError **error)
{
    const RvDraft *draft = call->data;
    if (!draft) {
        rv_call_prepare(call, draft_rollback);
        return true;
    }
    g_autofree char *what = g_strdup_printf("rollback to %u",
                                            ((const wire_reeve_rollback_args *)args)->revision);
    return rv_draft_store(draft, call, what, error);
}

static bool rolled_back(RvCall *call, const void *args, void *ret, GError **error)
{
    rv_draft_publish(call->data, call->domain);
    ((wire_domain_ret *)ret)->domain = rv_call_domain(call->domain);
    return true;
}

/* ---- Jobs ----------------------------------------------------------------------------------- */

typedef struct {
    RvCall *call;
    GArray *jobs; /* wire_reeve_job */
} Collection;

static void collect_jobs(RvDomain *domain, void *data)
{
    Collection *collection = data;
    if (rv_job_queue_is_idle(domain->jobs))
        return;
    g_autoptr(GPtrArray) infos = rv_job_queue_list(domain->jobs);
    for (guint i = 0; i < infos->len && collection->jobs->len < WIRE_JOBS_MAX; i++) {
        RvJobInfo *info = infos->pdata[i];
        wire_reeve_job job = {
            .domain = rv_call_domain(domain),
            .id = info->id,
            .kind = (char *)rv_job_kind_to_string(info->kind),
            .owner = rv_call_take(collection->call, g_steal_pointer(&info->owner)),
            .queued = info->queued_us,
            .started = info->started_us,
            .done = info->done,
            .total = info->total,
            .cancelled = info->cancelled,
        };
        g_array_append_val(collection->jobs, job);
    }
}

static bool list_jobs(RvCall *call, const void *args, void *ret, GError **error)
{
    const wire_domain *named = ((const wire_reeve_jobs_args *)args)->domain;
    wire_reeve_jobs_ret *list = ret;
    RvRegistry *registry = call->core->registry;
    g_autoptr(GArray) jobs = g_array_new(FALSE, FALSE, sizeof(wire_reeve_job));
    Collection collection = {call, jobs};
    if (named) {
        RvUuid uuid;
        memcpy(uuid.bytes, named->uuid, sizeof(uuid.bytes));
        RvDomain *domain = rv_registry_by_uuid(registry, rv_call_driver(call), &uuid, error);
        if (!domain)
            return false;
        collect_jobs(domain, &collection);
    } else {
        rv_registry_foreach(registry, rv_call_driver(call), collect_jobs, &collection);
    }
    list->jobs.jobs_len = jobs->len;
    list->jobs.jobs_val = rv_call_copy(call, jobs);
    return true;
}

static bool cancel_job(RvCall *call, const void *args, void *ret, GError **error)
{
    uint64_t id = ((const wire_reeve_cancel_args *)args)->id;
    if (rv_job_cancel(call->domain->jobs, id))
        return true;
    if (rv_job_queue_is_idle(call->domain->jobs))
        rv_error_set(error, RV_ERR_OPERATION_INVALID, "domain '%s' has no job", call->domain->name);
    else
        rv_error_set(error, RV_ERR_OPERATION_INVALID,
                     "domain '%s' has no such job, or one that cannot be cancelled",
                     call->domain->name);
    return false;
}

/* ---- What went wrong ------------------------------------------------------------------------ */

static bool list_warnings(RvCall *call, const void *args, void *ret, GError **error)
{
    wire_reeve_warnings_ret *list = ret;
    const GPtrArray *warnings = call->domain->warnings;
    if (!warnings)
        return true;
    list->warnings.warnings_len = MIN(warnings->len, WIRE_WARNINGS_MAX);
    list->warnings.warnings_val = (wire_text *)warnings->pdata;
    return true;
}

static bool list_failures(RvCall *call, const void *args, void *ret, GError **error)
{
    wire_reeve_failures_ret *list = ret;
    const GPtrArray *failures = call->domain->failures;
    list->over = call->domain->failures_over;
    if (!failures)
        return true;
    list->failures.failures_len = MIN(failures->len, WIRE_FAILURES_MAX);
    list->failures.failures_val =
        rv_call_alloc(call, list->failures.failures_len, sizeof(wire_reeve_failure));
    for (u_int i = 0; i < list->failures.failures_len; i++) {
        const RvFailure *failure = failures->pdata[i];
        list->failures.failures_val[i] = (wire_reeve_failure){failure->time_us, failure->text};
    }
    return true;
}

static const RvProcedure rows[] = {
    {.number = WIRE_REEVE_HISTORY, .name = "reeve-history",
     RV_PROC_ARGS(wire_reeve_history_args), RV_PROC_RET(wire_reeve_history_ret),
     .right = RV_RIGHT_READ, .work = read_history, .finish = tell_history},

    {.number = WIRE_REEVE_REVISION, .name = "reeve-revision",
     RV_PROC_ARGS(wire_reeve_revision_args), RV_PROC_RET(wire_reeve_revision_ret),
     .right = RV_RIGHT_READ, .work = read_revision, .finish = tell_revision},

    {.number = WIRE_REEVE_ROLLBACK, .name = "reeve-rollback",
     RV_PROC_ARGS(wire_reeve_rollback_args), RV_PROC_RET(wire_domain_ret),
     .right = RV_RIGHT_WRITE, .job = RV_JOB_DEFINE, .answer = roll_back, .finish = rolled_back},

    {.number = WIRE_REEVE_JOBS, .name = "reeve-jobs",
     RV_PROC_ARGS(wire_reeve_jobs_args), RV_PROC_RET(wire_reeve_jobs_ret),
     .right = RV_RIGHT_READ, .answer = list_jobs},

    {.number = WIRE_REEVE_CANCEL, .name = "reeve-cancel",
     RV_PROC_ARGS(wire_reeve_cancel_args), .right = RV_RIGHT_CONTROL,
     .target = RV_TARGET_DOMAIN, .answer = cancel_job},

    {.number = WIRE_REEVE_WARNINGS, .name = "reeve-warnings",
     RV_PROC_ARGS(wire_domain_args), RV_PROC_RET(wire_reeve_warnings_ret),
     .right = RV_RIGHT_READ, .target = RV_TARGET_DOMAIN, .answer = list_warnings},

    {.number = WIRE_REEVE_FAILURES, .name = "reeve-failures",
     RV_PROC_ARGS(wire_domain_args), RV_PROC_RET(wire_reeve_failures_ret),
     .right = RV_RIGHT_READ, .target = RV_TARGET_DOMAIN, .answer = list_failures},
};
const RvProcedureTable rv_procedures_reeve = RV_PROCEDURE_TABLE(rows);
