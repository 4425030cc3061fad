/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One change of the store, and the statements that apply it within a transaction. The store's own;
 * of its thread, once the change is queued. */

#include "daemon/database.h"
#include "daemon/store.h"

typedef enum { RV_CHANGE_PUT, RV_CHANGE_REMOVE, RV_CHANGE_AUTOSTART, RV_CHANGE_LAST } RvChangeKind;

struct RvStoreChange {
    RvChangeKind kind;
    char *object; /* its kind */
    RvUuid uuid;
    char *driver, *name, *text; /* put */
    RvDefinition *definition;   /* put of a domain; then it has the name and the text */
    bool autostart;
    int64_t time_us;
    char *who, *what, *warnings;
    RvStoreDone done;
    void *data;
    GError *error; /* of the commit */
};

typedef struct RvStoreWriter RvStoreWriter;

RvStoreWriter *rv_store_writer_new(sqlite3 *db, const RvStoreLimits *limits, GError **error);
void rv_store_writer_free(RvStoreWriter *writer);

/* Within a transaction. */
G_GNUC_WARN_UNUSED_RESULT bool rv_store_writer_apply(RvStoreWriter *writer,
                                                     const RvStoreChange *change, GError **error);
/* How the transaction ended. */
void rv_store_writer_committed(RvStoreWriter *writer);
void rv_store_writer_rolled_back(RvStoreWriter *writer);
