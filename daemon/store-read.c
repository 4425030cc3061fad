/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/store.h"

#include <malloc.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "daemon/database.h"

/* Reading has connections of its own, which live as long as one call. */

static RvDefinition *read_definition(sqlite3_stmt *row, GError **error)
{
    RvDefinitionSummary summary = {
        .name = (char *)sqlite3_column_text(row, 1),
        .max_memory_kib = (uint64_t)sqlite3_column_int64(row, 6),
        .memory_kib = (uint64_t)sqlite3_column_int64(row, 7),
        .max_vcpus = (unsigned)sqlite3_column_int64(row, 8),
        .vcpus = (unsigned)sqlite3_column_int64(row, 9),
    };
    const void *uuid = sqlite3_column_blob(row, 0);
    int virt = rv_virt_type_from_string((const char *)sqlite3_column_text(row, 4));
    int os_type = rv_os_type_from_string((const char *)sqlite3_column_text(row, 5));
    const char *text = (const char *)sqlite3_column_text(row, 11);
    if (!summary.name || sqlite3_column_bytes(row, 0) != sizeof(summary.uuid) || virt < 0 ||
        os_type < 0 || !text) {
        rv_error_set(error, RV_ERR_INTERNAL, "the row of domain '%s' cannot be understood",
                     summary.name ? summary.name : "");
        return NULL;
    }
    memcpy(&summary.uuid, uuid, sizeof(summary.uuid));
    summary.virt = (RvVirtType)virt;
    summary.os_type = (RvOsType)os_type;
    return rv_definition_load(&summary, text, (const char *)sqlite3_column_text(row, 10));
}

static GPtrArray *read_warnings(const char *text)
{
    if (!text)
        return NULL;
    GPtrArray *warnings = g_ptr_array_new_with_free_func(g_free);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++)
        g_ptr_array_add(warnings, g_steal_pointer(line));
    return warnings;
}

/* A row that cannot be understood costs its domain, not the start of the daemon. */
static bool load_row(sqlite3_stmt *row, RvStoreLoadFunc func, void *data, GError **error)
{
    g_autoptr(GError) fault = NULL;
    const char *kind = (const char *)sqlite3_column_text(row, 13);
    bool is_domain = g_strcmp0(kind, RV_STORE_DOMAIN) == 0;
    g_autoptr(RvDefinition) definition = is_domain ? read_definition(row, &fault) : NULL;
    if (is_domain && !definition) {
        rv_log_error("left out: %s", fault->message);
        return true;
    }
    g_autoptr(GPtrArray) warnings = read_warnings((const char *)sqlite3_column_text(row, 12));
    return func(
        &(RvStored){
            .kind = kind,
            .name = (const char *)sqlite3_column_text(row, 1),
            .text = (const char *)sqlite3_column_text(row, 11),
            .driver = (const char *)sqlite3_column_text(row, 2),
            .definition = definition,
            .autostart = sqlite3_column_int(row, 3),
            .warnings = warnings,
        },
        data, error);
}

bool rv_store_load(RvStore *store, RvStoreLoadFunc func, void *data, GError **error)
{
    g_autoptr(sqlite3) db = rv_database_open_read_only(rv_store_path(store), error);
    if (!db)
        return false;
    g_autoptr(sqlite3_stmt) row = rv_database_prepare(
        db,
        "SELECT uuid, name, driver, autostart, virt, os_type, max_memory, memory, max_vcpus, vcpus,"
        " public_text, text, warnings, kind FROM object JOIN revision"
        " ON revision.id = (object.id << " G_STRINGIFY(
            RV_DATABASE_REVISION_BITS) ") | object.revision"
                                       " WHERE removed IS NULL ORDER BY object.id",
        error);
    if (!row)
        return false;

    int code;
    while ((code = sqlite3_step(row)) == SQLITE_ROW)
        if (!load_row(row, func, data, error))
            return false;
    if (code != SQLITE_DONE)
        return rv_database_fail(db, "read", error);
    g_clear_pointer(&row, sqlite3_finalize);
    g_clear_pointer(&db, sqlite3_close);
    malloc_trim(0);
    return true;
}

/* ---- History -------------------------------------------------------------------------------- */

void rv_revision_free(RvRevision *revision)
{
    if (!revision)
        return;
    g_free(revision->who);
    g_free(revision->what);
    g_free(revision->text);
    g_free(revision->public_text);
    g_free(revision);
}

void rv_history_free(RvHistory *history)
{
    if (!history)
        return;
    g_free(history->driver);
    g_free(history->name);
    g_ptr_array_unref(history->revisions);
    g_free(history);
}

/* An object that is there goes before removed ones, of those the last removed first. */
static RvHistory *find(sqlite3 *db, const char *driver, const char *name, sqlite3_int64 *ret_id,
                       GError **error)
{
    RvUuid uuid;
    bool by_uuid = rv_uuid_parse(name, &uuid);
    g_autoptr(sqlite3_stmt) row =
        rv_database_prepare(db,
                            "SELECT id, uuid, driver, name, removed IS NOT NULL FROM object"
                            " WHERE kind = '" RV_STORE_DOMAIN
                            "' AND (name = ?1 OR uuid = ?2) AND (?3 IS NULL OR driver = ?3)"
                            " ORDER BY removed IS NOT NULL, removed DESC, name = ?1 DESC LIMIT 1",
                            error);
    if (!row)
        return NULL;
    sqlite3_bind_text(row, 1, name, -1, SQLITE_STATIC);
    if (by_uuid)
        sqlite3_bind_blob(row, 2, &uuid, sizeof(uuid), SQLITE_STATIC);
    sqlite3_bind_text(row, 3, driver, -1, SQLITE_STATIC);

    int code = sqlite3_step(row);
    if (code != SQLITE_ROW || sqlite3_column_bytes(row, 1) != sizeof(uuid)) {
        if (code == SQLITE_DONE)
            rv_error_set(error, RV_ERR_NO_DOMAIN, "no domain '%s', nor a removed one", name);
        else
            rv_database_fail(db, "read", error);
        return NULL;
    }
    RvHistory *history = g_new0(RvHistory, 1);
    *ret_id = sqlite3_column_int64(row, 0);
    memcpy(&history->uuid, sqlite3_column_blob(row, 1), sizeof(history->uuid));
    history->driver = g_strdup((const char *)sqlite3_column_text(row, 2));
    history->name = g_strdup((const char *)sqlite3_column_text(row, 3));
    history->removed = sqlite3_column_int(row, 4);
    history->revisions = g_ptr_array_new_with_free_func((GDestroyNotify)rv_revision_free);
    return history;
}

/* Revisions from..to of an object, newest first. */
static bool read_revisions(sqlite3 *db, RvHistory *history, sqlite3_int64 from, sqlite3_int64 to,
                           bool with_text, GError **error)
{
    g_autoptr(sqlite3_stmt) row = rv_database_prepare(
        db,
        with_text ? "SELECT id, time, who, what, text, public_text, text IS NULL FROM"
                    " revision WHERE id BETWEEN ? AND ? ORDER BY id DESC"
                  : "SELECT id, time, who, what, NULL, NULL, text IS NULL FROM revision"
                    " WHERE id BETWEEN ? AND ? ORDER BY id DESC",
        error);
    if (!row)
        return false;
    sqlite3_bind_int64(row, 1, from);
    sqlite3_bind_int64(row, 2, to);
    int code;
    while ((code = sqlite3_step(row)) == SQLITE_ROW) {
        RvRevision *revision = g_new(RvRevision, 1);
        sqlite3_int64 mask = ((sqlite3_int64)1 << RV_DATABASE_REVISION_BITS) - 1;
        *revision = (RvRevision){
            .revision = (unsigned)(sqlite3_column_int64(row, 0) & mask),
            .time_us = sqlite3_column_int64(row, 1),
            .who = g_strdup((const char *)sqlite3_column_text(row, 2)),
            .what = g_strdup((const char *)sqlite3_column_text(row, 3)),
            .text = g_strdup((const char *)sqlite3_column_text(row, 4)),
            .public_text = g_strdup((const char *)sqlite3_column_text(row, 5)),
            .removed = sqlite3_column_int(row, 6),
        };
        g_ptr_array_add(history->revisions, revision);
    }
    return code == SQLITE_DONE || rv_database_fail(db, "read", error);
}

RvHistory *rv_store_history(RvStore *store, const char *driver, const char *name, GError **error)
{
    sqlite3_int64 id;
    g_autoptr(sqlite3) db = rv_database_open_read_only(rv_store_path(store), error);
    g_autoptr(RvHistory) history = db ? find(db, driver, name, &id, error) : NULL;
    if (!history || !read_revisions(db, history, rv_database_revision_row(id, 0),
                                    rv_database_revision_row(id + 1, 0) - 1, false, error))
        return NULL;
    return g_steal_pointer(&history);
}

RvHistory *rv_store_revision(RvStore *store, const char *driver, const char *name,
                             unsigned revision, GError **error)
{
    sqlite3_int64 id;
    g_autoptr(sqlite3) db = rv_database_open_read_only(rv_store_path(store), error);
    g_autoptr(RvHistory) history = db ? find(db, driver, name, &id, error) : NULL;
    if (!history)
        return NULL;
    bool in_range = revision > 0 && revision < 1u << RV_DATABASE_REVISION_BITS;
    sqlite3_int64 only = rv_database_revision_row(id, revision);
    if (in_range && !read_revisions(db, history, only, only, true, error))
        return NULL;
    if (history->revisions->len == 0) {
        rv_error_set(error, RV_ERR_INVALID_ARG, "revision %u of domain '%s' is not kept", revision,
                     history->name);
        rv_error_remedy(error, "see \"reeve history %s\"", history->name);
        return NULL;
    }
    return g_steal_pointer(&history);
}
