/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One dispatcher for all procedures, one table row for each. It checks the right the row asks for,
 * decodes the arguments, looks the object up, checks its state, takes the job, runs the handler,
 * replies. A handler of 5 to 20 lines does what is special to its procedure, nothing else.
 *
 * The right is checked before the arguments are decoded: who may not call a procedure cannot make us
 * work for it either.
 */

#include <glib.h>
#include <rpc/xdr.h>
#include <stdbool.h>
#include <stddef.h>

#include "daemon/core.h"
#include "daemon/domain.h"
#include "daemon/job.h"
#include "daemon/object.h"
#include "wire/frame.h"
#include "wire/remote.h"

typedef struct RvSession RvSession;
typedef struct RvCall RvCall;

/* The right a client must hold. Read-only connections hold RV_RIGHT_READ only. */
typedef enum {
    RV_RIGHT_NONE,    /* before the connection is opened: auth list, open */
    RV_RIGHT_READ,
    RV_RIGHT_SECRETS, /* passwords in XML; asked for by a flag, through rv_call_may() */
    RV_RIGHT_CONTROL, /* start, stop, console */
    RV_RIGHT_WRITE,   /* define, undefine, change */
} RvRight;

/* What the dispatcher looks up from the first member of the arguments: a wire_domain, or a
 * wire_object of the row's kind. */
typedef enum { RV_TARGET_NONE, RV_TARGET_DOMAIN, RV_TARGET_OBJECT } RvTarget;

/* The state the object must be in; checked when called and again when its work begins. */
typedef enum { RV_NEED_ANY, RV_NEED_ACTIVE, RV_NEED_INACTIVE, RV_NEED_PERSISTENT } RvNeed;

typedef bool (*RvAnswer)(RvCall *call, const void *args, void *ret, GError **error);
typedef bool (*RvWork)(RvCall *call, const void *args, RvOperation *op, GError **error);

typedef struct RvProcedure {
    unsigned number;
    const char *name; /* "domain-get-info", for traces and errors */
    xdrproc_t args_xdr, ret_xdr; /* NULL: none */
    size_t args_size, ret_size;
    size_t flags_at;      /* with RV_PROC_FLAGS: where the flags are in the arguments; else 0 */
    unsigned flags_known; /* others are refused */
    RvRight right;
    RvTarget target;
    const RvObjectKind *kind; /* of objects that it is about; NULL: about domains, or none */
    RvNeed need;
    const char *refusal; /* what the driver says when that is not so; NULL: the usual words */
    RvJobKind job; /* RV_JOB_NONE: none is taken */
    bool preempts; /* its job cancels those before it */

    /* [loop] Called first; may refuse. Without `work`, job or `finish` it fills `ret`, and that is
     * all. May be called twice: see rv_call_prepare(). NULL: nothing to do. */
    RvAnswer answer;
    /* [job] The slow part: usually one driver slot. Without a job of the row's: on a worker thread,
     * beside everything else. */
    RvWork work;
    /* [loop] Of a row with a job, asked when its turn has come: false: there is no `work` this
     * time, and no worker is waited for. NULL: there is. */
    bool (*has_work)(const RvCall *call);
    /* [loop] After `work` and the store's commit: publish, fill `ret`. */
    RvAnswer finish;
} RvProcedure;

/* Columns of a row. */
#define RV_PROC_ARGS(type) .args_xdr = (xdrproc_t)xdr_##type, .args_size = sizeof(type)
#define RV_PROC_RET(type) .ret_xdr = (xdrproc_t)xdr_##type, .ret_size = sizeof(type)
#define RV_PROC_FLAGS(type, known) .flags_at = offsetof(type, flags) + 1, .flags_known = (known)

/* One request in progress. I/O thread, but what `work` is given. */
struct RvCall {
    RvCore *core;
    RvSession *session;
    const RvProcedure *procedure;
    const RvFrameHeader *header;
    RvDomain *domain;   /* RV_TARGET_DOMAIN: a reference is held until the reply */
    RvDomainView *view; /* its view when the call (or `finish`) began; a reference is held */
    RvObject *object;          /* RV_TARGET_OBJECT: the same */
    RvObjectView *object_view;
    void *data;         /* the handler's, freed by free_data after the reply */
    GDestroyNotify free_data;
    GArray *fds; /* int, descriptors that go with a reply that has no payload: set by work or
                    finish, closed after the reply; NULL: none */
    struct RvStoreChange *change; /* what the store must hold before `finish`; set in answer/work */
};

/* The driver that the session's URI chose; NULL: all of them (reeve:///system). */
const RvDriver *rv_call_driver(const RvCall *call);
/* Whether the client holds a right beyond the row's. False sets RV_ERR_OPERATION_DENIED. */
bool rv_call_may(const RvCall *call, RvRight right, GError **error);
const char *rv_call_who(const RvCall *call); /* "uid 0, pid 4711 (virsh)" */
/* The flags in the arguments; 0 for a procedure that has none. */
unsigned rv_call_flags(const RvCall *call);
/* Whether the driver has an optional slot or table. False sets RV_ERR_NO_SUPPORT. */
bool rv_call_has(const RvCall *call, bool slot, const RvDriver *driver, GError **error);

/* For calls about an object that the arguments do not name first (define, create): the row's job
 * runs on this domain. From `answer`. */
void rv_call_use_domain(RvCall *call, RvDomain *domain);

void rv_call_use_object(RvCall *call, RvObject *object);

/* Runs `work` on a worker thread and then calls `answer` again, which sees what it did by
 * call->data. From `answer`, which then returns true and is done for now. */
void rv_call_prepare(RvCall *call, RvWork work);

/*
 * What `ret` points to is not freed with it: it belongs to the view or domain the call holds, or
 * lives in memory from here, which is zeroed and goes after the reply.
 */
void *rv_call_alloc(RvCall *call, size_t count, size_t size);
void *rv_call_copy(RvCall *call, const GArray *items); /* the same, with a copy of them */
char *rv_call_take(RvCall *call, char *text); /* a g_free()able text, handed to the call */

/* A domain as it is told to clients. */
wire_domain rv_call_domain(const RvDomain *domain);

wire_object rv_call_object(const RvObject *object);

/* ---- For session.c ---- */

/* A whole CALL from a client; answers it now or later. The frame is not needed after this. */
void rv_dispatch(RvSession *session, const RvFrame *frame);

/* One of its client's slow calls is over, and it may have its turn now. */
void rv_call_begin(RvCall *call);

/* The client has gone: what waits is withdrawn, what runs is brought to its end and not told. */
void rv_call_abandon(RvCall *call);

/* ---- Programs ---- */

/* Rows sorted by number. */
typedef struct {
    const RvProcedure *rows;
    size_t n_rows;
} RvProcedureTable;

#define RV_PROCEDURE_TABLE(rows) {rows, G_N_ELEMENTS(rows)}

typedef struct {
    uint32_t number, version;
    const char *name;
    const RvProcedureTable *const *tables; /* NULL-terminated; no number is in two of them */
} RvProgram;

extern const RvProgram *const rv_programs[]; /* programs.c; NULL-terminated */

/* NULL: no such row. */
const RvProcedure *rv_program_find(const RvProgram *program, unsigned number);
