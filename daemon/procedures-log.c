/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/procedures.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "daemon/driver-set.h"
#include "drivers/guest-log.h"
#include "wire/reeve.h"

enum { BLOCK = 16384, MAX_LINES = 100000 };

typedef struct {
    size_t len;
    off_t next;
    char bytes[WIRE_LOG_MAX];
} Piece;

/* -1 without an error: it has none yet. */
static int open_log(const RvCall *call, GError **error)
{
    const RvDomain *domain = call->domain;
    const RvDriverHost *host = rv_driver_set_host(call->core->drivers, domain->driver);
    g_autofree char *path = rv_guest_log_path(host, domain->name);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 && errno != ENOENT)
        rv_error_set_errno(error, errno, "cannot open '%s'", path);
    return fd;
}

/* Where the last `lines` lines begin. */
static off_t find_lines(int fd, off_t end, unsigned lines)
{
    char block[BLOCK];
    off_t at = end;
    unsigned found = 0;
    while (at > 0) {
        off_t from = MAX(at - BLOCK, 0);
        ssize_t got = pread(fd, block, (size_t)(at - from), from);
        for (ssize_t i = got - 1; i >= 0; i--) {
            /* The one at the very end ends the last line. */
            if (block[i] == '\n' && from + i != end - 1 && ++found == lines)
                return from + i + 1;
        }
        at = from;
    }
    return 0;
}

/* [worker] */
static bool read_log(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    const wire_reeve_log_args *wish = args;
    GError *fault = NULL;
    struct stat st;
    rv_autofd int fd = open_log(call, &fault);
    if (fault) {
        g_propagate_error(error, fault);
        return false;
    }
    Piece *piece = g_new(Piece, 1);
    piece->len = 0;
    piece->next = 0;
    call->data = piece;
    call->free_data = g_free;
    if (fd < 0 || fstat(fd, &st) < 0)
        return true;
    /* A log that has become too long is shortened: then it goes on from its new end. */
    off_t from = wish->offset < 0 && wish->lines == 0 ? st.st_size
                 : wish->offset < 0 ? find_lines(fd, st.st_size, MIN(wish->lines, MAX_LINES))
                                    : MIN((off_t)wish->offset, st.st_size);
    ssize_t got = pread(fd, piece->bytes, sizeof(piece->bytes), from);
    piece->len = (size_t)MAX(got, 0);
    piece->next = from + (off_t)piece->len;
    return true;
}

static bool tell_log(RvCall *call, const void *args, void *ret, GError **error)
{
    const Piece *piece = call->data;
    wire_reeve_log_ret *told = ret;
    told->bytes.bytes_len = (u_int)piece->len;
    told->bytes.bytes_val = (char *)piece->bytes;
    told->next = (u_quad_t)piece->next;
    return true;
}

static const RvProcedure rows[] = {
    {.number = WIRE_REEVE_LOG, .name = "reeve-log", RV_PROC_ARGS(wire_reeve_log_args),
     RV_PROC_RET(wire_reeve_log_ret), .right = RV_RIGHT_CONTROL, .target = RV_TARGET_DOMAIN,
     .work = read_log, .finish = tell_log},
};
const RvProcedureTable rv_procedures_log = RV_PROCEDURE_TABLE(rows);
