/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How objects that are no domains become active and inactive, and what becomes of them when a daemon
 * begins and ends. */

#include <glib.h>
#include <stdbool.h>

#include "base/loop.h"
#include "daemon/core.h"
#include "daemon/object.h"
#include "daemon/store.h"

/* [job], then [loop] when that went well: makes it active. */
G_GNUC_WARN_UNUSED_RESULT bool rv_object_start(RvObject *object, const RvObjectDef *def,
                                               RvOperation *op, GError **error);
void rv_object_started(RvObject *object);

/* [job], then [loop] when that went well: makes it inactive. */
G_GNUC_WARN_UNUSED_RESULT bool rv_object_stop(RvObject *object, RvOperation *op, GError **error);
void rv_object_stopped(RvObject *object);

/* [job], then rv_object_set_live() [loop]: another live document of one that is active. Takes `live`
 * over; what it returns is the caller's. */
G_GNUC_WARN_UNUSED_RESULT RvObjectDef *rv_object_change_live(RvObject *object, void *live,
                                                             GError **error);

/* At start-up: what the store knows. One that is not
 * understood costs itself, not the start of the daemon. */
void rv_objects_take_stored(RvCore *core, const RvStored *stored);
/* At start-up: takes over or undoes what a former daemon left. */
G_GNUC_WARN_UNUSED_RESULT bool rv_objects_recover(RvCore *core, GError **error);
/* Starts what is to be started by itself; then calls `done`, never from within. */
void rv_objects_autostart(RvCore *core, RvLoopFunc done, void *data);

/* At the end: no more jobs; whether none is left. */
void rv_objects_stop(RvCore *core);
bool rv_objects_are_idle(RvCore *core);
