/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Mounts that nobody else sees. A runtime runs in a copy of the host's mount namespace; what a
 * container needs is mounted there alone, and vanishes with the runtime's process, but for what the
 * container itself has taken with it. So nothing of it can be left behind on the host.
 */

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

#include "model/container.h"

/* A copy of our own mount namespace, which gets what is mounted and unmounted there later, but for
 * `without` (may be NULL: a mount point), which is not there. -1: an error. */
G_GNUC_WARN_UNUSED_RESULT int container_namespace_new(const char *without, GError **error);

/* A user namespace with these ids (RvIdRange), for mounts to be seen through. -1: an error. */
G_GNUC_WARN_UNUSED_RESULT int container_namespace_users(const GPtrArray *uids,
                                                        const GPtrArray *gids, GError **error);

/* Has a mount that is attached nowhere yet show its files as belonging to those of `users` (-1: as
 * they are). `path`: what it is, for people. */
G_GNUC_WARN_UNUSED_RESULT bool container_namespace_show(int mount, int users, bool read_only,
                                                        const char *path, GError **error);

/* Such a mount of `path`. -1: an error. */
G_GNUC_WARN_UNUSED_RESULT int container_namespace_mount(const char *path, int users,
                                                        bool read_only, GError **error);

/* [job] Adds descriptors of all namespaces that a process is in, in the order to enter them. */
G_GNUC_WARN_UNUSED_RESULT bool container_namespace_open_all(pid_t pid, GArray *fds, GError **error);
