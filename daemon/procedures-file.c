/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/procedures.h"

#include <string.h>

#include "base/error.h"
#include "wire/reeve.h"

enum { READ_NOFOLLOW = 1 << 0 };

static void piece_free(void *data)
{
    RvFilePiece *piece = data;
    g_byte_array_unref(piece->bytes);
    g_free(piece);
}

static bool check_driver(RvCall *call, const void *args, void *ret, GError **error)
{
    const RvDriver *driver = call->domain->driver;
    return rv_call_has(call, driver->files, driver, error);
}

/* [worker] */
static bool read_file(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    const wire_reeve_file_read_args *wish = args;
    RvGuest *guest = rv_domain_get_guest(call->domain, error);
    if (!guest)
        return false;
    RvFilePiece *piece = g_new0(RvFilePiece, 1);
    piece->bytes = g_byte_array_new();
    call->data = piece;
    call->free_data = piece_free;
    return guest->driver->files->read(guest, wish->path, wish->offset, WIRE_FILE_MAX,
                                      wish->flags & READ_NOFOLLOW, piece, error);
}

static bool tell_file(RvCall *call, const void *args, void *ret, GError **error)
{
    const RvFilePiece *piece = call->data;
    *(wire_reeve_file_read_ret *)ret = (wire_reeve_file_read_ret){
        .kind = piece->kind,
        .mode = piece->mode,
        .size = piece->size,
        .inode = piece->inode,
        .mtime = piece->mtime_ns,
        .bytes = {piece->bytes->len, (char *)piece->bytes->data},
    };
    return true;
}

static bool check_write(RvCall *call, const void *args, void *ret, GError **error)
{
    const wire_reeve_file_write_args *wish = args;
    bool known = wish->kind >= RV_FILE_PLAIN && wish->kind <= RV_FILE_LINK;
    if (!known)
        rv_error_set(error, RV_ERR_INVALID_ARG, "there is no kind %d of files", wish->kind);
    return known && check_driver(call, args, ret, error);
}

/* [worker] */
static bool write_file(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    const wire_reeve_file_write_args *wish = args;
    RvGuest *guest = rv_domain_get_guest(call->domain, error);
    const RvFileWish file = {
        .path = wish->path,
        .kind = (RvFileKind)wish->kind,
        .mode = wish->mode,
        .offset = wish->offset,
        .bytes = wish->bytes.bytes_val,
        .len = wish->bytes.bytes_len,
    };
    return guest && guest->driver->files->write(guest, &file, error);
}

static const RvProcedure rows[] = {
    {.number = WIRE_REEVE_FILE_READ, .name = "reeve-file-read",
     RV_PROC_ARGS(wire_reeve_file_read_args), RV_PROC_FLAGS(wire_reeve_file_read_args, READ_NOFOLLOW),
     RV_PROC_RET(wire_reeve_file_read_ret), .right = RV_RIGHT_CONTROL, .target = RV_TARGET_DOMAIN,
     .need = RV_NEED_ACTIVE, .job = RV_JOB_CONSOLE, .answer = check_driver, .work = read_file,
     .finish = tell_file},

    {.number = WIRE_REEVE_FILE_WRITE, .name = "reeve-file-write",
     RV_PROC_ARGS(wire_reeve_file_write_args), .right = RV_RIGHT_CONTROL,
     .target = RV_TARGET_DOMAIN, .need = RV_NEED_ACTIVE, .job = RV_JOB_CONSOLE,
     .answer = check_write, .work = write_file},
};
const RvProcedureTable rv_procedures_file = RV_PROCEDURE_TABLE(rows);
