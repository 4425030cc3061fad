/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The consoles of containers: terminals, whose other ends the holder keeps (holder.h). */

#include <jansson.h>

#include "drivers/container/ids.h"
#include "drivers/driver.h"

/* Gives consoles their aliases. */
void container_console_name(RvDomainDef *def);

/* Where the runtime hands over the terminal it made, and a socket that listens there. */
char *container_console_socket(const char *folder);
G_GNUC_WARN_UNUSED_RESULT int container_console_listen(const char *folder, GError **error);

/* [job] Takes what the runtime handed over, which must have come by now, to the holder. */
G_GNUC_WARN_UNUSED_RESULT bool container_console_take(const RvGuest *guest, int socket,
                                                      GError **error);

/* [job] Terminals for all consoles but the first, as OCI mounts on /dev/tty2 and so on; their other
 * ends (int) are appended to `terminals`. They belong to the container's root. */
G_GNUC_WARN_UNUSED_RESULT bool container_console_open_others(const RvGuest *guest,
                                                             const ContainerIds *ids,
                                                             json_t *mounts, GArray *terminals,
                                                             GError **error);

/* [job] Takes those to the holder. */
G_GNUC_WARN_UNUSED_RESULT bool container_console_take_others(const RvGuest *guest,
                                                             const GArray *terminals,
                                                             GError **error);

/* The terminal that the runtime has sent, or is about to. -1: an error. */
G_GNUC_WARN_UNUSED_RESULT int container_console_receive(int socket, GError **error);

/* [job] Lets go all consoles of a guest that is gone. */
void container_console_drop(const RvGuest *guest);

extern const RvConsoleOps container_console_ops;
