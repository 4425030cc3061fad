/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Tables of text, laid out as virsh does: scripts cut them by columns. */

#include <glib.h>

#include "cli/output.h"

typedef struct RvTable RvTable;

RvTable *rv_table_new(const char *heading, ...) G_GNUC_NULL_TERMINATED;
void rv_table_free(RvTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RvTable, rv_table_free)

/* As many cells as there are headings. Copies them; what cannot be printed becomes \xNN. */
void rv_table_add(RvTable *table, const char *cell, ...) G_GNUC_NULL_TERMINATED;

char *rv_table_to_text(const RvTable *table, bool headings);
void rv_table_print(const RvTable *table, const RvOutput *output);
