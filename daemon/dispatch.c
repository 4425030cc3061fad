/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/dispatch.h"

#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "daemon/lifecycle.h"
#include "daemon/registry.h"
#include "daemon/session.h"
#include "daemon/store.h"
#include "wire/remote-error.h"
#include "wire/xdr.h"

/*
 * A request goes through these steps; each either hands it on or ends it by reply() or fail():
 *   rv_dispatch  find the row, check the right, decode, look up, check the state
 *   begin        `answer`; then the reply, the job, or the work
 *   finish       back on the loop after the work and the commit: `finish`, the reply
 */

enum {
    CHUNK_ALIGN = 16,
    MAX_WAITING = 256, /* slow calls of one client that wait for its others */
};

typedef struct Chunk {
    struct Chunk *next;
    char *text; /* rv_call_take()'s */
} Chunk;

typedef struct {
    RvCall call; /* first: handlers get this */
    RvFrameHeader header;
    void *args, *ret; /* within the same memory as this */
    Chunk *chunks;
    RvWork prepare;     /* what `answer` wants done before it is called again */
    bool owns_target;   /* what it is about was named by the handler */
    bool slow;          /* among its session's calls */
    bool waiting;       /* among those that wait for the others */
    int64_t begun_us;

    /* Work without a job. */
    RvOperation op;
    GError *error;
} Request;

static void begin(Request *request);

static size_t aligned(size_t size)
{
    return (size + CHUNK_ALIGN - 1) & ~(size_t)(CHUNK_ALIGN - 1);
}

/* ---- What handlers use ---------------------------------------------------------------------- */

const RvDriver *rv_call_driver(const RvCall *call)
{
    return call->session->driver;
}

const char *rv_call_who(const RvCall *call)
{
    return call->session->who;
}

static bool may(const RvSession *session, const RvProcedure *procedure, RvRight right,
                GError **error)
{
    if (!session->read_only || right <= RV_RIGHT_READ)
        return true;
    rv_error_set(error, RV_ERR_OPERATION_DENIED, "read only access prevents %s", procedure->name);
    return false;
}

bool rv_call_may(const RvCall *call, RvRight right, GError **error)
{
    return may(call->session, call->procedure, right, error);
}

static unsigned read_flags(const RvProcedure *procedure, const char *args)
{
    unsigned flags = 0;
    if (procedure->flags_at > 0)
        memcpy(&flags, args + procedure->flags_at - 1, sizeof(flags));
    return flags;
}

unsigned rv_call_flags(const RvCall *call)
{
    return read_flags(call->procedure, ((const Request *)call)->args);
}

bool rv_call_has(const RvCall *call, bool slot, const RvDriver *driver, GError **error)
{
    if (!slot)
        rv_error_set(error, RV_ERR_NO_SUPPORT, "%s is not supported by driver %s",
                     call->procedure->name, driver->name);
    return slot;
}

static void set_view(RvCall *call)
{
    if (call->domain) {
        rv_domain_view_unref(call->view);
        call->view = rv_domain_view_ref(call->domain->view);
    }
    if (call->object) {
        rv_object_view_unref(call->object_view);
        call->object_view = rv_object_view_ref(call->object->view);
    }
}

void rv_call_use_domain(RvCall *call, RvDomain *domain)
{
    g_assert(!call->domain);
    call->domain = rv_domain_ref(domain);
    ((Request *)call)->owns_target = true;
    set_view(call);
}

void rv_call_use_object(RvCall *call, RvObject *object)
{
    g_assert(!call->object);
    call->object = rv_object_ref(object);
    ((Request *)call)->owns_target = true;
    set_view(call);
}

/* NULL: the call is about nothing that has jobs. */
static RvJobQueue *queue_of(const RvCall *call)
{
    return call->domain ? call->domain->jobs : call->object ? call->object->jobs : NULL;
}

void rv_call_prepare(RvCall *call, RvWork work)
{
    ((Request *)call)->prepare = work;
}

static Chunk *add_chunk(RvCall *call, size_t size)
{
    Request *request = (Request *)call;
    Chunk *chunk = g_malloc0(aligned(sizeof(*chunk)) + size);
    chunk->next = request->chunks;
    request->chunks = chunk;
    return chunk;
}

void *rv_call_alloc(RvCall *call, size_t count, size_t size)
{
    g_assert(size == 0 || count <= RV_FRAME_MAX * 4 / size);
    return (char *)add_chunk(call, count * size) + aligned(sizeof(Chunk));
}

void *rv_call_copy(RvCall *call, const GArray *items)
{
    size_t size = g_array_get_element_size((GArray *)items);
    void *copy = rv_call_alloc(call, items->len, size);
    if (items->len > 0)
        memcpy(copy, items->data, items->len * size);
    return copy;
}

char *rv_call_take(RvCall *call, char *text)
{
    add_chunk(call, 0)->text = text;
    return text;
}

wire_domain rv_call_domain(const RvDomain *domain)
{
    wire_domain told = {.name = domain->name, .id = domain->view->id};
    memcpy(told.uuid, domain->uuid.bytes, sizeof(told.uuid));
    return told;
}

wire_object rv_call_object(const RvObject *object)
{
    wire_object told = {.name = object->name};
    memcpy(told.uuid, object->uuid.bytes, sizeof(told.uuid));
    return told;
}

/* ---- Ends ----------------------------------------------------------------------------------- */

static int source_of(const Request *request, const GError *error)
{
    const RvCall *call = &request->call;
    if (g_error_matches(error, RV_ERROR, RV_ERR_RPC))
        return RV_ERROR_SOURCE_RPC;
    if (call->procedure->kind)
        return call->procedure->kind->source;
    const RvDriver *driver = call->domain ? call->domain->driver : call->session->driver;
    return driver && driver->error_source ? driver->error_source : RV_ERROR_SOURCE_DOMAIN;
}

/* A slow call is over: the next one of its client that waits begins. */
static void leave(Request *request)
{
    RvSession *session = request->call.session;
    if (g_ptr_array_remove_fast(session->calls, &request->call)) {
        RvCall *next = g_queue_pop_head(&session->waiting);
        if (next)
            rv_call_begin(next);
    }
}

static void request_free(Request *request)
{
    RvCall *call = &request->call;
    if (request->slow)
        leave(request);
    if (call->free_data)
        call->free_data(call->data);
    if (call->procedure->args_xdr)
        rv_xdr_clear(call->procedure->args_xdr, request->args);
    for (Chunk *chunk = request->chunks, *next; chunk; chunk = next) {
        next = chunk->next;
        g_free(chunk->text);
        g_free(chunk);
    }
    rv_store_change_free(call->change);
    g_clear_pointer(&call->fds, g_array_unref);
    rv_domain_view_unref(call->view);
    rv_domain_unref(call->domain);
    rv_object_view_unref(call->object_view);
    rv_object_unref(call->object);
    g_clear_object(&request->op.cancel);
    g_clear_error(&request->error);
    rv_session_unref(call->session);
    g_free(request);
}

static void trace(const Request *request, const GError *error)
{
    rv_trace(RV_TRACE_RPC, "%s: %s %u, %" G_GINT64_FORMAT " us: %s", request->call.session->who,
             request->call.procedure->name, request->header.serial,
             g_get_monotonic_time() - request->begun_us, error ? error->message : "ok");
}

static void fail(Request *request, const GError *error)
{
    trace(request, error);
    rv_session_send_error(request->call.session, &request->header, error,
                          source_of(request, error));
    request_free(request);
}

static void reply(Request *request)
{
    const RvProcedure *procedure = request->call.procedure;
    RvFrameHeader header = request->header;
    header.type = RV_FRAME_REPLY;
    header.status = RV_FRAME_OK;
    g_autoptr(GError) error = NULL;
    const GArray *fds = request->call.fds;
    if (fds) {
        header.type = RV_FRAME_REPLY_WITH_FDS;
        rv_session_send_fds(request->call.session, &header, (const int *)(void *)fds->data,
                            fds->len);
    } else if (!rv_session_send(request->call.session, &header, procedure->ret_xdr, request->ret,
                                &error)) {
        fail(request, error);
        return;
    }
    trace(request, NULL);
    request_free(request);
}

/* ---- State ---------------------------------------------------------------------------------- */

static bool refuse_state(const RvProcedure *procedure, const char *usual, GError **error)
{
    rv_error_set(error, RV_ERR_OPERATION_INVALID, "%s",
                 procedure->refusal ? procedure->refusal : usual);
    return false;
}

static bool refuse_inactive(const RvProcedure *procedure, GError **error)
{
    refuse_state(procedure, "domain is not running", error);
    if (!procedure->refusal)
        rv_error_source(error, RV_ERROR_SOURCE_DOMAIN);
    return false;
}

static bool check_object(const RvCall *call, GError **error)
{
    const RvObjectView *view = call->object_view;
    const RvNeed need = call->procedure->need;
    const char *fault = NULL;
    if (need == RV_NEED_ACTIVE && !view->active)
        fault = "is not active";
    else if (need == RV_NEED_INACTIVE && view->active)
        fault = "is already active";
    else if (need == RV_NEED_PERSISTENT && !view->persistent)
        fault = "is transient";
    if (!fault)
        return true;
    if (call->procedure->refusal)
        rv_error_set(error, RV_ERR_OPERATION_INVALID, "%s", call->procedure->refusal);
    else
        rv_error_set(error, RV_ERR_OPERATION_INVALID, "%s '%s' %s", call->object->kind->words,
                     call->object->name, fault);
    return false;
}

/* [loop] */
static bool check_need(const RvCall *call, GError **error)
{
    const RvProcedure *procedure = call->procedure;
    const RvDomainView *view = call->view;
    if (call->object)
        return check_object(call, error);
    if (procedure->need == RV_NEED_ACTIVE && !rv_domain_view_is_active(view))
        return refuse_inactive(procedure, error);
    if (procedure->need == RV_NEED_INACTIVE && rv_domain_view_is_active(view))
        return refuse_state(procedure, "domain is already running", error);
    if (procedure->need == RV_NEED_PERSISTENT && !view->persistent)
        return refuse_state(procedure, "domain is transient", error);
    return true;
}

/* ---- Work and jobs -------------------------------------------------------------------------- */

/* [loop] */
static void finish(Request *request, const GError *failure)
{
    RvCall *call = &request->call;
    const RvProcedure *procedure = call->procedure;
    g_autoptr(RvDomain) domain = call->domain ? rv_domain_ref(call->domain) : NULL;
    g_autoptr(RvObject) object = call->object ? rv_object_ref(call->object) : NULL;
    g_autoptr(GError) error = NULL;
    set_view(call);
    if (failure)
        fail(request, failure);
    else if (procedure->finish && !procedure->finish(call, request->args, request->ret, &error))
        fail(request, error);
    else
        reply(request);
    /* One that was made for this call and has come to nothing, or is gone by what the call did. */
    if (domain)
        rv_lifecycle_release(domain);
    if (object)
        rv_object_release(object);
}

/* [loop] Much may have changed while it waited. */
static bool job_begin(RvJob *job, void *data, GError **error)
{
    RvCall *call = data;
    const RvProcedure *procedure = call->procedure;
    set_view(call);
    if (!check_need(call, error))
        return false;
    if (procedure->has_work && !procedure->has_work(call))
        rv_job_skip_work(job);
    return true;
}

/* [job] */
static bool job_work(RvJob *job, RvOperation *op, void *data, GError **error)
{
    Request *request = data;
    RvCall *call = &request->call;
    if (!call->procedure->work(call, request->args, op, error))
        return false;
    if (call->change)
        rv_job_set_change(job, g_steal_pointer(&call->change));
    return true;
}

static void job_done(RvJob *job, void *data, const GError *error)
{
    finish(data, error);
}

static void submit(Request *request)
{
    RvCall *call = &request->call;
    const RvProcedure *procedure = call->procedure;
    RvJobSpec spec = {
        .kind = procedure->job,
        .owner = call->session->who,
        .group = call->session,
        .preempts = procedure->preempts,
        .change = g_steal_pointer(&call->change), /* before the worker looks for one */
        .begin = job_begin,
        .work = procedure->work ? job_work : NULL,
        .done = job_done,
        .data = request,
    };
    g_autoptr(GError) error = NULL;
    if (!rv_job_submit(queue_of(call), &spec, &error)) {
        call->change = spec.change;
        finish(request, error);
    }
}

/* [loop] */
static void worked(void *data)
{
    Request *request = data;
    g_clear_object(&request->op.cancel);
    if (!request->prepare || request->error) {
        finish(request, request->error);
    } else if (request->call.session->fd < 0) {
        request_free(request); /* nobody wants it any more */
    } else {
        request->prepare = NULL;
        begin(request);
    }
}

/* [worker] */
static void run_work(void *data)
{
    Request *request = data;
    RvWork work = request->prepare ? request->prepare : request->call.procedure->work;
    bool ok = work(&request->call, request->args, &request->op, &request->error);
    g_assert(ok == !request->error);
    rv_loop_post(request->call.core->loop, worked, request);
}

static void ignore_progress(RvOperation *op, uint64_t done, uint64_t total)
{
}

static void push_work(Request *request)
{
    request->op = (RvOperation){.cancel = g_cancellable_new(), .progress = ignore_progress};
    rv_workers_push(request->call.core->workers, run_work, request);
}

void rv_call_abandon(RvCall *call)
{
    Request *request = (Request *)call;
    if (request->waiting)
        request_free(request);
    else if (request->op.cancel)
        g_cancellable_cancel(request->op.cancel);
    else if (queue_of(call))
        rv_job_queue_withdraw(queue_of(call), call->session);
}

/* ---- The beginning -------------------------------------------------------------------------- */

static void begin(Request *request)
{
    RvCall *call = &request->call;
    const RvProcedure *procedure = call->procedure;
    g_autoptr(GError) error = NULL;
    if (procedure->answer && !procedure->answer(call, request->args, request->ret, &error)) {
        /* One that had named what it is about must see it go, too. */
        if (request->owns_target)
            finish(request, error);
        else
            fail(request, error);
    } else if (request->prepare) {
        push_work(request);
    } else if (procedure->job != RV_JOB_NONE) {
        submit(request);
    } else if (procedure->work) {
        push_work(request);
    } else {
        reply(request);
    }
}

static bool look_up_object(RvCall *call, const wire_object *named, GError **error)
{
    RvUuid uuid;
    memcpy(uuid.bytes, named->uuid, sizeof(uuid.bytes));
    RvObject *object =
        rv_objects_by_uuid(call->core->objects, call->procedure->kind, &uuid, NULL);
    if (!object) {
        char text[RV_UUID_STRING_LEN + 1];
        rv_uuid_format(&uuid, text);
        rv_error_set(error, call->procedure->kind->not_found,
                     "no %s with matching uuid '%s' (%s)", call->procedure->kind->words, text,
                     named->name);
        return false;
    }
    call->object = rv_object_ref(object);
    set_view(call);
    return check_need(call, error);
}

static bool look_up_domain(RvCall *call, const wire_domain *named, GError **error)
{
    RvUuid uuid;
    memcpy(uuid.bytes, named->uuid, sizeof(uuid.bytes));
    const RvDriver *driver = rv_call_driver(call);
    RvDomain *domain = rv_registry_find(call->core->registry, &uuid);
    if (!domain || !domain->visible || (driver && domain->driver != driver)) {
        char text[RV_UUID_STRING_LEN + 1];
        rv_uuid_format(&uuid, text);
        rv_error_set(error, RV_ERR_NO_DOMAIN, "no domain with matching uuid '%s' (%s)", text,
                     named->name);
        return false;
    }
    call->domain = rv_domain_ref(domain);
    set_view(call);
    if (!rv_domain_view_current(call->view)) {
        rv_error_set(error, RV_ERR_OPERATION_FAILED, "domain '%s' is being found again",
                     domain->name);
        return false;
    }
    return check_need(call, error);
}

static bool look_up(RvCall *call, const void *args, GError **error)
{
    switch (call->procedure->target) {
    case RV_TARGET_DOMAIN:
        return look_up_domain(call, args, error);
    case RV_TARGET_OBJECT:
        return look_up_object(call, args, error);
    default:
        return true;
    }
}

static bool check_flags(const RvProcedure *procedure, const char *args, GError **error)
{
    unsigned unknown = read_flags(procedure, args) & ~procedure->flags_known;
    if (unknown != 0)
        g_set_error(error, RV_ERROR, RV_ERR_INVALID_ARG, "unsupported flags (0x%x) in %s", unknown,
                    procedure->name);
    return unknown == 0;
}

/* A client may have so many slow calls in progress, more wait, and too many are refused. What
 * preempts does not count: a stuck guest can always be destroyed. */
static bool take_turn(Request *request, GError **error)
{
    RvSession *session = request->call.session;
    const RvProcedure *procedure = request->call.procedure;
    if ((procedure->job == RV_JOB_NONE && !procedure->work) || procedure->preempts)
        return true;
    if (session->waiting.length >= MAX_WAITING) {
        rv_error_set(error, RV_ERR_RESOURCE_BUSY,
                     "this client has %u operations in progress, and %u more wait for them",
                     session->calls->len, session->waiting.length);
        rv_error_remedy(error, "wait for one of them, or raise max_client_jobs in reeved.conf");
        return false;
    }
    request->slow = true;
    request->waiting = session->calls->len >= session->limits->max_client_jobs;
    if (request->waiting)
        g_queue_push_tail(&session->waiting, &request->call);
    else
        g_ptr_array_add(session->calls, &request->call);
    return true;
}

void rv_call_begin(RvCall *call)
{
    Request *request = (Request *)call;
    g_autoptr(GError) error = NULL;
    request->waiting = false;
    g_ptr_array_add(call->session->calls, call);
    set_view(call);
    if (queue_of(call) && !check_need(call, &error))
        fail(request, error);
    else
        begin(request);
}

static Request *request_new(RvSession *session, const RvFrame *frame,
                            const RvProcedure *procedure)
{
    size_t args_at = aligned(sizeof(Request));
    size_t ret_at = args_at + aligned(procedure->args_size);
    Request *request = g_malloc0(ret_at + procedure->ret_size);
    request->args = (char *)request + args_at;
    request->ret = (char *)request + ret_at;
    request->header = frame->header;
    request->begun_us = RV_TRACING(RV_TRACE_RPC) ? g_get_monotonic_time() : 0;
    request->call = (RvCall){
        .core = session->core,
        .session = rv_session_ref(session),
        .procedure = procedure,
        .header = &request->header,
    };
    return request;
}

static bool set_up(Request *request, const RvFrame *frame, GError **error)
{
    RvCall *call = &request->call;
    const RvProcedure *procedure = call->procedure;
    return (!procedure->args_xdr || rv_xdr_decode(frame->payload, frame->payload_len,
                                                  procedure->args_xdr, request->args, error)) &&
           check_flags(procedure, request->args, error) &&
           look_up(call, request->args, error) &&
           take_turn(request, error);
}

static const RvProgram *find_program(const RvFrameHeader *header)
{
    for (size_t i = 0; rv_programs[i]; i++) {
        if (rv_programs[i]->number == header->program && rv_programs[i]->version == header->version)
            return rv_programs[i];
    }
    return NULL;
}

/* The row of a call that this client may make. Nothing of the arguments was looked at yet. */
static const RvProcedure *admit(const RvSession *session, const RvFrameHeader *header,
                                GError **error)
{
    const RvProgram *program = find_program(header);
    if (!program) {
        rv_error_set(error, RV_ERR_RPC, "Cannot find program %u version %u", header->program,
                     header->version);
        return NULL;
    }
    if (header->status != RV_FRAME_OK) {
        rv_error_set(error, RV_ERR_RPC, "Unexpected message status %u", header->status);
        return NULL;
    }
    const RvProcedure *procedure = rv_program_find(program, header->procedure);
    if (!procedure) {
        rv_error_set(error, RV_ERR_RPC, "unknown procedure: %d", (int)header->procedure);
        return NULL;
    }
    if (procedure->right != RV_RIGHT_NONE && !session->uri) {
        rv_error_set(error, RV_ERR_INTERNAL, "connection not open");
        return NULL;
    }
    return may(session, procedure, procedure->right, error) ? procedure : NULL;
}

void rv_dispatch(RvSession *session, const RvFrame *frame)
{
    g_autoptr(GError) error = NULL;
    const RvProcedure *procedure = admit(session, &frame->header, &error);
    if (!procedure) {
        rv_trace(RV_TRACE_RPC, "%s: procedure %u of program %x: %s", session->who,
                 frame->header.procedure, frame->header.program, error->message);
        rv_session_send_error(session, &frame->header, error, RV_ERROR_SOURCE_RPC);
        return;
    }
    Request *request = request_new(session, frame, procedure);
    if (!set_up(request, frame, &error))
        fail(request, error);
    else if (!request->waiting)
        begin(request);
}
