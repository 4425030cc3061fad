/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* <filesystem type='bind'>: a folder or file of the container that it sees at a second place. */

#include "drivers/container/ids.h"

/* [job] Mounts them, in their order and above all others, in the container whose first process is
 * there and has not begun. Places that are missing are made. */
G_GNUC_WARN_UNUSED_RESULT bool container_binds_mount(const RvGuest *guest, const ContainerIds *ids,
                                                     pid_t pid, GError **error);
