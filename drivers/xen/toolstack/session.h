/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * reeve-libxl: the one program of ours that links libxl. The daemon starts one of these for each
 * operation, and one more that watches. So a call that hangs in libxl is killed with its process,
 * and what aborts there takes one operation with it, and never the daemon.
 *
 *   reeve-libxl OPERATION    its arguments as JSON on descriptor 3; a JSON answer on standard
 *                            output: {"result": ...} or {"error": {"code": N, "message": TEXT}};
 *                            libxl's log on descriptor 5. It ends at once when descriptor 4 is
 *                            hung up: whoever wanted the answer is gone.
 *                            What saves or restores does so on descriptor 6, from where it stands.
 *   reeve-libxl watch        see watch.h
 */

#include <glib.h>
#include <jansson.h>
#include <libxl.h>
#include <stdbool.h>

enum { SESSION_REQUEST_FD = 3, SESSION_OWNER_FD = 4, SESSION_LOG_FD = 5, SESSION_IMAGE_FD = 6 };

typedef struct Session Session;

/* Connects to the hypervisor; libxl's log goes to `log_fd`. */
G_GNUC_WARN_UNUSED_RESULT Session *session_new(int log_fd, GError **error);
void session_free(Session *session);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Session, session_free)

libxl_ctx *session_ctx(const Session *session);

/* Says what was attempted (formatted), then libxl's last words since the last call of this, then
 * the name of its error `rc`. RV_ERR_NO_DOMAIN where that is what rc says. */
void session_fail(Session *session, int rc, GError **error, const char *format, ...)
    G_GNUC_PRINTF(4, 5);

/* The domain that has this "uuid" in `arguments`, by the hypervisor's own list; false
 * (RV_ERR_NO_DOMAIN): there is none. */
G_GNUC_WARN_UNUSED_RESULT bool session_find(Session *session, const json_t *arguments,
                                            uint32_t *ret_domid, GError **error);

/* One operation. *ret (may stay NULL) is its result, a new reference. */
typedef bool (*OperationFunc)(Session *session, const json_t *arguments, json_t **ret,
                              GError **error);
typedef struct {
    const char *name;
    OperationFunc run;
} Operation;

extern const Operation life_operations[], change_operations[], device_operations[],
    report_operations[]; /* each ended by a NULL name */

/* Runs it by its name. Returns the whole answer, a new reference. */
json_t *session_run(Session *session, const char *operation, const json_t *arguments);
