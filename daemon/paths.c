/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/paths.h"

#include <unistd.h>

static char *user_run_dir(void)
{
    const char *dir = g_getenv("XDG_RUNTIME_DIR");
    return dir && *dir ? g_build_filename(dir, "reeve", NULL)
                       : g_strdup_printf("/tmp/reeve-%u", (unsigned)getuid());
}

static char *user_state_dir(void)
{
    const char *dir = g_getenv("XDG_STATE_HOME");
    return dir && *dir ? g_build_filename(dir, "reeve", NULL)
                       : g_build_filename(g_get_home_dir(), ".local", "state", "reeve", NULL);
}

RvPaths *rv_paths_new(const char *root)
{
    RvPaths *paths = g_new0(RvPaths, 1);
    if (root) {
        g_autofree char *dir = g_canonicalize_filename(root, NULL);
        paths->run_dir = g_build_filename(dir, "run", "reeve", NULL);
        paths->state_dir = g_build_filename(dir, "var", "lib", "reeve", NULL);
        paths->log_dir = g_build_filename(dir, "var", "log", "reeve", NULL);
        paths->config = g_build_filename(dir, "etc", "reeve", "reeved.conf", NULL);
    } else if (geteuid() == 0) {
        paths->run_dir = g_strdup("/run/reeve");
        paths->state_dir = g_build_filename(LOCALSTATEDIR, "lib", "reeve", NULL);
        paths->log_dir = g_build_filename(LOCALSTATEDIR, "log", "reeve", NULL);
        paths->config = g_build_filename(SYSCONFDIR, "reeve", "reeved.conf", NULL);
    } else {
        paths->run_dir = user_run_dir();
        paths->state_dir = user_state_dir();
        paths->log_dir = g_build_filename(paths->state_dir, "log", NULL);
        paths->config = g_build_filename(g_get_user_config_dir(), "reeve", "reeved.conf", NULL);
    }
    paths->socket = g_build_filename(paths->run_dir, "reeve.sock", NULL);
    paths->socket_ro = g_build_filename(paths->run_dir, "reeve-ro.sock", NULL);
    return paths;
}

void rv_paths_free(RvPaths *paths)
{
    if (!paths)
        return;
    g_free(paths->run_dir);
    g_free(paths->state_dir);
    g_free(paths->log_dir);
    g_free(paths->config);
    g_free(paths->socket);
    g_free(paths->socket_ro);
    g_free(paths);
}
