/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Who is at which console: one client at a time at each. I/O thread only. */

#include <glib.h>
#include <stdbool.h>

#include "base/uuid.h"
#include "daemon/session.h"

/* Joins a client to the console of a domain by a stream of the call that opened it; `fd` is taken
 * over. Where another is there already: RV_ERR_OPERATION_FAILED, or with `force` that one goes. */
G_GNUC_WARN_UNUSED_RESULT bool rv_console_attach(RvSession *session, const RvFrameHeader *call,
                                                 const RvUuid *domain, const char *alias, int fd,
                                                 bool force, GError **error);
