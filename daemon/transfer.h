/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The content of a volume, on its way from or to a client by a stream. A worker reads or writes the
 * volume; the volume is claimed until that is over. */

#include "daemon/volume-call.h"

typedef struct {
    bool upload;
    uint64_t offset, length; /* bytes; length 0: all that there is */
} RvTransferSpec;

/* [loop] From `finish` of a call that has claimed the volume; `fd`, taken over, is the volume. */
G_GNUC_WARN_UNUSED_RESULT bool rv_transfer_begin(RvCall *call, const RvTransferSpec *spec, int fd,
                                                 GError **error);
