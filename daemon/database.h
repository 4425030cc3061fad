/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * SQLite as the store uses it: durable on commit (WAL, synchronous=FULL), small in memory, each
 * connection for one thread. The write-ahead log is made in full size once and kept, so that a
 * commit overwrites blocks that exist already and its fsync need not touch the file system's
 * journal.
 */

#include <glib.h>
#include <sqlite3.h>
#include <stdbool.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(sqlite3, sqlite3_close)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(sqlite3_stmt, sqlite3_finalize)

/* The layout of the tables; a file says which one it has. */
#define RV_DATABASE_VERSION 2

/* Opens (and when writable makes, or refuses if of a later version) the database. */
G_GNUC_WARN_UNUSED_RESULT sqlite3 *rv_database_open(const char *path, GError **error);
G_GNUC_WARN_UNUSED_RESULT sqlite3 *rv_database_open_read_only(const char *path, GError **error);

/* Sets `error` from the connection's last failure. Always false. */
bool rv_database_fail(sqlite3 *db, const char *attempt, GError **error);

G_GNUC_WARN_UNUSED_RESULT bool rv_database_exec(sqlite3 *db, const char *sql, GError **error);
G_GNUC_WARN_UNUSED_RESULT sqlite3_stmt *rv_database_prepare(sqlite3 *db, const char *sql,
                                                            GError **error);
/* Runs a statement that returns no rows, and resets it for the next use. */
G_GNUC_WARN_UNUSED_RESULT bool rv_database_run(sqlite3_stmt *statement, GError **error);

/* A revision's row: its object's row number and its own number together, so that the revisions of
 * an object lie side by side and need no index. */
#define RV_DATABASE_REVISION_BITS 24
static inline sqlite3_int64 rv_database_revision_row(sqlite3_int64 object, sqlite3_int64 number)
{
    return (object << RV_DATABASE_REVISION_BITS) | number;
}
