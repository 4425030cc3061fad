/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/import.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "daemon/driver-set.h"
#include "daemon/session.h"
#include "daemon/stream.h"

enum {
    TELL_EACH_US = 100000,
    UNREAD_MAX = 32 << 10, /* the rest of the pipe is for the last line */
};

typedef struct {
    RvOperation op; /* first */
    RvCore *core;
    const RvDriver *driver;
    unsigned id;
    char *source, *name, *owner;
    bool insecure;
    int64_t started_us;
    RvStream *stream; /* the loop's; NULL: the client has gone */
    int pipe;         /* the worker's until it is done */
    int64_t told_us;  /* the worker's */
    GMutex lock;      /* of the numbers */
    uint64_t done, total;
    char *image; /* the result, and why there is none */
    GError *error;
} Import;

static GPtrArray *imports; /* Import: those that run */
static unsigned last_id;

static void import_free(Import *import)
{
    g_object_unref(import->op.cancel);
    g_free(import->source);
    g_free(import->name);
    g_free(import->owner);
    g_free(import->image);
    g_clear_error(&import->error);
    rv_fd_close(&import->pipe);
    g_mutex_clear(&import->lock);
    g_free(import);
}

/* ---- Worker --------------------------------------------------------------------------------- */

static void progress(RvOperation *op, uint64_t done, uint64_t total)
{
    Import *import = (Import *)op;
    g_mutex_lock(&import->lock);
    import->done = done;
    import->total = total;
    g_mutex_unlock(&import->lock);
    int unread;
    int64_t now = g_get_monotonic_time();
    if (now - import->told_us < TELL_EACH_US || ioctl(import->pipe, FIONREAD, &unread) < 0 ||
        unread > UNREAD_MAX)
        return;
    import->told_us = now;
    dprintf(import->pipe, "{\"done\":%" PRIu64 ",\"total\":%" PRIu64 "}\n", done, total);
}

static void ended(void *data);

static void work(void *data)
{
    Import *import = data;
    const RvDriverHost *host = rv_driver_set_host(import->core->drivers, import->driver);
    RvImageSource source = {import->source, import->name, import->insecure};
    g_autoptr(RvImageInfo) info = NULL;
    if (rv_driver_set_probe(import->core->drivers, import->driver, &import->error))
        info = import->driver->images->import(host, &source, &import->op, &import->error);
    if (info) {
        import->image = g_strdup(info->id);
        dprintf(import->pipe, "{\"image\":\"%s\"}\n", info->id);
    }
    rv_loop_post(import->core->loop, ended, import);
}

/* ---- Loop ----------------------------------------------------------------------------------- */

/* The client has ended its stream, or gone. */
static void leave(void *data)
{
    Import *import = data;
    import->stream = NULL;
    g_cancellable_cancel(import->op.cancel);
}

static void ended(void *data)
{
    Import *import = data;
    g_ptr_array_remove_fast(imports, import);
    if (import->error)
        rv_log_info("%s: %s", import->owner, import->error->message);
    else
        rv_log_info("%s: the image %.12s has come from %s", import->owner, import->image,
                    import->source);
    /* Closing the pipe is the end of the stream; whoever ends that then has nothing to cancel. */
    if (import->stream)
        rv_stream_forget(import->stream);
    if (import->stream && import->error)
        rv_stream_abort(import->stream, import->error);
    import_free(import);
}

bool rv_import_begin(RvCall *call, const RvDriver *driver, const RvImageSource *source,
                     GError **error)
{
    int fds[2];
    if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0) {
        rv_error_set_errno(error, errno, "cannot make a pipe");
        return false;
    }
    Import *import = g_new0(Import, 1);
    *import = (Import){
        .op = {g_cancellable_new(), progress},
        .core = call->core,
        .driver = driver,
        .id = ++last_id,
        .source = g_strdup(source->source),
        .name = g_strdup(source->name),
        .owner = g_strdup(rv_call_who(call)),
        .insecure = source->insecure,
        .started_us = g_get_real_time(),
        .pipe = fds[1],
    };
    g_mutex_init(&import->lock);
    import->stream = rv_stream_new(call->session, call->header, fds[0], import, leave);
    if (!imports)
        imports = g_ptr_array_new();
    g_ptr_array_add(imports, import);
    rv_workers_push(call->core->workers, work, import);
    return true;
}

GArray *rv_import_list(void)
{
    GArray *list = g_array_new(FALSE, FALSE, sizeof(RvImportInfo));
    for (guint i = 0; imports && i < imports->len; i++) {
        Import *import = imports->pdata[i];
        g_mutex_lock(&import->lock);
        RvImportInfo info = {
            .id = import->id,
            .source = import->source,
            .owner = import->owner,
            .started_us = import->started_us,
            .done = import->done,
            .total = import->total,
            .cancelled = g_cancellable_is_cancelled(import->op.cancel),
        };
        g_mutex_unlock(&import->lock);
        g_array_append_val(list, info);
    }
    return list;
}

bool rv_import_cancel(unsigned id)
{
    for (guint i = 0; imports && i < imports->len; i++) {
        Import *import = imports->pdata[i];
        if (import->id == id)
            g_cancellable_cancel(import->op.cancel);
        if (import->id == id)
            return true;
    }
    return false;
}
