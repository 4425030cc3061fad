/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A call about a volume, from its `answer` on: which it is, and that nobody is in its way. */

#include "daemon/dispatch.h"
#include "daemon/pool.h"
#include "daemon/warning.h"

typedef struct {
    RvObject *pool;    /* a reference, as all others; active when the call began */
    RvObjectDef *live;
    char *name;        /* NULL: the document says it */
    bool claimed;
    RvClaim claim;
    RvVolumeDef *wish;  /* what is to be made */
    RvVolumeDef *found; /* what is there */
    char **folders;     /* of all active pools */
    int fd;             /* the volume; -1: not open */

    RvObject *origin_pool; /* of what is copied; NULL: nothing is */
    RvObjectDef *origin_live;
    char *origin_name;
} RvVolumeCall;

/* [loop] call->data is this from then on. */
RvVolumeCall *rv_volume_call_begin(RvCall *call, RvObject *pool, const char *name, GError **error);
G_GNUC_WARN_UNUSED_RESULT bool rv_volume_call_begin_named(RvCall *call, const wire_volume *named,
                                                          GError **error);
/* [loop] Nobody else does what is not compatible until the call is over. */
G_GNUC_WARN_UNUSED_RESULT bool rv_volume_call_claim(RvCall *call, RvClaim claim, GError **error);
G_GNUC_WARN_UNUSED_RESULT bool rv_volume_call_claim_origin(RvCall *call, const wire_volume *named,
                                                           GError **error);
/* Takes the claim over from the call: whoever does gives it back. */
void rv_volume_call_keep_claim(RvCall *call);

const RvPoolDef *rv_volume_call_pool(const RvVolumeCall *volume);
/* As clients know it. */
wire_volume rv_volume_call_told(RvCall *call);
