/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The daemon's parts in one place, made by main.c and handed to whoever needs them. */

#include <glib.h>

#include "base/loop.h"
#include "base/pool.h"

typedef struct RvCore RvCore;
struct RvCore {
    RvLoop *loop;
    RvPool *workers;              /* [job] slots */
    struct RvSettings *settings;
    struct RvStore *store;
    struct RvRegistry *registry;
    struct RvEvents *events;
    struct RvPoller *poller;
    struct RvServer *server;
};
