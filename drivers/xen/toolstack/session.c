/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/xen/toolstack/session.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <xentoollog.h>

#include "base/error.h"
#include "base/fd.h"

enum { LAST_WORDS = 3, LINE_BYTES = 1024 };

typedef struct {
    xentoollog_logger interface; /* first: libxl hands it back */
    xentoollog_level least;
    int fd;
    char *last[LAST_WORDS];      /* errors, the oldest first; NULL: fewer */
} Log;

struct Session {
    Log log;
    libxl_ctx *ctx;
};

/* ---- Log ------------------------------------------------------------------------------------ */

static void remember(Log *log, const char *text)
{
    unsigned n = 0;
    while (n < LAST_WORDS && log->last[n])
        n++;
    if (n == LAST_WORDS) {
        g_free(log->last[0]);
        memmove(&log->last[0], &log->last[1], sizeof(log->last) - sizeof(log->last[0]));
        n--;
    }
    log->last[n] = g_strdup(text);
}

static void forget(Log *log)
{
    for (unsigned i = 0; i < LAST_WORDS; i++)
        g_clear_pointer(&log->last[i], g_free);
}

/* "panic: xg_dom.c:12: name: text" and "libxl_create.c:123:name: Domain 7:text" are what is said
 * there: the text is for users. */
static char *strip_place(const char *text)
{
    const char *place = "^(panic: )?\\w+\\.c:\\d+: ?\\w+: *(Domain \\d+:)? *";
    g_autoptr(GRegex) regex = g_regex_new(place, G_REGEX_RAW, 0, NULL);
    return g_regex_replace_literal(regex, text, -1, 0, "", 0, NULL);
}

static void G_GNUC_PRINTF(5, 0) take_message(xentoollog_logger *logger, xentoollog_level level,
                                             int errnum, const char *context, const char *format,
                                             va_list args)
{
    Log *log = (Log *)logger;
    char text[LINE_BYTES];
    if (level < log->least)
        return;
    vsnprintf(text, sizeof(text), format, args);
    const char *why = errnum > 0 ? g_strerror(errnum) : NULL;
    g_autofree char *line =
        g_strdup_printf("%s: %s: %s%s%s\n", xtl_level_to_string(level), context ? context : "libxl",
                        text, why ? ": " : "", why ? why : "");
    (void)!write(log->fd, line, strlen(line)); /* nobody may read it */
    if (level < XTL_ERROR)
        return;
    g_autofree char *stripped = strip_place(text);
    g_autofree char *words = g_strconcat(stripped, why ? ": " : NULL, why, NULL);
    remember(log, words);
}

static void take_progress(xentoollog_logger *logger, const char *context, const char *what,
                          int percent, unsigned long done, unsigned long total)
{
}

/* ---- Session -------------------------------------------------------------------------------- */

Session *session_new(int log_fd, GError **error)
{
    g_autoptr(Session) session = g_new0(Session, 1);
    session->log.interface.vmessage = take_message;
    session->log.interface.progress = take_progress;
    session->log.fd = log_fd;
    session->log.least = g_getenv("REEVE_LIBXL_DEBUG") ? XTL_DEBUG : XTL_WARN;
    int rc = libxl_ctx_alloc(&session->ctx, LIBXL_VERSION, 0, &session->log.interface);
    if (rc == 0)
        return g_steal_pointer(&session);
    session_fail(session, rc, error, "cannot reach the Xen hypervisor");
    rv_error_remedy(error, "boot this host under Xen, and see that xenstored runs");
    return NULL;
}

void session_free(Session *session)
{
    if (!session)
        return;
    if (session->ctx)
        libxl_ctx_free(session->ctx);
    forget(&session->log);
    g_free(session);
}

libxl_ctx *session_ctx(const Session *session)
{
    return session->ctx;
}

void session_fail(Session *session, int rc, GError **error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *what = g_strdup_vprintf(format, args);
    va_end(args);
    GString *text = g_string_new(what);
    for (unsigned i = 0; i < LAST_WORDS && session->log.last[i]; i++)
        g_string_append_printf(text, "%s %s", i == 0 ? ": libxl says:" : ";",
                               session->log.last[i]);
    forget(&session->log);
    const char *name = libxl_error_to_string(rc);
    g_string_append_printf(text, " (%s)", name ? name : "unknown error");
    g_autofree char *valid = g_utf8_make_valid(text->str, -1);
    g_string_free(text, TRUE);
    bool gone = rc == ERROR_DOMAIN_NOTFOUND || rc == ERROR_DOMAIN_DESTROYED;
    rv_error_set(error, gone ? RV_ERR_NO_DOMAIN : RV_ERR_INTERNAL, "%s", valid);
}

bool session_find(Session *session, const json_t *arguments, uint32_t *ret_domid, GError **error)
{
    const char *text = json_string_value(json_object_get(arguments, "uuid"));
    libxl_uuid uuid;
    if (!text || libxl_uuid_from_string(&uuid, text) != 0) {
        rv_error_set(error, RV_ERR_INVALID_ARG, "no domain's UUID was given");
        return false;
    }
    int n = 0;
    libxl_dominfo *all = libxl_list_domain(session->ctx, &n);
    int found = -1;
    for (int i = 0; all && i < n; i++)
        if (!all[i].dying && libxl_uuid_compare(&all[i].uuid, &uuid) == 0)
            found = (int)all[i].domid;
    if (all)
        libxl_dominfo_list_free(all, n);
    if (!all)
        session_fail(session, ERROR_FAIL, error, "cannot list the domains of this host");
    else if (found < 0)
        rv_error_set(error, RV_ERR_NO_DOMAIN, "Xen has no domain with UUID %s", text);
    *ret_domid = (uint32_t)found;
    return found >= 0;
}

/* ---- Operations ----------------------------------------------------------------------------- */

static OperationFunc find_operation(const char *name)
{
    static const Operation *const tables[] = {life_operations, change_operations,
                                              device_operations, report_operations};
    for (size_t i = 0; i < G_N_ELEMENTS(tables); i++)
        for (const Operation *row = tables[i]; row->name; row++)
            if (strcmp(row->name, name) == 0)
                return row->run;
    return NULL;
}

json_t *session_run(Session *session, const char *operation, const json_t *arguments)
{
    g_autoptr(GError) error = NULL;
    json_t *result = NULL;
    OperationFunc run = find_operation(operation);
    if (!run)
        rv_error_set(&error, RV_ERR_INTERNAL, "reeve-libxl has no operation '%s'", operation);
    else if (run(session, arguments, &result, &error))
        return json_pack("{s:o}", "result", result ? result : json_null());
    json_decref(result);
    return json_pack("{s:{s:i,s:s}}", "error", "code", error->code, "message", error->message);
}
