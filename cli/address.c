/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/address.h"

#include <string.h>

#include "base/error.h"

#define SYSTEM_DIR "/run/reeve"

/* The same places as the daemon's own (daemon/paths.h). */
static char *default_socket(const char *path, const RvAddressDefaults *defaults)
{
    if (defaults->socket)
        return g_strdup(defaults->socket);
    const char *name = defaults->read_only ? "reeve-ro.sock" : "reeve.sock";
    bool session = !strcmp(path, "/session") || strcmp(path, "/system") != 0;
    if (session && !defaults->root)
        return g_build_filename(defaults->runtime_dir, "reeve", name, NULL);
    return g_build_filename(SYSTEM_DIR, name, NULL);
}

/* Takes what is for us out of the query; the rest is the daemon's. */
static char *filter_query(const char *query, char **ret_socket, GError **error)
{
    g_autoptr(GHashTable) seen = g_uri_parse_params(query, -1, "&;", G_URI_PARAMS_NONE, error);
    if (!seen)
        return NULL;
    *ret_socket = g_strdup(g_hash_table_lookup(seen, "socket"));
    static const char *const ours[] = {"socket", "mode", NULL};
    g_auto(GStrv) parts = g_strsplit_set(query, "&;", 0);
    GString *rest = g_string_new(NULL);
    for (char **part = parts; *part; part++) {
        g_autofree char *name = g_strndup(*part, strcspn(*part, "="));
        if (**part && !g_strv_contains(ours, name))
            g_string_append_printf(rest, "%s%s", rest->len ? "&" : "", *part);
    }
    return g_string_free(rest, FALSE);
}

static bool check_here(const char *text, const GUri *uri, const char *transport, GError **error)
{
    const char *host = g_uri_get_host((GUri *)uri);
    bool here = (!transport || !strcmp(transport, "unix")) && (!host || !*host);
    if (!here) {
        rv_error_set(error, RV_ERR_NO_CONNECT, "%s: reeve reaches daemons of this host only",
                     text);
        rv_error_remedy(error, "for other hosts use `virsh -c %s`", text);
    }
    return here;
}

bool rv_address_parse(RvAddress *address, const char *text, const RvAddressDefaults *defaults,
                      GError **error)
{
    if (!text || !*text)
        text = defaults->root ? "reeve:///system" : "reeve:///session";
    g_autoptr(GError) bad = NULL;
    g_autoptr(GUri) uri = g_uri_parse(text, G_URI_FLAGS_ENCODED, &bad);
    if (!uri) {
        rv_error_set(error, RV_ERR_INVALID_ARG, "'%s' is no URI: %s", text, bad->message);
        rv_error_remedy(error, "a URI looks like reeve:///system or qemu:///session");
        return false;
    }
    g_auto(GStrv) scheme = g_strsplit(g_uri_get_scheme(uri), "+", 2);
    if (!check_here(text, uri, scheme[1], error))
        return false;
    g_autofree char *socket = NULL, *query = NULL;
    if (g_uri_get_query(uri)) {
        query = filter_query(g_uri_get_query(uri), &socket, error);
        if (!query)
            return false;
    }
    const char *path = g_uri_get_path(uri);
    address->uri = g_strconcat(scheme[0], "://", path, query && *query ? "?" : "", query, NULL);
    address->socket = socket ? g_steal_pointer(&socket) : default_socket(path, defaults);
    return true;
}

void rv_address_clear(RvAddress *address)
{
    g_clear_pointer(&address->uri, g_free);
    g_clear_pointer(&address->socket, g_free);
}
