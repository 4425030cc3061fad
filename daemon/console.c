/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/console.h"

#include "base/error.h"
#include "base/fd.h"
#include "daemon/stream.h"

/* "UUID alias" -> RvStream, for as long as that lives. */
static GHashTable *consoles;

/* The stream ends: its place is free. `data` is its key. */
static void leave(void *data)
{
    g_hash_table_remove(consoles, data);
    g_free(data);
}

bool rv_console_attach(RvSession *session, const RvFrameHeader *call, const RvUuid *domain,
                       const char *alias, int fd, bool force, GError **error)
{
    rv_autofd int owned = fd;
    char uuid[RV_UUID_STRING_LEN + 1];
    rv_uuid_format(domain, uuid);
    g_autofree char *key = g_strdup_printf("%s %s", uuid, alias ? alias : "");
    if (!consoles)
        consoles = g_hash_table_new(g_str_hash, g_str_equal);

    RvStream *other = g_hash_table_lookup(consoles, key);
    if (other && !force) {
        rv_error_set(error, RV_ERR_OPERATION_FAILED, "Active console session exists for this domain");
        rv_error_remedy(error, "%s is there; --force takes its place", rv_stream_who(other));
        return false;
    }
    if (session->fd < 0)
        return true; /* gone meanwhile */
    if (other) {
        g_autoptr(GError) reason = NULL;
        rv_error_set(&reason, RV_ERR_OPERATION_FAILED, "the console was taken over by %s",
                     session->who);
        rv_stream_abort(other, reason);
    }
    RvStream *stream = rv_stream_new(session, call, rv_fd_steal(&owned), key, leave);
    g_hash_table_insert(consoles, key, stream);
    (void)g_steal_pointer(&key); /* leave()'s */
    return true;
}
