/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Where things are: the system's paths as root, XDG's as a user, all below DIR with --root DIR. */

#include <glib.h>
#include <stdbool.h>

typedef struct RvPaths {
    char *run_dir;    /* /run/reeve        $XDG_RUNTIME_DIR/reeve   DIR/run/reeve */
    char *state_dir;  /* /var/lib/reeve    $XDG_STATE_HOME/reeve    DIR/var/lib/reeve */
    char *log_dir;    /* /var/log/reeve    $XDG_STATE_HOME/reeve/log  DIR/var/log/reeve */
    char *config;     /* /etc/reeve/reeved.conf  $XDG_CONFIG_HOME/reeve/reeved.conf  DIR/etc/... */
    char *socket;     /* run_dir/reeve.sock */
    char *socket_ro;  /* run_dir/reeve-ro.sock */
} RvPaths;

RvPaths *rv_paths_new(const char *root); /* root NULL: by who we are */
void rv_paths_free(RvPaths *paths);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RvPaths, rv_paths_free)
