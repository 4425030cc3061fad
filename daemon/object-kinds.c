/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/network.h"
#include "daemon/pool.h"

const RvObjectKind *const rv_object_kinds[] = {&rv_network_kind, &rv_pool_kind, NULL};
