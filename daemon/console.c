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

static char *make_key(const RvUuid *domain, const char *alias)
{
    char uuid[RV_UUID_STRING_LEN + 1];
    rv_uuid_format(domain, uuid);
    return g_strdup_printf("%s %s", uuid, alias ? alias : "");
}

bool rv_console_clear(const RvSession *session, const RvUuid *domain, const char *alias, bool force,
                      GError **error)
{
    g_autofree char *key = make_key(domain, alias);
    RvStream *other = consoles ? g_hash_table_lookup(consoles, key) : NULL;
    if (!other)
        return true;
    if (!force) {
        rv_error_set(error, RV_ERR_OPERATION_FAILED,
                     "Active console session exists for this domain");
        rv_error_remedy(error, "%s is there; --force takes its place", rv_stream_who(other));
        return false;
    }
    g_autoptr(GError) reason = NULL;
    rv_error_set(&reason, RV_ERR_OPERATION_FAILED, "the console was taken over by %s",
                 session->who);
    rv_stream_abort(other, reason);
    return true;
}

void rv_console_attach(RvSession *session, const RvFrameHeader *call, const RvUuid *domain,
                       const char *alias, int fd, int keep)
{
    if (session->fd < 0) { /* gone meanwhile */
        rv_fd_close(&fd);
        rv_fd_close(&keep);
        return;
    }
    if (!consoles)
        consoles = g_hash_table_new(g_str_hash, g_str_equal);
    char *key = make_key(domain, alias);
    g_assert(!g_hash_table_contains(consoles, key));
    RvStream *stream = rv_stream_new(session, call, fd, key, leave);
    rv_stream_keep(stream, keep);
    g_hash_table_insert(consoles, key, stream);
}

void rv_console_finish(const RvUuid *domain)
{
    if (!consoles)
        return;
    g_autofree char *start = make_key(domain, NULL);
    g_autoptr(GPtrArray) streams = g_ptr_array_new();
    GHashTableIter iter;
    gpointer key, stream;
    g_hash_table_iter_init(&iter, consoles);
    while (g_hash_table_iter_next(&iter, &key, &stream)) {
        if (g_str_has_prefix(key, start))
            g_ptr_array_add(streams, stream);
    }
    for (guint i = 0; i < streams->len; i++)
        rv_stream_finish(streams->pdata[i]);
}
