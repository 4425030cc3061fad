/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Commands of the OCI runtime: crun or runc. Its own state is RUN/drivers/container/runtime, so that
 * containers of other daemons, or of people, have no part in it. */

#include "base/process.h"
#include "drivers/driver.h"

/* `command` for this container, in the mount namespace that runtimes run in; more arguments and
 * mounts may follow, then container_runtime_run(). The container's name is not among the arguments
 * yet. It is killed when the daemon ends. NULL: an error. */
G_GNUC_WARN_UNUSED_RESULT RvSpawn *container_runtime_command(const RvGuest *guest,
                                                             const char *command, GError **error);

/* The same for what goes on by itself, without mounts. */
G_GNUC_WARN_UNUSED_RESULT RvSpawn *container_runtime_lasting(const RvGuest *guest,
                                                             const char *command, GError **error);

/* [job] Adds the container's name, runs it and frees it. */
G_GNUC_WARN_UNUSED_RESULT bool container_runtime_run(const RvGuest *guest, RvSpawn *spawn,
                                                     GCancellable *cancel, GError **error);

/* What the runtime itself keeps of this container. */
char *container_runtime_state(const RvGuest *guest);

/* Whether the container was made, but its first program has not been let go yet. */
bool container_runtime_is_waiting(const RvGuest *guest);
