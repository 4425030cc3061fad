/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Calls into libxl, each in a process of its own (reeve-libxl, toolstack/session.h): libxl blocks,
 * can hang, and may abort its process. A call that hangs is killed at its deadline or when its job
 * is cancelled; one that dies is an error like another. What libxl logged goes to our log, its last
 * words into the error.
 */

#include <gio/gio.h>
#include <jansson.h>

#include "drivers/driver.h"

/* The program; NULL: this build has none. Static. */
const char *xen_toolstack_program(void);

/* Runs an operation with its arguments (taken over; may be NULL) on a worker thread. Returns its
 * result, a new reference, or NULL. `cancel` may be NULL. RV_ERR_NO_DOMAIN: Xen has no such domain;
 * RV_ERR_OPERATION_TIMEOUT, RV_ERR_OPERATION_ABORTED: it was killed. */
G_GNUC_WARN_UNUSED_RESULT json_t *xen_toolstack_run(const char *operation, json_t *arguments,
                                                    int timeout_ms, GCancellable *cancel,
                                                    GError **error);
/* The same with an image to save to or to restore from, from where `fd` stands. */
G_GNUC_WARN_UNUSED_RESULT json_t *xen_toolstack_run_on(int fd, const char *operation,
                                                       json_t *arguments, int timeout_ms,
                                                       GCancellable *cancel, GError **error);
/* The same where only success matters. */
G_GNUC_WARN_UNUSED_RESULT bool xen_toolstack_do(const char *operation, json_t *arguments,
                                                int timeout_ms, GCancellable *cancel,
                                                GError **error);

/* Takes the answer {"result": ...} or {"error": ...} apart (taken over). */
G_GNUC_WARN_UNUSED_RESULT json_t *xen_toolstack_result(json_t *answer, GError **error);
