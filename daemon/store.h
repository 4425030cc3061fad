/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The store: definitions and the history of each, in one SQLite file (WAL, synchronous=FULL). One
 * thread writes; changes that wait together are committed together, and each is acknowledged only
 * after the commit that holds it. A revision is never rewritten; an object's row points at its
 * current one, and outlives the object's removal, so that a removal can be rolled back too.
 */

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/loop.h"
#include "base/uuid.h"
#include "model/definition.h"

typedef struct RvStore RvStore;
typedef struct RvStoreChange RvStoreChange;

G_GNUC_WARN_UNUSED_RESULT RvStore *rv_store_open(const char *path, RvLoop *loop, GError **error);
void rv_store_close(RvStore *store); /* commits what waits */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RvStore, rv_store_close)

/* One change. `who` is kept in the history: "uid 0, pid 4711 (virsh)". */
RvStoreChange *rv_store_put(const char *driver, RvDefinition *definition, const char *who,
                            const char *what); /* what: "define", "rollback to 3" */
RvStoreChange *rv_store_remove(const RvUuid *uuid, const char *who);
RvStoreChange *rv_store_set_autostart(const RvUuid *uuid, bool autostart, const char *who);
void rv_store_change_free(RvStoreChange *change);

/* Queues it (taken over); done(data, error) runs on the I/O thread after its commit. */
typedef void (*RvStoreDone)(void *data, const GError *error);
void rv_store_commit(RvStore *store, RvStoreChange *change, RvStoreDone done, void *data);

/* At start-up, before the loop runs: calls func for every object that is not removed. */
typedef bool (*RvStoreLoadFunc)(const char *driver, RvDefinition *definition, bool autostart,
                                void *data, GError **error);
G_GNUC_WARN_UNUSED_RESULT bool rv_store_load(RvStore *store, RvStoreLoadFunc func, void *data,
                                             GError **error);

typedef struct {
    unsigned revision; /* from 1, for each object */
    int64_t time_us;   /* wall clock */
    char *who, *what;
    char *text;        /* NULL where only the list was asked for, or for a removal */
} RvRevision;
void rv_revision_free(RvRevision *revision);

/* Newest first. Blocks: worker threads only. `name` also finds removed objects (the latest). */
G_GNUC_WARN_UNUSED_RESULT GPtrArray *rv_store_history(RvStore *store, const char *driver,
                                                      const char *name, GError **error);
G_GNUC_WARN_UNUSED_RESULT RvRevision *rv_store_revision(RvStore *store, const char *driver,
                                                        const char *name, unsigned revision,
                                                        GError **error);
