/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/network.h"

#include <net/if.h>

#include "base/error.h"
#include "drivers/network/bridge.h"
#include "drivers/network/dnsmasq.h"
#include "drivers/network/host.h"
#include "drivers/network/rules.h"

bool rv_network_has_device(const char *name)
{
    return if_nametoindex(name) != 0;
}

static bool check_mode(const RvNetworkHost *host, const RvNetworkDef *def, GError **error)
{
    if (rv_network_has_own_bridge(def) && !host->privileged) {
        rv_error_set(error, RV_ERR_OPERATION_FAILED, "only root can make network '%s'",
                     def->identity.name);
        rv_error_remedy(error,
                        "use the system's daemon; guests of a user's own have user networking");
        return false;
    }
    if (rv_network_has_own_bridge(def) ||
        (def->forward.mode == RV_FORWARD_BRIDGE && def->bridge))
        return true;
    rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED,
                 "network '%s': mode '%s'%s cannot be started by this version", def->identity.name,
                 rv_forward_mode_to_string(def->forward.mode),
                 def->forward.mode == RV_FORWARD_BRIDGE ? " without a bridge" : "");
    rv_error_remedy(error,
                    "use one of the modes nat, route, open, bridge (with <bridge name=/>), or "
                    "none");
    return false;
}

static bool check_support(const RvNetworkDef *def, GError **error)
{
    g_autoptr(RvDiagnostics) diagnostics = rv_diagnostics_new();
    rv_support_check(&rv_network_support, "network", &rv_network_xml, "network", def,
                     RV_DIAGNOSTIC_ERROR, diagnostics);
    if (rv_diagnostics_check(diagnostics, error))
        return true;
    rv_error_remedy(error, "define the network without it");
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

static bool has_rules(const RvNetworkDef *def)
{
    return rv_network_has_own_bridge(def) && def->forward.mode != RV_FORWARD_OPEN;
}

static bool serve(const RvNetworkHost *host, const RvNetworkDef *live, RvOperation *op,
                  GError **error)
{
    return !network_dnsmasq_is_wanted(live) || network_dnsmasq_start(host, live, op, error);
}

/* The rules come first: nobody is to pass before they are there. */
bool rv_network_start(const RvNetworkHost *host, RvNetworkDef *live, RvOperation *op,
                      GError **error)
{
    if (!check_mode(host, live, error) || !check_support(live, error))
        return false;
    if (!rv_network_has_own_bridge(live))
        return check_bridge(live, error);
    return network_host_check_free(live, error) &&
           (!has_rules(live) || network_rules_add(live, op, error)) &&
           network_bridge_make(live, error) && network_host_forward(live, error) &&
           serve(host, live, op, error);
}

bool rv_network_stop(const RvNetworkHost *host, const RvNetworkDef *live, RvOperation *op,
                     GError **error)
{
    if (!rv_network_has_own_bridge(live))
        return true;
    if (!network_dnsmasq_stop(host, live, error) || !network_bridge_remove(live, error))
        return false;
    if (has_rules(live))
        network_rules_remove(live);
    return true;
}

bool rv_network_change(const RvNetworkHost *host, RvNetworkDef *live, RvOperation *op,
                       GError **error)
{
    return !rv_network_has_own_bridge(live) ||
           ((!has_rules(live) || network_rules_add(live, op, error)) &&
            network_dnsmasq_stop(host, live, error) && serve(host, live, op, error));
}

bool rv_network_adopt(const RvNetworkHost *host, RvNetworkDef *live, RvOperation *op,
                      GError **error)
{
    if (!rv_network_has_own_bridge(live))
        return true;
    if (!network_bridge_check(live, error) || !network_host_forward(live, error) ||
        (has_rules(live) && !network_rules_add(live, op, error)))
        return false;
    return network_dnsmasq_runs(host, live) || serve(host, live, op, error);
}
