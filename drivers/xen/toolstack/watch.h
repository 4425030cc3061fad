/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * reeve-libxl watch: runs beside the daemon, on a socket (descriptor 3) with a JSON text on each
 * line. It tells when a domain comes, stops and goes:
 *
 *   {"event": "domains", "domains": [DOMAIN, ...]}        at first, and when one came or went
 *   {"event": "shutdown", "domid": N, "uuid": U, "reason": R}   poweroff, reboot, suspend, crash
 *   {"event": "death", "domid": N, "uuid": U}
 *
 * and answers the operations that only report:
 *
 *   {"id": N, "operation": NAME, "arguments": {...}}  ->  {"id": N, "result": ...}
 *
 * "look" has it tell the domains again, and no answer. It ends when the socket is closed.
 */

#include <stdbool.h>

bool watch_run(void);
