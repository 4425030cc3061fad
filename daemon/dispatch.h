/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One dispatcher for all procedures, one table row for each. It looks the object up, checks the
 * right and the state the row asks for, takes the job, runs the handler, replies. A handler of 5
 * to 20 lines does what is special to its procedure, nothing else.
 */

#include <glib.h>
#include <rpc/xdr.h>
#include <stdbool.h>

#include "daemon/core.h"
#include "daemon/domain.h"
#include "daemon/job.h"

typedef struct RvSession RvSession;
typedef struct RvCall RvCall;

/* The right a client must hold. Read-only connections hold RV_RIGHT_READ only. */
typedef enum {
    RV_RIGHT_NONE,    /* before identity is known: auth list, open */
    RV_RIGHT_READ,
    RV_RIGHT_SECRETS, /* passwords in XML; asked for by a flag, through rv_call_may() */
    RV_RIGHT_CONTROL, /* start, stop, console */
    RV_RIGHT_WRITE,   /* define, undefine, change */
} RvRight;

/* What the dispatcher looks up from the first member of the arguments. */
typedef enum { RV_TARGET_NONE, RV_TARGET_DOMAIN } RvTarget;

/* The state the object must be in; checked when called and again when its job begins. */
typedef enum { RV_NEED_ANY, RV_NEED_ACTIVE, RV_NEED_INACTIVE, RV_NEED_PERSISTENT } RvNeed;

typedef struct RvProcedure {
    unsigned number;
    const char *name; /* "domain-get-info", for traces and errors */
    xdrproc_t args_xdr, ret_xdr; /* xdr_void: none */
    size_t args_size, ret_size;
    RvRight right;
    RvTarget target;
    RvNeed need;
    RvJobKind job; /* RV_JOB_NONE: `answer` on the I/O thread is all there is */
    bool preempts; /* its job cancels those before it */

    /* [loop] No job: fills `ret` and returns true, or takes the call over (rv_call_defer).
     * With a job: called first, may refuse. NULL: nothing to do. */
    bool (*answer)(RvCall *call, const void *args, void *ret, GError **error);
    /* [job] The slow part: usually one driver slot. */
    bool (*work)(RvCall *call, const void *args, RvOperation *op, GError **error);
    /* [loop] After `work` and the store's commit: publish, fill `ret`. */
    bool (*finish)(RvCall *call, const void *args, void *ret, GError **error);
} RvProcedure;

/* One request in progress. I/O thread, but what `work` is given. */
struct RvCall {
    RvCore *core;
    RvSession *session;
    const RvProcedure *procedure;
    RvDomain *domain;   /* RV_TARGET_DOMAIN: a reference is held until the reply */
    RvDomainView *view; /* its view when the call (or `finish`) began; a reference is held */
    void *data;         /* the handler's, freed by free_data after the reply */
    GDestroyNotify free_data;
    struct RvStoreChange *change; /* what the store must hold before `finish`; set in answer/work */
};

/* The driver that the session's URI chose; NULL: all of them (reeve:///system). */
const RvDriver *rv_call_driver(const RvCall *call);
/* Whether the client holds a right beyond the row's. False sets RV_ERR_OPERATION_DENIED. */
bool rv_call_may(const RvCall *call, RvRight right, GError **error);
const char *rv_call_who(const RvCall *call); /* "uid 0, pid 4711 (virsh)" */

/* For calls about an object that the arguments do not name first (define, create): runs the row's
 * job on this domain. Called from `answer`, which then returns true. */
void rv_call_use_domain(RvCall *call, RvDomain *domain);

/* Programs: a number, a version and its rows, sorted by number. */
typedef struct {
    uint32_t number, version;
    const char *name;
    const RvProcedure *procedures;
    size_t n_procedures;
} RvProgram;
extern const RvProgram *const rv_programs[]; /* dispatch.c; NULL-terminated */

/* A row's first columns. */
#define RV_PROC_TYPES(args, ret)                                                                   \
    .args_xdr = (xdrproc_t)xdr_##args, .args_size = sizeof(args),                                  \
    .ret_xdr = (xdrproc_t)xdr_##ret, .ret_size = sizeof(ret)
