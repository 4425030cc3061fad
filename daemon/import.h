/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Images on their way in: slow work that belongs to no domain, on a worker thread, told of as it
 * goes by a stream to the client who asked for it. The stream carries lines of JSON: {"done": N,
 * "total": N}, and at last {"image": ID}; an error ends it. When the client ends the stream or goes
 * away, the import is cancelled. I/O thread only.
 */

#include <glib.h>
#include <stdbool.h>

#include "daemon/dispatch.h"
#include "drivers/image.h"

/* Begins one, for a call that opens a stream. */
G_GNUC_WARN_UNUSED_RESULT bool rv_import_begin(RvCall *call, const RvDriver *driver,
                                               const RvImageSource *source, GError **error);

typedef struct {
    unsigned id;
    const char *source, *owner; /* borrowed */
    int64_t started_us;         /* wall clock */
    uint64_t done, total;
    bool cancelled;
} RvImportInfo;

GArray *rv_import_list(void); /* RvImportInfo */
bool rv_import_cancel(unsigned id); /* false: there is none */
