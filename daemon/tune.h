/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What of a domain's definition can be changed while it runs (RvTuneOps), and read: as it is now,
 * or as its next start will have it.
 */

#include "daemon/change.h"
#include "daemon/dispatch.h"

/* [job] Changes one part of the definitions by `apply`, and the running guest by its driver. What
 * `apply` made must be a definition that would be accepted. Use rv_change_publish() to finish. */
G_GNUC_WARN_UNUSED_RESULT bool rv_tune_change(RvCall *call, const void *args, unsigned flags,
                                              RvTuneWhat what, RvChangeApply apply,
                                              RvOperation *op, GError **error);

/* What rv_tune_read() found: call->data. */
typedef struct {
    RvDomainDef *def; /* a copy of its own */
    bool live;
    unsigned cpus; /* of the host; 0: nobody asked */
} RvTuneReading;

/* The work of a procedure that reads, by the flags of RvChangeFlags in its arguments. */
bool rv_tune_read(RvCall *call, const void *args, RvOperation *op, GError **error);

/* ---- Typed parameters that are numbers of a definition -------------------------------------- */

typedef struct {
    const char *name;
    int type;        /* wire_param_type; WIRE_PARAM_STRING: no number, the handler's own */
    size_t at;       /* in RvDomainDef; as long as the type */
    int64_t absent;  /* what the definition has where nothing is said */
    int64_t defined, running; /* what clients are told then */
    uint64_t min, max;        /* of what is said, 0 and -1 apart; 0: any */
    bool is_limit;   /* in KiB: none from RV_MEMORY_UNLIMITED_KIB on, and never 0 */
    bool keeps;      /* 0 leaves a running guest as it is */
} RvTuneParam;

typedef struct {
    const wire_param *params;
    unsigned n_params;
} RvTuneParams;

/* Whether all are known, of their type, and said once. */
G_GNUC_WARN_UNUSED_RESULT bool rv_tune_params_check(const RvTuneParams *given,
                                                    const RvTuneParam *known, size_t n_known,
                                                    GError **error);
/* Puts the numbers into the definition. */
G_GNUC_WARN_UNUSED_RESULT bool rv_tune_params_put(const RvTuneParams *given,
                                                  const RvTuneParam *known, size_t n_known,
                                                  RvDomainDef *def, bool live, GError **error);
/* Fills params with the known ones; those of WIRE_PARAM_STRING are left to the caller. */
void rv_tune_params_tell(const RvTuneReading *reading, const RvTuneParam *known, size_t n_known,
                         wire_param *params);
