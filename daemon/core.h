/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The daemon's parts in one place, made by main.c and handed to whoever needs them. */

#include <glib.h>
#include <stdint.h>

#include "base/loop.h"
#include "base/workers.h"
#include "base/uuid.h"

typedef struct RvCore RvCore;
struct RvCore {
    RvLoop *loop;
    RvWorkers *workers;              /* [job] slots */
    RvWorkers *urgent;               /* those of preempting jobs and clean-up: never behind others */
    struct RvSettings *settings;
    struct RvDriverSet *drivers;
    struct RvStore *store;
    struct RvRegistry *registry;
    struct RvObjects *objects;    /* what are no domains: networks, ... */
    struct RvEvents *events;
    struct RvRunState *run_state;
    struct RvPoller *poller;
    const struct RvPaths *paths;
    uint64_t last_job_id;
    int64_t drafts_at_us, drafts_owed_us; /* draft.c: the I/O thread's time for drafts */
    struct RvServer *server;
    void (*guest_ended)(const RvUuid *domain); /* [loop] for what serves clients; or NULL */
};
