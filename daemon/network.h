/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The host's virtual networks: what the kind of objects is besides what all have in common. */

#include "daemon/object.h"
#include "drivers/network.h"
#include "model/network.h"

extern const RvObjectKind rv_network_kind;

/* [worker] What a network lends now: RvNetworkLease. */
G_GNUC_WARN_UNUSED_RESULT GPtrArray *rv_network_read_leases(const struct RvCore *core,
                                                            const RvNetworkDef *live,
                                                            GError **error);

/* [job] Of one that will not be started again. */
G_GNUC_WARN_UNUSED_RESULT bool rv_network_forget_leases(RvObject *object, const RvNetworkDef *def,
                                                        GError **error);

/* [worker] Calls what makes networks, with the folders that it needs. */
typedef bool (*RvNetworkHostFunc)(const RvNetworkHost *host, RvNetworkDef *live, RvOperation *op,
                                  GError **error);
G_GNUC_WARN_UNUSED_RESULT bool rv_network_with_host(RvObject *object, RvNetworkDef *live,
                                                    RvNetworkHostFunc func, RvOperation *op,
                                                    GError **error);
