/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/transfer.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "daemon/core.h"
#include "daemon/session.h"
#include "daemon/stream.h"

enum { CHUNK = 256 << 10 };

typedef struct {
    RvCore *core;
    RvObject *pool; /* a reference, as is the next */
    RvObjectDef *live;
    char *name;
    RvClaim claim;
    RvTransferSpec spec;
    RvStream *stream; /* the loop's; NULL: the client has gone */
    int volume, socket; /* the worker's until it is done */
    GError *error;
} Transfer;

static void transfer_free(Transfer *transfer)
{
    rv_pool_unclaim(transfer->pool, transfer->name, transfer->claim);
    rv_fd_close(&transfer->volume);
    rv_fd_close(&transfer->socket);
    rv_object_unref(transfer->pool);
    rv_object_def_unref(transfer->live);
    g_clear_error(&transfer->error);
    g_free(transfer->name);
    g_free(transfer);
}

/* ---- Worker --------------------------------------------------------------------------------- */

static void fail(Transfer *transfer, int errnum, const char *attempt)
{
    rv_error_set_errno(&transfer->error, errnum, "cannot %s volume '%s'", attempt, transfer->name);
}

static void download(Transfer *transfer)
{
    const RvTransferSpec *spec = &transfer->spec;
    uint64_t at = spec->offset, end = spec->length ? at + spec->length : UINT64_MAX;
    g_autofree char *bytes = g_malloc(CHUNK);
    while (at < end) {
        ssize_t n = pread(transfer->volume, bytes, MIN(CHUNK, end - at), (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            fail(transfer, errno, "read");
        if (n <= 0 || !rv_fd_write_all(transfer->socket, bytes, (size_t)n, NULL))
            return; /* the end, or the client takes no more */
        at += (uint64_t)n;
    }
}

static void upload(Transfer *transfer)
{
    const RvTransferSpec *spec = &transfer->spec;
    uint64_t at = spec->offset, end = spec->length ? at + spec->length : UINT64_MAX;
    g_autofree char *bytes = g_malloc(CHUNK);
    g_autofree char *what = g_strdup_printf("volume '%s'", transfer->name);
    for (;;) {
        ssize_t n = recv(transfer->socket, bytes, CHUNK, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        if ((uint64_t)n > end - at) {
            fail(transfer, ENOSPC, "write more than was said to");
            return;
        }
        if (!rv_fd_write_all_at(transfer->volume, bytes, (size_t)n, at, what, &transfer->error))
            return;
        at += (uint64_t)n;
    }
    if (fsync(transfer->volume) < 0)
        fail(transfer, errno, "sync");
    rv_pool_measure_again(transfer->pool, transfer->live->def);
}

static void ended(void *data);

static void work(void *data)
{
    Transfer *transfer = data;
    if (transfer->spec.upload)
        upload(transfer);
    else
        download(transfer);
    rv_loop_post(transfer->core->loop, ended, transfer);
}

/* ---- Loop ----------------------------------------------------------------------------------- */

/* The client has ended its stream, or gone: the other end of the worker's socket is closed. */
static void leave(void *data)
{
    ((Transfer *)data)->stream = NULL;
}

static void ended(void *data)
{
    Transfer *transfer = data;
    RvStream *stream = transfer->stream;
    if (stream) {
        rv_stream_forget(stream);
        if (transfer->error)
            rv_stream_abort(stream, transfer->error);
        else if (transfer->spec.upload)
            rv_stream_confirm(stream);
    }
    transfer_free(transfer);
}

bool rv_transfer_begin(RvCall *call, const RvTransferSpec *spec, int fd, GError **error)
{
    RvVolumeCall *volume = call->data;
    rv_autofd int file = fd;
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) {
        rv_error_set_errno(error, errno, "cannot make a pair of sockets");
        return false;
    }
    rv_autofd int ours = ends[0], worker = ends[1];
    if (!rv_fd_set_nonblocking(ours, error))
        return false;
    Transfer *transfer = g_new(Transfer, 1);
    *transfer = (Transfer){
        .core = call->core,
        .pool = rv_object_ref(volume->pool),
        .live = rv_object_def_ref(volume->live),
        .name = g_strdup(volume->name),
        .claim = volume->claim,
        .spec = *spec,
        .volume = rv_fd_steal(&file),
        .socket = rv_fd_steal(&worker),
    };
    rv_volume_call_keep_claim(call);
    transfer->stream =
        rv_stream_new(call->session, call->header, rv_fd_steal(&ours), transfer, leave);
    if (spec->upload)
        rv_stream_confirm_later(transfer->stream);
    rv_workers_push(call->core->workers, work, transfer);
    return true;
}
