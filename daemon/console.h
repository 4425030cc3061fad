/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Who is at which console: one client at a time at each. I/O thread only. */

#include <glib.h>
#include <stdbool.h>

#include "base/uuid.h"
#include "daemon/session.h"

/* Sees that nobody is at a console of a domain: another one there is an error
 * (RV_ERR_OPERATION_FAILED), or with `force` has to go. */
G_GNUC_WARN_UNUSED_RESULT bool rv_console_clear(const RvSession *session, const RvUuid *domain,
                                                const char *alias, bool force, GError **error);

/* Joins a client to a console that is clear, by a stream of the call that opened it. `fd` and
 * `keep` (or -1), as the driver gave them, are taken over. */
void rv_console_attach(RvSession *session, const RvFrameHeader *call, const RvUuid *domain,
                       const char *alias, int fd, int keep);

/* The guest has ended: who is at its consoles is shown what it still wrote. */
void rv_console_finish(const RvUuid *domain);
