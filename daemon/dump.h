/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The memory of a guest that has crashed, in a file, where its <on_crash> wants it. */

#include "daemon/domain.h"

/* [loop] Writes it to STATE/drivers/DRIVER/dump/NAME-DATE, and destroys the guest then, whether it
 * could be written or not. */
void rv_dump_queue_crashed(RvDomain *domain);
