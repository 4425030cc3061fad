/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The host's virtual networks: what the kind of objects is besides what all have in common. */

#include "daemon/object.h"
#include "model/network.h"

extern const RvObjectKind rv_network_kind;
