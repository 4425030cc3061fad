/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/store.h"

#include <errno.h>
#include <stdio.h>

#include "base/error.h"
#include "base/log.h"
#include "daemon/database.h"
#include "daemon/store-change.h"

/* The log is copied into the file when nothing has come for a while, or when it has become long. */
enum { IDLE_US = 200 * 1000, LOG_PAGES = 4000, IDLE_LOG_PAGES = 500 };
enum { MAX_GROUP = 512 };

struct RvStore {
    char *path;
    RvLoop *loop;
    sqlite3 *db;           /* the writer's */
    RvStoreWriter *writer; /* its statements */
    GThread *thread;
    GAsyncQueue *changes;  /* RvStoreChange; &stop: the end */
    int log_pages;         /* in the log, not yet in the file */
};

static RvStoreChange stop; /* its address only */

const char *rv_store_path(const RvStore *store)
{
    return store->path;
}

/* ---- The writer's thread -------------------------------------------------------------------- */

static int log_grew(void *data, sqlite3 *db, const char *name, int pages)
{
    ((RvStore *)data)->log_pages = pages;
    return SQLITE_OK;
}

static bool apply_all(RvStore *store, GPtrArray *group, GError **error)
{
    if (!rv_database_exec(store->db, "BEGIN IMMEDIATE", error))
        return false;
    for (guint i = 0; i < group->len; i++)
        if (!rv_store_writer_apply(store->writer, group->pdata[i], error))
            return false;
    return rv_database_exec(store->db, "COMMIT", error);
}

static bool commit_group(RvStore *store, GPtrArray *group, GError **error)
{
    if (apply_all(store, group, error)) {
        rv_store_writer_committed(store->writer);
        return true;
    }
    rv_store_writer_rolled_back(store->writer);
    if (!sqlite3_get_autocommit(store->db))
        sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    return false;
}

/* One commit for all; where that fails, one each, so that a change suffers for its own fault only.*/
static void commit(RvStore *store, GPtrArray *group)
{
    GError *error = NULL;
    if (commit_group(store, group, &error)) {
        rv_trace(RV_TRACE_STORE, "committed %u changes", group->len);
        return;
    }
    if (group->len == 1) {
        rv_log_error("%s", error->message);
        ((RvStoreChange *)group->pdata[0])->error = error;
        return;
    }
    rv_trace(RV_TRACE_STORE, "%u changes failed together: %s", group->len, error->message);
    g_clear_error(&error);
    for (guint i = 0; i < group->len; i++) {
        g_autoptr(GPtrArray) one = g_ptr_array_new();
        g_ptr_array_add(one, group->pdata[i]);
        commit(store, one);
    }
}

/* [loop] */
static void acknowledge(void *data)
{
    g_autoptr(GPtrArray) group = data;
    for (guint i = 0; i < group->len; i++) {
        RvStoreChange *change = group->pdata[i];
        if (change->done)
            change->done(change->data, change->error);
    }
}

static void checkpoint(RvStore *store)
{
    int left = 0;
    if (sqlite3_wal_checkpoint_v2(store->db, NULL, SQLITE_CHECKPOINT_PASSIVE, &left, NULL) !=
        SQLITE_OK)
        rv_log_warning("cannot copy the log into the store '%s': %s", store->path,
                       sqlite3_errmsg(store->db));
    store->log_pages = 0;
    sqlite3_db_release_memory(store->db);
}

static RvStoreChange *next_change(RvStore *store)
{
    if (store->log_pages > LOG_PAGES)
        checkpoint(store);
    if (store->log_pages <= IDLE_LOG_PAGES)
        return g_async_queue_pop(store->changes);

    RvStoreChange *change = g_async_queue_timeout_pop(store->changes, IDLE_US);
    if (change)
        return change;
    checkpoint(store);
    return g_async_queue_pop(store->changes);
}

static void *write_changes(void *data)
{
    RvStore *store = data;
    RvStoreChange *change = next_change(store);
    while (change != &stop) {
        GPtrArray *group =
            g_ptr_array_new_with_free_func((GDestroyNotify)rv_store_change_free);
        do {
            g_ptr_array_add(group, change);
            change = g_async_queue_try_pop(store->changes);
        } while (change && change != &stop && group->len < MAX_GROUP);

        commit(store, group);
        rv_loop_post(store->loop, acknowledge, group);
        if (!change)
            change = next_change(store);
    }
    return NULL;
}

/* ---- Opening and closing -------------------------------------------------------------------- */

RvStore *rv_store_open(const char *path, RvLoop *loop, const RvStoreLimits *limits, GError **error)
{
    g_autoptr(RvStore) store = g_new0(RvStore, 1);
    store->path = g_strdup(path);
    store->loop = loop;
    store->changes = g_async_queue_new();
    store->db = rv_database_open(path, error);
    store->writer = store->db ? rv_store_writer_new(store->db, limits, error) : NULL;
    if (!store->writer)
        return NULL;
    sqlite3_wal_hook(store->db, log_grew, store);
    store->thread = g_thread_new("store", write_changes, store);
    return g_steal_pointer(&store);
}

void rv_store_close(RvStore *store)
{
    if (!store)
        return;
    if (store->thread) {
        g_async_queue_push(store->changes, &stop);
        g_thread_join(store->thread);
    }
    rv_store_writer_free(store->writer);
    sqlite3_close(store->db);
    g_async_queue_unref(store->changes);
    g_free(store->path);
    g_free(store);
}

bool rv_store_set_aside(const char *path, GError **error)
{
    static const char *const companions[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < G_N_ELEMENTS(companions); i++) {
        g_autofree char *from = g_strconcat(path, companions[i], NULL);
        g_autofree char *to = g_strdup_printf("%s.aside-%" G_GINT64_FORMAT "%s", path,
                                              g_get_real_time() / G_USEC_PER_SEC, companions[i]);
        if (rename(from, to) == 0) {
            rv_log_warning("set aside: '%s' is now '%s'", from, to);
        } else if (errno != ENOENT) {
            rv_error_set_errno(error, errno, "cannot rename '%s' to '%s'", from, to);
            return false;
        }
    }
    return true;
}

void rv_store_commit(RvStore *store, RvStoreChange *change, RvStoreDone done, void *data)
{
    change->done = done;
    change->data = data;
    g_async_queue_push(store->changes, change);
}
