/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a guest's device model tells of the disks that it serves (back end qdisk), by QMP, on the
 * socket that libxl gives it for statistics. */

#include <jansson.h>
#include <stdbool.h>

#include "model/guest-stats.h"

/* Fills in the numbers of `block`, which has its target, from `answer`; false: it says nothing of
 * it. */
bool xen_model_read_block(const json_t *answer, RvBlockStats *block);

/* The answer to query-blockstats, a new reference; NULL: there is none within `deadline_ms`, since
 * somebody else asks, or the guest has no device model. */
json_t *xen_model_ask_blocks(int domid, int deadline_ms);
