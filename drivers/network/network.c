/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/network.h"

#include <net/if.h>

#include "base/error.h"
#include "drivers/network/bridge.h"

bool rv_network_has_device(const char *name)
{
    return if_nametoindex(name) != 0;
}

static bool check_mode(const RvNetworkHost *host, const RvNetworkDef *def, GError **error)
{
    if (rv_network_has_own_bridge(def) && !host->privileged) {
        rv_error_set(error, RV_ERR_OPERATION_FAILED, "only root can make network '%s'",
                     def->identity.name);
        rv_error_remedy(error, "use the system's daemon; guests of a user's own have user networking");
        return false;
    }
    if (rv_network_has_own_bridge(def) ||
        (def->forward.mode == RV_FORWARD_BRIDGE && def->bridge))
        return true;
    rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED,
                 "network '%s': mode '%s'%s cannot be started by this version", def->identity.name,
                 rv_forward_mode_to_string(def->forward.mode),
                 def->forward.mode == RV_FORWARD_BRIDGE ? " without a bridge" : "");
    rv_error_remedy(error, "use one of the modes nat, route, open, bridge (with <bridge name=/>), or "
                           "none");
    return false;
}

static bool check_bridge(const RvNetworkDef *def, GError **error)
{
    if (rv_network_has_device(def->bridge))
        return true;
    rv_error_set(error, RV_ERR_OPERATION_FAILED, "network '%s': there is no bridge '%s'",
                 def->identity.name, def->bridge);
    rv_error_remedy(error, "make it first: ip link add %s type bridge", def->bridge);
    return false;
}

bool rv_network_start(const RvNetworkHost *host, RvNetworkDef *live, RvOperation *op,
                      GError **error)
{
    if (!check_mode(host, live, error))
        return false;
    if (!rv_network_has_own_bridge(live))
        return check_bridge(live, error);
    return network_bridge_make(live, error);
}

bool rv_network_stop(const RvNetworkHost *host, const RvNetworkDef *live, RvOperation *op,
                     GError **error)
{
    return !rv_network_has_own_bridge(live) || network_bridge_remove(live, error);
}

bool rv_network_adopt(const RvNetworkHost *host, RvNetworkDef *live, RvOperation *op,
                      GError **error)
{
    if (!rv_network_has_own_bridge(live))
        return true;
    return network_bridge_check(live, error);
}
