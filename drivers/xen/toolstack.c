/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/xen/toolstack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/process.h"

#define PROGRAM "reeve-libxl"

enum { MAX_ANSWER = 8 << 20 };

/* A daemon that runs from where it was built takes what was built with it. */
static char *find_program(void)
{
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *dir = self ? g_path_get_dirname(self) : NULL;
    g_autofree char *built =
        dir ? g_build_filename(dir, "..", "drivers", "xen", PROGRAM, NULL) : NULL;
    if (built && g_file_test(built, G_FILE_TEST_IS_EXECUTABLE))
        return g_steal_pointer(&built);
    const char *installed = LIBEXECDIR "/" PACKAGE "/" PROGRAM;
    return g_file_test(installed, G_FILE_TEST_IS_EXECUTABLE) ? g_strdup(installed) : NULL;
}

const char *xen_toolstack_program(void)
{
    static gsize found;
    static char *program;
    if (g_once_init_enter(&found)) {
        program = find_program();
        g_once_init_leave(&found, 1);
    }
    return program;
}

/* A file in memory, read from its beginning. -1: error. */
static int write_request(const json_t *arguments, GError **error)
{
    char *text = json_dumps(arguments, JSON_COMPACT);
    rv_autofd int fd = memfd_create("request", MFD_CLOEXEC);
    bool ok = fd >= 0 && rv_fd_write_all(fd, text, strlen(text), error);
    if (fd < 0)
        rv_error_set_errno(error, errno, "cannot make a request to libxl");
    free(text);
    return ok ? rv_fd_steal(&fd) : -1;
}

json_t *xen_toolstack_result(json_t *answer, GError **error)
{
    json_t *fault = json_object_get(answer, "error");
    json_t *result = json_object_get(answer, "result");
    const char *message = json_string_value(json_object_get(fault, "message"));
    int code = (int)json_integer_value(json_object_get(fault, "code"));
    if (!result && code > 0 && message) /* composed there */
        g_set_error_literal(error, RV_ERROR, code, message);
    else if (!result)
        rv_error_set(error, RV_ERR_INTERNAL, PROGRAM " gave no answer");
    json_incref(result);
    json_decref(answer);
    return result;
}

/* Hands libxl's log to ours. Returns its last line (owned), which is empty where there is none. */
static char *take_log(const char *operation, int fd)
{
    char text[16384];
    ssize_t got = pread(fd, text, sizeof(text) - 1, 0);
    text[MAX(got, 0)] = '\0';
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    g_auto(GStrv) lines = g_strsplit(valid, "\n", -1);
    const char *last = "";
    for (char **line = lines; *line; line++) {
        if (!**line)
            continue;
        rv_log_info("libxl, %s: %s", operation, *line);
        last = *line;
    }
    return g_strdup(last);
}

/* Its log is in a file in memory, so that it is had even where the process was killed. */
static char *run(const char *operation, int request, int log, int image, int timeout_ms,
                 GCancellable *cancel, GError **error)
{
    int owner[2];
    if (pipe2(owner, O_CLOEXEC) < 0) {
        rv_error_set_errno(error, errno, "cannot start " PROGRAM);
        rv_fd_close(&request);
        return NULL;
    }
    rv_autofd int owner_end = owner[1];
    g_autoptr(RvSpawn) spawn = rv_spawn_new(xen_toolstack_program());
    rv_spawn_arg(spawn, operation);
    rv_spawn_env(spawn, "LC_ALL", "C");
    if (RV_TRACING(RV_TRACE_DRIVER))
        rv_spawn_env(spawn, "REEVE_LIBXL_DEBUG", "1");
    rv_spawn_pass_fd(spawn, request);
    rv_spawn_pass_fd(spawn, owner[0]);
    rv_spawn_pass_fd(spawn, fcntl(log, F_DUPFD_CLOEXEC, 0));
    if (image >= 0)
        rv_spawn_pass_fd(spawn, fcntl(image, F_DUPFD_CLOEXEC, 0));
    return rv_spawn_run(spawn, MAX_ANSWER, timeout_ms, cancel, error);
}

json_t *xen_toolstack_run_on(int fd, const char *operation, json_t *arguments, int timeout_ms,
                             GCancellable *cancel, GError **error)
{
    if (!arguments)
        arguments = json_object();
    if (!xen_toolstack_program()) {
        rv_error_set(error, RV_ERR_NO_SUPPORT, "this reeved was built without libxl");
        json_decref(arguments);
        return NULL;
    }
    rv_autofd int request = write_request(arguments, error);
    json_decref(arguments);
    rv_autofd int log = memfd_create("libxl", MFD_CLOEXEC);
    if (log < 0)
        rv_error_set_errno(error && !*error ? error : NULL, errno, "cannot make a log for libxl");
    if (request < 0 || log < 0)
        return NULL;
    g_autofree char *text =
        run(operation, rv_fd_steal(&request), log, fd, timeout_ms, cancel, error);
    g_autofree char *last = take_log(operation, log);
    if (!text) {
        if (error && *error && *last) {
            g_autofree char *message = g_strdup((*error)->message);
            g_free((*error)->message);
            (*error)->message = g_strdup_printf("%s; libxl's last words: %s", message, last);
        }
        return NULL;
    }
    return xen_toolstack_result(json_loads(text, 0, NULL), error);
}

json_t *xen_toolstack_run(const char *operation, json_t *arguments, int timeout_ms,
                          GCancellable *cancel, GError **error)
{
    return xen_toolstack_run_on(-1, operation, arguments, timeout_ms, cancel, error);
}

bool xen_toolstack_do(const char *operation, json_t *arguments, int timeout_ms,
                      GCancellable *cancel, GError **error)
{
    json_t *result = xen_toolstack_run(operation, arguments, timeout_ms, cancel, error);
    json_decref(result);
    return result;
}
