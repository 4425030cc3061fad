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

/* How much history is kept. 0: no limit. */
typedef struct {
    unsigned revisions; /* of each object */
    unsigned removed;   /* objects that are removed */
} RvStoreLimits;

G_GNUC_WARN_UNUSED_RESULT RvStore *rv_store_open(const char *path, RvLoop *loop,
                                                 const RvStoreLimits *limits, GError **error);
void rv_store_close(RvStore *store); /* commits what waits */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RvStore, rv_store_close)

const char *rv_store_path(const RvStore *store);

/* Renames the file and its companions to PATH.aside-TIME. */
G_GNUC_WARN_UNUSED_RESULT bool rv_store_set_aside(const char *path, GError **error);

/* What an object is: a domain, or the name of an RvObjectKind. A uuid is one object of each kind. */
#define RV_STORE_DOMAIN "domain"

/* One change. `who` is kept in the history: "uid 0, pid 4711 (virsh)". */
RvStoreChange *rv_store_put(const char *driver, RvDefinition *definition, const char *who,
                            const char *what); /* what: "define", "rollback to 3" */
/* The same for what is no domain. Copies all. */
RvStoreChange *rv_store_put_object(const char *kind, const RvUuid *uuid, const char *name,
                                   const char *text, const char *who, const char *what);
RvStoreChange *rv_store_remove(const char *kind, const RvUuid *uuid, const char *who);
RvStoreChange *rv_store_set_autostart(const char *kind, const RvUuid *uuid, bool autostart,
                                      const char *who);
void rv_store_change_free(RvStoreChange *change);

/* Of a put: what was dropped from the document (char *; copied; NULL: nothing). */
void rv_store_change_set_warnings(RvStoreChange *change, const GPtrArray *warnings);

/* Queues it (taken over); done(data, error) runs on the I/O thread after its commit, never from
 * within. Any thread. */
typedef void (*RvStoreDone)(void *data, const GError *error);
void rv_store_commit(RvStore *store, RvStoreChange *change, RvStoreDone done, void *data);

/* At start-up, before the loop runs: calls func for every object that is not removed, in order of
 * creation. `warnings` (char *) is NULL where there were none; to keep it, take a reference. */
typedef struct {
    const char *kind, *name;
    const char *driver;       /* of a domain */
    RvDefinition *definition; /* of a domain; NULL: it is none */
    const char *text;
    bool autostart;
    GPtrArray *warnings;
} RvStored;
typedef bool (*RvStoreLoadFunc)(const RvStored *stored, void *data, GError **error);
G_GNUC_WARN_UNUSED_RESULT bool rv_store_load(RvStore *store, RvStoreLoadFunc func, void *data,
                                             GError **error);

typedef struct {
    unsigned revision; /* from 1, for each object */
    int64_t time_us;   /* wall clock */
    char *who, *what;
    bool removed;      /* it is the removal */
    char *text;        /* NULL where only the list was asked for, or for a removal */
    char *public_text; /* the same without secrets; NULL: there are none */
} RvRevision;
void rv_revision_free(RvRevision *revision);

/* An object as the store knows it, with its revisions (RvRevision), newest first. */
typedef struct {
    RvUuid uuid;
    char *driver, *name;
    bool removed;
    GPtrArray *revisions;
} RvHistory;
void rv_history_free(RvHistory *history);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RvHistory, rv_history_free)

/* Of domains. Block: worker threads only. `name` is a name or a uuid, and also finds removed objects (the last
 * one removed); `driver` NULL: of any. RV_ERR_NO_DOMAIN where there is none; rv_store_revision()
 * gives that one revision with its text, RV_ERR_INVALID_ARG where it is not kept. */
G_GNUC_WARN_UNUSED_RESULT RvHistory *rv_store_history(RvStore *store, const char *driver,
                                                      const char *name, GError **error);
G_GNUC_WARN_UNUSED_RESULT RvHistory *rv_store_revision(RvStore *store, const char *driver,
                                                       const char *name, unsigned revision,
                                                       GError **error);
