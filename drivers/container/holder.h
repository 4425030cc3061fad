/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One small process, reeve-console-holder, keeps the consoles of all containers, so that they
 * outlive the daemon: it reads what comes, so that nobody in a container ever waits for a reader,
 * writes it to the container's log, and passes it on to whoever is attached. What else must outlive
 * the daemon it keeps open. It is started when first needed, and ends when it has nothing to keep.
 */

#include "drivers/driver.h"

/* [job] `log` -1: none. */
G_GNUC_WARN_UNUSED_RESULT bool container_holder_add(const RvDriverHost *host, const char *key,
                                                    int terminal, int log, GError **error);

/* [job] A non-blocking stream to the console; whoever was attached before is no more. */
G_GNUC_WARN_UNUSED_RESULT int container_holder_attach(const RvDriverHost *host, const char *key,
                                                      GError **error);

/* [job] Has a descriptor kept open, whatever becomes of the daemon; and gives a copy of it, -1: there
 * is none. */
G_GNUC_WARN_UNUSED_RESULT bool container_holder_keep(const RvDriverHost *host, const char *key,
                                                     int fd, GError **error);
int container_holder_borrow(const RvDriverHost *host, const char *key);

/* [job] Forgets all whose keys begin so. */
void container_holder_drop(const RvDriverHost *host, const char *prefix);

/* A descriptor that comes beside a message; -1: none. */
int container_holder_receive_fd(int socket);
