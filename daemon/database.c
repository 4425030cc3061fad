/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/database.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"

enum { LOG_BYTES = 4 << 20 };

/* An object outlives its removal (`removed`: when, us), so that it can be brought back; its current
 * revision is then the one of the removal, which has no text. public_text: NULL where equal. */
static const char schema[] =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE meta(name TEXT PRIMARY KEY, value) WITHOUT ROWID;"
    "INSERT INTO meta VALUES('version', 2);"
    "CREATE TABLE object("
    " id INTEGER PRIMARY KEY, uuid BLOB NOT NULL, driver TEXT NOT NULL, name TEXT NOT NULL,"
    " revision INTEGER NOT NULL, autostart INTEGER NOT NULL, removed INTEGER,"
    " virt TEXT NOT NULL, os_type TEXT NOT NULL, max_memory INTEGER NOT NULL,"
    " memory INTEGER NOT NULL, max_vcpus INTEGER NOT NULL, vcpus INTEGER NOT NULL,"
    " kind TEXT NOT NULL DEFAULT 'domain');"
    "CREATE UNIQUE INDEX object_uuid ON object(kind, uuid);"
    "CREATE INDEX object_removed ON object(removed) WHERE removed IS NOT NULL;"
    "CREATE TABLE revision("
    " id INTEGER PRIMARY KEY, time INTEGER NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL,"
    " warnings TEXT, public_text TEXT, text TEXT);"
    "COMMIT;";

/* Version 1 knew domains only. */
static const char upgrade[] =
    "BEGIN IMMEDIATE;"
    "ALTER TABLE object ADD COLUMN kind TEXT NOT NULL DEFAULT 'domain';"
    "DROP INDEX object_uuid;"
    "CREATE UNIQUE INDEX object_uuid ON object(kind, uuid);"
    "UPDATE meta SET value = 2 WHERE name = 'version';"
    "COMMIT;";

bool rv_database_fail(sqlite3 *db, const char *attempt, GError **error)
{
    int code = sqlite3_extended_errcode(db);
    int errnum = sqlite3_system_errno(db);
    const char *path = sqlite3_db_filename(db, "main");
    rv_error_set(error, RV_ERR_OPERATION_FAILED, "cannot %s the store '%s': %s%s%s", attempt,
                 path ? path : "", sqlite3_errmsg(db), errnum ? ": " : "",
                 errnum ? g_strerror(errnum) : "");
    switch (code & 0xff) {
    case SQLITE_FULL:
        rv_error_remedy(error, "free some space on its file system and try again");
        break;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        rv_error_remedy(error,
                        "put a backup of it back; or rescue what can be read with \"sqlite3 %s "
                        ".recover\"; or start reeved once with --set-aside-store, which renames it "
                        "and begins with an empty one",
                        path ? path : "FILE");
        break;
    default:
        break;
    }
    return false;
}

bool rv_database_exec(sqlite3 *db, const char *sql, GError **error)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ||
           rv_database_fail(db, "use", error);
}

sqlite3_stmt *rv_database_prepare(sqlite3 *db, const char *sql, GError **error)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) != SQLITE_OK)
        rv_database_fail(db, "use", error);
    return statement;
}

bool rv_database_run(sqlite3_stmt *statement, GError **error)
{
    bool ok = sqlite3_step(statement) == SQLITE_DONE;
    if (!ok)
        rv_database_fail(sqlite3_db_handle(statement), "write to", error);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return ok;
}

/* A log of zeros is an empty one to SQLite. Without it all works, only slower at first. */
static void make_log(const char *path)
{
    g_autofree char *log = g_strconcat(path, "-wal", NULL);
    g_autofree char *temporary = g_strconcat(log, ".new", NULL);
    struct stat status;
    if (stat(log, &status) == 0 && status.st_size > 0)
        return;

    rv_autofd int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    g_autofree char *zeros = g_malloc0(LOG_BYTES);
    if (fd < 0 || !rv_fd_write_all(fd, zeros, LOG_BYTES, NULL) || fsync(fd) < 0 ||
        rename(temporary, log) < 0)
        unlink(temporary);
}

static sqlite3 *open_with(const char *path, int flags, const char *pragmas, GError **error)
{
    g_autoptr(sqlite3) db = NULL;
    if (sqlite3_open_v2(path, &db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL) !=
        SQLITE_OK) {
        rv_error_set(error, RV_ERR_OPERATION_FAILED, "cannot open the store '%s': %s", path,
                     db ? sqlite3_errmsg(db) : "out of memory");
        return NULL;
    }
    sqlite3_busy_timeout(db, 10000);
    return rv_database_exec(db, pragmas, error) ? g_steal_pointer(&db) : NULL;
}

/* -1: an error; 0: an empty file. */
static int read_version(sqlite3 *db, GError **error)
{
    g_autoptr(sqlite3_stmt) tables =
        rv_database_prepare(db, "SELECT count(*) FROM sqlite_schema", error);
    if (!tables)
        return -1;
    if (sqlite3_step(tables) != SQLITE_ROW) {
        rv_database_fail(db, "read", error);
        return -1;
    }
    if (sqlite3_column_int(tables, 0) == 0)
        return 0;

    g_autoptr(sqlite3_stmt) version =
        rv_database_prepare(db, "SELECT value FROM meta WHERE name = 'version'", error);
    if (!version || sqlite3_step(version) != SQLITE_ROW) {
        g_clear_error(error);
        rv_error_set(error, RV_ERR_OPERATION_FAILED,
                     "'%s' is a database, but not a store of reeved",
                     sqlite3_db_filename(db, "main"));
        return -1;
    }
    return sqlite3_column_int(version, 0);
}

sqlite3 *rv_database_open(const char *path, GError **error)
{
    make_log(path);
    g_autoptr(sqlite3) db =
        open_with(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                  "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0;"
                  "PRAGMA cache_size=-1024; PRAGMA temp_store=MEMORY;",
                  error);
    if (!db)
        return NULL;
    int keep = 1;
    sqlite3_file_control(db, "main", SQLITE_FCNTL_PERSIST_WAL, &keep);

    int version = read_version(db, error);
    if (version < 0 || (version == 0 && !rv_database_exec(db, schema, error)) ||
        (version == 1 && !rv_database_exec(db, upgrade, error)))
        return NULL;
    if (version > RV_DATABASE_VERSION) {
        rv_error_set(error, RV_ERR_OPERATION_FAILED,
                     "the store '%s' was written by a later reeved: it has version %d, this one "
                     "knows %d",
                     path, version, RV_DATABASE_VERSION);
        rv_error_remedy(error, "install that version again, or put an older backup back");
        return NULL;
    }
    return g_steal_pointer(&db);
}

sqlite3 *rv_database_open_read_only(const char *path, GError **error)
{
    return open_with(path, SQLITE_OPEN_READONLY, "PRAGMA cache_size=-128; PRAGMA query_only=1;",
                     error);
}
