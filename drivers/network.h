/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What makes virtual networks on the host: mechanism only. The core keeps their definitions, calls
 * these functions one at a time for each network, and remembers the live definition before start and
 * after it, so that a later daemon can stop or adopt what is there.
 */

#include <glib.h>
#include <stdbool.h>

#include "drivers/driver.h"
#include "model/network.h"

/* What of a definition it can do. */
extern const RvSupport rv_network_support;

/* Where it keeps what it needs. */
typedef struct {
    const char *run_dir;   /* gone after a reboot */
    const char *state_dir; /* leases */
    bool privileged;
} RvNetworkHost;

/* [job] Makes the bridge, addresses, rules and the name server that `live` asks for. On failure
 * rv_network_stop() is called. */
G_GNUC_WARN_UNUSED_RESULT bool rv_network_start(const RvNetworkHost *host, RvNetworkDef *live,
                                                RvOperation *op, GError **error);

/* [job] Removes all that start may have made. What is not there is success; what others have made is
 * left alone. */
G_GNUC_WARN_UNUSED_RESULT bool rv_network_stop(const RvNetworkHost *host, const RvNetworkDef *live,
                                               RvOperation *op, GError **error);

/* [job] Finds what a former daemon has made, and makes good what went missing; false where its bridge
 * is gone. */
G_GNUC_WARN_UNUSED_RESULT bool rv_network_adopt(const RvNetworkHost *host, RvNetworkDef *live,
                                                RvOperation *op, GError **error);

/* [job] The definition of an active network has changed: has dnsmasq and the rules follow. */
G_GNUC_WARN_UNUSED_RESULT bool rv_network_change(const RvNetworkHost *host, RvNetworkDef *live,
                                                 RvOperation *op, GError **error);

/* [job] It will not be started again: forgets what was lent. */
G_GNUC_WARN_UNUSED_RESULT bool rv_network_forget(const RvNetworkHost *host, const RvNetworkDef *def,
                                                 GError **error);

/* [worker] What is lent now (RvNetworkLease). A network that lends nothing has none. */
typedef struct {
    int64_t expires; /* s since 1970; 0: never */
    bool v6;
    char *mac, *iaid, *address, *hostname, *client_id; /* NULL: not known */
    unsigned prefix;
} RvNetworkLease;
G_GNUC_WARN_UNUSED_RESULT GPtrArray *rv_network_leases(const RvNetworkHost *host,
                                                       const RvNetworkDef *live, GError **error);

/* [any] Whether a device of this name is there. Does not block. */
bool rv_network_has_device(const char *name);
