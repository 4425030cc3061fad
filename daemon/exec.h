/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Programs that clients run within guests. One stream carries all there is to say, in frames (see
 * wire/exec-frame.h); a thread for each program takes them apart. A program whose client goes away
 * is killed.
 */

#include "daemon/session.h"
#include "drivers/driver.h"

/* Joins a client to a program by a stream of the call that started it. What `execution` holds is
 * taken over, if it is an error as well. */
G_GNUC_WARN_UNUSED_RESULT bool rv_exec_attach(RvSession *session, const RvFrameHeader *call,
                                              RvExecution *execution, bool terminal,
                                              GError **error);
void rv_exec_clear(RvExecution *execution); /* kills what runs */
