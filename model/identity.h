/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What every object of the host that is defined by a document has: the struct of its document begins
 * with this. */

#include "base/uuid.h"

typedef struct {
    RvUuid uuid; /* zero: not said */
    char *name;
} RvIdentity;
