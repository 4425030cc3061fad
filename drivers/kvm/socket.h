/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * UNIX sockets in a guest's folder, which only root can enter: the daemon listens, and hands the
 * listening descriptor to the emulator. So the emulator's user needs no access to the folder, and a
 * later daemon can connect again. Names may be long: the folder is opened and the socket named
 * relative to it.
 */

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

/* A listening socket FOLDER/NAME, after removing what was there. -1: error. */
G_GNUC_WARN_UNUSED_RESULT int kvm_socket_listen(const char *folder, const char *name,
                                                GError **error);

/* A connection to it. A queue that is full is RV_ERR_OPERATION_TIMEOUT: who listens hangs. */
G_GNUC_WARN_UNUSED_RESULT int kvm_socket_connect(const char *folder, const char *name,
                                                 GError **error);

/* Whether who listens is this process of this user. Emulators listen themselves on what they are
 * handed, so that the kernel tells clients about them, not about the daemon that made the socket. */
G_GNUC_WARN_UNUSED_RESULT bool kvm_socket_check_peer(int fd, pid_t pid, uid_t uid, GError **error);
