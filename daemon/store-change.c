/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/store-change.h"

#include "base/error.h"

/* ---- Changes -------------------------------------------------------------------------------- */

static RvStoreChange *change_new(RvChangeKind kind, const char *object, const RvUuid *uuid,
                                 const char *who, const char *what)
{
    RvStoreChange *change = g_new0(RvStoreChange, 1);
    change->kind = kind;
    change->object = g_strdup(object);
    change->uuid = *uuid;
    change->time_us = g_get_real_time();
    change->who = g_strdup(who);
    change->what = g_strdup(what);
    return change;
}

RvStoreChange *rv_store_put(const char *driver, RvDefinition *definition, const char *who,
                            const char *what)
{
    RvStoreChange *change = change_new(
        RV_CHANGE_PUT, RV_STORE_DOMAIN, &rv_definition_summary(definition)->uuid, who, what);
    change->driver = g_strdup(driver);
    change->definition = rv_definition_ref(definition);
    return change;
}

RvStoreChange *rv_store_put_object(const char *kind, const RvUuid *uuid, const char *name,
                                   const char *text, const char *who, const char *what)
{
    RvStoreChange *change = change_new(RV_CHANGE_PUT, kind, uuid, who, what);
    change->driver = g_strdup("");
    change->name = g_strdup(name);
    change->text = g_strdup(text);
    return change;
}

RvStoreChange *rv_store_remove(const char *kind, const RvUuid *uuid, const char *who)
{
    return change_new(RV_CHANGE_REMOVE, kind, uuid, who, "undefine");
}

RvStoreChange *rv_store_set_autostart(const char *kind, const RvUuid *uuid, bool autostart,
                                      const char *who)
{
    RvStoreChange *change = change_new(RV_CHANGE_AUTOSTART, kind, uuid, who,
                                       autostart ? "autostart on" : "autostart off");
    change->autostart = autostart;
    return change;
}

void rv_store_change_set_warnings(RvStoreChange *change, const GPtrArray *warnings)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; warnings && i < warnings->len; i++)
        g_string_append_printf(text, "%s%s", i ? "\n" : "", (const char *)warnings->pdata[i]);
    g_free(change->warnings);
    change->warnings = g_string_free(text, !text->len);
}

void rv_store_change_free(RvStoreChange *change)
{
    if (!change)
        return;
    rv_definition_unref(change->definition);
    g_clear_error(&change->error);
    g_free(change->object);
    g_free(change->driver);
    g_free(change->name);
    g_free(change->text);
    g_free(change->who);
    g_free(change->what);
    g_free(change->warnings);
    g_free(change);
}

/* ---- Statements ----------------------------------------------------------------------------- */

typedef enum { FIND, ADD, UPDATE, REMOVE, AUTOSTART, REVISE, REVISE_AGAIN, PRUNE, OLDEST_REMOVED,
               FORGET, N_STATEMENTS } Statement;

static const char *const sql[N_STATEMENTS] = {
    [FIND] = "SELECT id, revision, removed IS NOT NULL FROM object WHERE kind = ?1 AND uuid = ?2",
    [ADD] = "INSERT INTO object(uuid, driver, name, revision, autostart, removed, virt, os_type,"
            " max_memory, memory, max_vcpus, vcpus, kind)"
            " VALUES(?1, ?2, ?3, ?4, 0, NULL, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    [UPDATE] = "UPDATE object SET driver = ?2, name = ?3, revision = ?4, removed = NULL,"
               " virt = ?5, os_type = ?6, max_memory = ?7, memory = ?8, max_vcpus = ?9, vcpus = ?10"
               " WHERE kind = ?11 AND uuid = ?1",
    [REMOVE] = "UPDATE object SET revision = ?2, autostart = 0, removed = ?3 WHERE id = ?1",
    [AUTOSTART] = "UPDATE object SET revision = ?2, autostart = ?3 WHERE id = ?1",
    [REVISE] = "INSERT INTO revision(id, time, who, what, warnings, public_text, text)"
               " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    [REVISE_AGAIN] = "INSERT INTO revision(id, time, who, what, warnings, public_text, text)"
                     " SELECT ?1, ?2, ?3, ?4, warnings, public_text, text FROM revision"
                     " WHERE id = ?1 - 1",
    [PRUNE] = "DELETE FROM revision WHERE id BETWEEN ?1 AND ?2",
    [OLDEST_REMOVED] = "SELECT id FROM object WHERE removed IS NOT NULL ORDER BY removed LIMIT 1",
    [FORGET] = "DELETE FROM object WHERE id = ?",
};

struct RvStoreWriter {
    sqlite3 *db;
    RvStoreLimits limits;
    sqlite3_stmt *statements[N_STATEMENTS];
    int removed, removed_before; /* objects; when the transaction began */
};

RvStoreWriter *rv_store_writer_new(sqlite3 *db, const RvStoreLimits *limits, GError **error)
{
    RvStoreWriter *writer = g_new0(RvStoreWriter, 1);
    writer->db = db;
    writer->limits = *limits;
    g_autoptr(sqlite3_stmt) count = rv_database_prepare(
        db, "SELECT count(*) FROM object WHERE removed IS NOT NULL", error);
    bool ok = count && (sqlite3_step(count) == SQLITE_ROW || rv_database_fail(db, "read", error));
    for (unsigned i = 0; ok && i < N_STATEMENTS; i++) {
        writer->statements[i] = rv_database_prepare(db, sql[i], error);
        ok = writer->statements[i];
    }
    if (!ok) {
        rv_store_writer_free(writer);
        return NULL;
    }
    writer->removed = writer->removed_before = sqlite3_column_int(count, 0);
    return writer;
}

void rv_store_writer_free(RvStoreWriter *writer)
{
    if (!writer)
        return;
    for (unsigned i = 0; i < N_STATEMENTS; i++)
        sqlite3_finalize(writer->statements[i]);
    g_free(writer);
}

void rv_store_writer_committed(RvStoreWriter *writer)
{
    writer->removed_before = writer->removed;
}

void rv_store_writer_rolled_back(RvStoreWriter *writer)
{
    writer->removed = writer->removed_before;
}

/* ---- Applying ------------------------------------------------------------------------------- */

/* What is there under a uuid: id 0 where nothing is. */
typedef struct {
    sqlite3_int64 id;
    unsigned revision;
    bool removed;
} Found;

static bool find(RvStoreWriter *writer, const RvStoreChange *change, Found *ret, GError **error)
{
    sqlite3_stmt *statement = writer->statements[FIND];
    sqlite3_bind_text(statement, 1, change->object, -1, SQLITE_STATIC);
    sqlite3_bind_blob(statement, 2, &change->uuid, sizeof(change->uuid), SQLITE_STATIC);
    int code = sqlite3_step(statement);
    *ret = (Found){};
    if (code == SQLITE_ROW)
        *ret = (Found){
            .id = sqlite3_column_int64(statement, 0),
            .revision = (unsigned)sqlite3_column_int64(statement, 1),
            .removed = sqlite3_column_int(statement, 2),
        };
    else if (code != SQLITE_DONE)
        rv_database_fail(writer->db, "read", error);
    sqlite3_reset(statement);
    return code == SQLITE_ROW || code == SQLITE_DONE;
}

static bool find_present(RvStoreWriter *writer, const RvStoreChange *change, Found *ret,
                         GError **error)
{
    if (!find(writer, change, ret, error))
        return false;
    if (ret->id && !ret->removed)
        return true;
    char text[RV_UUID_STRING_LEN + 1];
    rv_uuid_format(&change->uuid, text);
    rv_error_set(error, RV_ERR_NO_DOMAIN, "no %s with uuid '%s' is in the store", change->object,
                 text);
    return false;
}

static void bind_text(sqlite3_stmt *statement, int index, const char *text)
{
    sqlite3_bind_text(statement, index, text, -1, SQLITE_STATIC); /* NULL: NULL */
}

static sqlite3_stmt *bind_revision(RvStoreWriter *writer, Statement which, sqlite3_int64 object,
                                   unsigned number, const RvStoreChange *change)
{
    sqlite3_stmt *statement = writer->statements[which];
    sqlite3_bind_int64(statement, 1, rv_database_revision_row(object, number));
    sqlite3_bind_int64(statement, 2, change->time_us);
    bind_text(statement, 3, change->who);
    bind_text(statement, 4, change->what);
    return statement;
}

static bool prune(RvStoreWriter *writer, sqlite3_int64 object, unsigned number, GError **error)
{
    unsigned keep = writer->limits.revisions;
    if (!keep || number <= keep)
        return true;
    sqlite3_stmt *statement = writer->statements[PRUNE];
    sqlite3_bind_int64(statement, 1, rv_database_revision_row(object, 0));
    sqlite3_bind_int64(statement, 2, rv_database_revision_row(object, number - keep));
    return rv_database_run(statement, error);
}

static bool put_object(RvStoreWriter *writer, const RvStoreChange *change, Statement which,
                       unsigned revision, GError **error)
{
    static const RvDefinitionSummary none;
    const RvDefinition *definition = change->definition;
    const RvDefinitionSummary *summary = definition ? rv_definition_summary(definition) : &none;
    sqlite3_stmt *statement = writer->statements[which];
    sqlite3_bind_blob(statement, 1, &change->uuid, sizeof(change->uuid), SQLITE_STATIC);
    bind_text(statement, 2, change->driver);
    bind_text(statement, 3, definition ? summary->name : change->name);
    sqlite3_bind_int64(statement, 4, revision);
    bind_text(statement, 5, definition ? rv_virt_type_to_string(summary->virt) : "");
    bind_text(statement, 6, definition ? rv_os_type_to_string(summary->os_type) : "");
    sqlite3_bind_int64(statement, 7, (sqlite3_int64)summary->max_memory_kib);
    sqlite3_bind_int64(statement, 8, (sqlite3_int64)summary->memory_kib);
    sqlite3_bind_int64(statement, 9, summary->max_vcpus);
    sqlite3_bind_int64(statement, 10, summary->vcpus);
    bind_text(statement, 11, change->object);
    return rv_database_run(statement, error);
}

static bool put(RvStoreWriter *writer, const RvStoreChange *change, GError **error)
{
    Found found;
    if (!find(writer, change, &found, error))
        return false;
    unsigned revision = found.revision + 1;
    if (!put_object(writer, change, found.id ? UPDATE : ADD, revision, error))
        return false;
    sqlite3_int64 id = found.id ? found.id : sqlite3_last_insert_rowid(writer->db);
    if (found.removed)
        writer->removed--;

    const RvDefinition *definition = change->definition;
    const char *text = definition ? rv_definition_text(definition, true) : change->text;
    const char *public_text = definition ? rv_definition_text(definition, false) : text;
    sqlite3_stmt *statement = bind_revision(writer, REVISE, id, revision, change);
    bind_text(statement, 5, change->warnings);
    bind_text(statement, 6, public_text == text ? NULL : public_text);
    bind_text(statement, 7, text);
    return rv_database_run(statement, error) && prune(writer, id, revision, error);
}

/* The object that was removed first goes for good, history and all. */
static bool forget_oldest(RvStoreWriter *writer, GError **error)
{
    sqlite3_stmt *oldest = writer->statements[OLDEST_REMOVED];
    int code = sqlite3_step(oldest);
    sqlite3_int64 id = code == SQLITE_ROW ? sqlite3_column_int64(oldest, 0) : 0;
    sqlite3_reset(oldest);
    if (code != SQLITE_ROW)
        return rv_database_fail(writer->db, "read", error);

    sqlite3_stmt *revisions = writer->statements[PRUNE];
    sqlite3_bind_int64(revisions, 1, rv_database_revision_row(id, 0));
    sqlite3_bind_int64(revisions, 2, rv_database_revision_row(id + 1, 0) - 1);
    sqlite3_bind_int64(writer->statements[FORGET], 1, id);
    writer->removed--;
    return rv_database_run(revisions, error) &&
           rv_database_run(writer->statements[FORGET], error);
}

static bool remove_object(RvStoreWriter *writer, const RvStoreChange *change, GError **error)
{
    Found found;
    if (!find_present(writer, change, &found, error))
        return false;
    unsigned revision = found.revision + 1;
    sqlite3_stmt *statement = writer->statements[REMOVE];
    sqlite3_bind_int64(statement, 1, found.id);
    sqlite3_bind_int64(statement, 2, revision);
    sqlite3_bind_int64(statement, 3, change->time_us);
    if (!rv_database_run(statement, error) ||
        !rv_database_run(bind_revision(writer, REVISE, found.id, revision, change), error) ||
        !prune(writer, found.id, revision, error))
        return false;
    writer->removed++;
    return !writer->limits.removed || writer->removed <= (int)writer->limits.removed ||
           forget_oldest(writer, error);
}

static bool set_autostart(RvStoreWriter *writer, const RvStoreChange *change, GError **error)
{
    Found found;
    if (!find_present(writer, change, &found, error))
        return false;
    unsigned revision = found.revision + 1;
    sqlite3_stmt *statement = writer->statements[AUTOSTART];
    sqlite3_bind_int64(statement, 1, found.id);
    sqlite3_bind_int64(statement, 2, revision);
    sqlite3_bind_int(statement, 3, change->autostart);
    return rv_database_run(statement, error) &&
           rv_database_run(bind_revision(writer, REVISE_AGAIN, found.id, revision, change),
                           error) &&
           prune(writer, found.id, revision, error);
}

typedef bool (*ApplyFunc)(RvStoreWriter *writer, const RvStoreChange *change, GError **error);

bool rv_store_writer_apply(RvStoreWriter *writer, const RvStoreChange *change, GError **error)
{
    static const ApplyFunc funcs[RV_CHANGE_LAST] = {
        [RV_CHANGE_PUT] = put,
        [RV_CHANGE_REMOVE] = remove_object,
        [RV_CHANGE_AUTOSTART] = set_autostart,
    };
    return funcs[change->kind](writer, change, error);
}
