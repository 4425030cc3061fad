/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What drivers report of guests without having been asked, judged on the I/O thread: states are
 * published, events go to clients, <on_poweroff>, <on_reboot> and <on_crash> are obeyed. Reports
 * that come before a start is done wait for it.
 */

#include "daemon/instance.h"

/* [loop] Acts on what was reported while the guest was being started or adopted. */
void rv_guest_report_catch_up(RvInstance *instance);

/* [loop] lifecycle.c: queues the clean-up of an instance that ended. */
void rv_lifecycle_queue_cleanup(RvInstance *instance);
