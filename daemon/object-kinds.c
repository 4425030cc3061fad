/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/network.h"

const RvObjectKind *const rv_object_kinds[] = {&rv_network_kind, NULL};
