/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/procedures.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "daemon/session.h"
#include "daemon/stream.h"

enum { MAX_BYTES = 64 << 20 };

/* call->data: the end of a pipe that has all of it. */
static void pipe_free(void *data)
{
    rv_fd_close(data);
    g_free(data);
}

/* -1: error. A file cannot be waited for, and a writer would have to be: so the pipe takes all. */
static int fill_pipe(const char *bytes, size_t len, GError **error)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0) {
        rv_error_set_errno(error, errno, "cannot make a pipe for a screenshot");
        return -1;
    }
    rv_autofd int from = ends[0], to = ends[1];
    if (fcntl(to, F_SETPIPE_SZ, (int)len) < (int)len) {
        rv_error_set_errno(error, errno, "a screenshot of %zu bytes is too large", len);
        rv_error_remedy(error, "raise /proc/sys/fs/pipe-max-size");
        return -1;
    }
    return rv_fd_write_all(to, bytes, len, error) ? rv_fd_steal(&from) : -1;
}

static bool check_driver(RvCall *call, const void *args, void *ret, GError **error)
{
    const RvDriver *driver = call->domain->driver;
    return rv_call_has(call, driver->console && driver->console->screenshot, driver, error);
}

/* [job] */
static bool take_to(RvCall *call, RvGuest *guest, unsigned screen, const char *path,
                    RvOperation *op, GError **error)
{
    size_t len = 0;
    if (!guest->driver->console->screenshot(guest, screen, path, op, error))
        return false;
    g_autofree char *bytes = rv_file_read(path, MAX_BYTES, &len, error);
    int fd = bytes ? fill_pipe(bytes, len, error) : -1;
    if (fd < 0)
        return false;
    call->data = g_memdup2(&fd, sizeof(fd));
    call->free_data = pipe_free;
    return true;
}

/* [job] */
static bool take(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    RvGuest *guest = rv_domain_get_guest(call->domain, error);
    if (!guest)
        return false;
    g_autofree char *path = g_build_filename(guest->host->run_dir, "screen.XXXXXX", NULL);
    rv_autofd int file = g_mkstemp_full(path, O_RDWR | O_CLOEXEC, 0600);
    if (file < 0) {
        rv_error_set_errno(error, errno, "cannot make a file for a screenshot");
        return false;
    }
    bool ok = take_to(call, guest, ((const wire_domain_screenshot_args *)args)->screen, path, op,
                      error);
    unlink(path);
    return ok;
}

static bool stream(RvCall *call, const void *args, void *ret, GError **error)
{
    static const char mime[] = "image/x-portable-pixmap";
    char *told = rv_call_alloc(call, sizeof(mime), 1);
    ((wire_domain_screenshot_ret *)ret)->mime = memcpy(told, mime, sizeof(mime));
    if (call->session->fd >= 0) /* else it is gone meanwhile */
        rv_stream_new(call->session, call->header, rv_fd_steal(call->data), NULL, NULL);
    return true;
}

static const RvProcedure rows[] = {
    {.number = WIRE_DOMAIN_SCREENSHOT, .name = "domain-screenshot",
     RV_PROC_ARGS(wire_domain_screenshot_args), RV_PROC_FLAGS(wire_domain_screenshot_args, 0),
     RV_PROC_RET(wire_domain_screenshot_ret), .right = RV_RIGHT_CONTROL, .target = RV_TARGET_DOMAIN,
     .need = RV_NEED_ACTIVE, .job = RV_JOB_CONSOLE, .answer = check_driver, .work = take,
     .finish = stream},
};
const RvProcedureTable rv_procedures_screenshot = RV_PROCEDURE_TABLE(rows);
